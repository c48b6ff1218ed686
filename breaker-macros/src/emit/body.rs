//! The body as a value: a closure, or a future.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Item, ItemMacro, ReturnType, Token};

use super::assemble::braced;
use super::context::Context;
use super::span::SpanRange;
use crate::item::function::Function;
use crate::item::parameters::{self, Parameter};
use crate::item::returns;

/// The body as a closure.
/// ```text
/// { STATEMENTS }
/// || -> R { let PATTERN = parameter; STATEMENTS }
/// ```
/// The closure has the span of the body's braces, where lints look. It borrows arguments that the
/// body does not consume, if a lint might call it needless to take them. Otherwise it moves all of
/// them, so that the compiler reports an argument that may not be borrowed inside the body.
pub(super) fn closure(function: &Function, context: &Context) -> TokenStream {
    let unpack = context.parameters.iter().map(Parameter::unpack);
    let statements = &function.statements;
    let returns = match &function.signature.output {
        ReturnType::Type(_, ty) => returns::inferable(ty),
        ReturnType::Default => context.returns.clone(),
    };
    let block = braced(hygienic!(#(#unpack)* #statements), function.body_span);
    let signature = &function.signature;
    if !parameters::take_owned(signature) {
        return quote_spanned!(function.body_span=> move || -> #returns #block);
    }
    // Before edition 2021, a closure captures a variable whole, and cannot reborrow the target of a
    // `&mut`. A closure with a span of this macro has this crate's edition.
    let is_lent = parameters::may_lend_mutably(signature);
    let span = if is_lent { Span::mixed_site() } else { function.body_span };
    quote_spanned!(span=> || -> #returns #block)
}

/// The body as a future.
/// ```text
/// { ITEMS STATEMENTS }
/// async move { ITEMS if false { return unreached::<R>(); }; STATEMENTS }
/// ```
/// The unreachable `return` gives the block its type, which must be known before the first
/// `return` or `?` of the body.
pub(super) fn async_block(statements: &TokenStream, span: Span, context: &Context) -> TokenStream {
    let Context { returns, parameters, .. } = context;
    let unpack = parameters.iter().map(Parameter::unpack);
    let range = SpanRange::of(returns);
    let unreached = context.call(&hygienic!(unreached::<#returns>), range, &hygienic!());
    let type_first = hygienic_at!(range.start => return #unreached;);
    // A lint wants items before statements.
    let (items, rest) = split_items.parse2(statements.clone()).unwrap_or_default();
    let statements = if items.is_empty() { statements } else { &rest };
    // Without the semicolon, the `if` would be the value of an empty body.
    let block = braced(hygienic!(#items if false { #type_first }; #(#unpack)* #statements), span);
    hygienic!(async move #block)
}

/// Splits a body into its leading items and its statements.
fn split_items(input: ParseStream<'_>) -> syn::Result<(TokenStream, TokenStream)> {
    let mut items = TokenStream::new();
    while input.peek(syn::Ident::peek_any) || input.peek(Token![#]) {
        match input.fork().parse() {
            // A call of a macro is a statement.
            Ok(Item::Macro(ItemMacro { ident: None, .. })) | Err(_) => break,
            Ok(_) => input.parse::<Item>()?.to_tokens(&mut items),
        }
    }
    Ok((items, input.parse()?))
}
