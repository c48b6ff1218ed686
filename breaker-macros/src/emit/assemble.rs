//! The item around its new statements: a function, or an `impl` block of functions.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::ToTokens;

use crate::item::block::{ImplBlock, Member, Method};
use crate::item::function::Function;

/// The block with its methods as `emit` makes them.
pub(super) fn block(block: ImplBlock, emit: impl Fn(Method) -> TokenStream) -> TokenStream {
    let ImplBlock { head, inner_attributes, members, braces, .. } = block;
    let members = members.into_iter().map(|member| match member {
        Member::Method(method) => emit(*method),
        Member::Other(tokens) => tokens,
    });
    let body = braced(hygienic!(#(#inner_attributes)* #(#members)*), braces);
    hygienic!(#head #body)
}

/// The function with the statements that the user wrote.
pub(super) fn unguarded(function: &Function) -> TokenStream {
    self::function(function, &function.statements)
}

/// The function with these statements.
pub(super) fn function(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attributes, visibility, is_default, signature, inner_attributes, .. } = function;
    // The span of the user's own braces tells the compiler that the function is the user's,
    // so that it still warns if the function is never used.
    let block = braced(hygienic!(#(#inner_attributes)* #statements), function.body_span);
    hygienic!(#(#attributes)* #visibility #is_default #signature #block)
}

pub(super) fn braced(content: TokenStream, span: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(span);
    group.to_token_stream()
}
