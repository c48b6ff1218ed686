//! The item around its new statements: a function, or a block of them.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::ToTokens;

use super::expand;
use crate::args::Args;
use crate::item::block::{ImplBlock, Member, Method, MethodAttr};
use crate::item::function::Function;

/// The block as the user wrote it, its methods guarded.
pub(crate) fn block(args: &Args, block: ImplBlock) -> TokenStream {
    rebuilt(block, |method| {
        if method.is_skipped() {
            return as_it_was(&method.function);
        }
        let args = match method.attr {
            MethodAttr::Own(own) => own.over(args),
            _ => Args::default().over(args),
        };
        expand(&args, method.function)
    })
}

/// The block without a word of ours.
pub(crate) fn unguarded(block: ImplBlock) -> TokenStream {
    rebuilt(block, |method| as_it_was(&method.function))
}

fn rebuilt(block: ImplBlock, mut emit: impl FnMut(Method) -> TokenStream) -> TokenStream {
    let ImplBlock { head, inner_attributes, members, braces, .. } = block;
    let members = members.into_iter().map(|member| match member {
        Member::Method(method) => emit(*method),
        Member::Other(tokens) => tokens,
    });
    let body = braced(hygienic!(#(#inner_attributes)* #(#members)*), braces);
    hygienic!(#head #body)
}

fn as_it_was(function: &Function) -> TokenStream {
    assemble(function, &function.statements)
}

pub(super) fn assemble(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attributes, visibility, is_default, signature, inner_attributes, .. } = function;
    // The user's own braces: by them the compiler knows whose function it is,
    // and goes on reporting it when it is never used.
    let block = braced(hygienic!(#(#inner_attributes)* #statements), function.body_span);
    hygienic!(#(#attributes)* #visibility #is_default #signature #block)
}

pub(super) fn braced(content: TokenStream, span: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(span);
    group.to_token_stream()
}
