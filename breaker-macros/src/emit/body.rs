//! The body as a value: a closure, or a future.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ReturnType;

use super::item::braced;
use super::{Context, Place};
use crate::args::{Args, Fallback};
use crate::function::Function;
use crate::parameters::{self, Parameter};
use crate::returns;
use crate::shape::Shape;

/// Whether an `async fn` has nothing to wait for. Then it is treated as a sync
/// one, so that lints which tell it so still do.
pub(super) fn is_ready(args: &Args, function: &Function) -> bool {
    let fallback_waits = match args.fallback.as_ref().map(|fallback| &fallback.value) {
        Some(Fallback::Inline(value)) => may_wait(value.to_token_stream()),
        Some(Fallback::Path(_) | Fallback::Closure(_)) => true,
        None => false,
    };
    let is_async = matches!(function.shape, Shape::Async);
    is_async && args.timeout.is_none() && !fallback_waits && !may_wait(function.statements.clone())
}

/// Whether there is an `await`, or a macro, which may come to one.
fn may_wait(tokens: TokenStream) -> bool {
    let mut after_word = false;
    tokens.into_iter().any(|token| {
        let is_after_word =
            core::mem::replace(&mut after_word, matches!(token, TokenTree::Ident(_)));
        match token {
            TokenTree::Ident(word) => word == "await",
            TokenTree::Punct(punct) => {
                punct.as_char() == '!' && punct.spacing() == Spacing::Alone && is_after_word
            }
            TokenTree::Group(group) => may_wait(group.stream()),
            TokenTree::Literal(_) => false,
        }
    })
}

/// The body as a closure. It borrows what it does not consume, as the function
/// does, and stands where the body stood: lints look at both.
pub(super) fn closure(function: &Function, context: &Context) -> TokenStream {
    let unpack = context.parameters.iter().map(Parameter::unpack);
    let statements = &function.statements;
    let returns = match &function.signature.output {
        ReturnType::Type(_, ty) => returns::inferable(ty),
        ReturnType::Default => context.returns.clone(),
    };
    let block = braced(ours!(#(#unpack)* #statements), function.body_span);
    // Before the edition of 2021, closures borrow variables whole, and what lies
    // behind a `&mut` could not be lent on. A closure of ours is of our edition.
    let place = if parameters::lend_mutably(&function.signature) {
        Span::mixed_site()
    } else {
        function.body_span
    };
    quote_spanned!(place=> || -> #returns #block)
}

/// The body as a future.
pub(super) fn async_block(statements: &TokenStream, span: Span, context: &Context) -> TokenStream {
    let Context { returns, parameters, .. } = context;
    let unpack = parameters.iter().map(Parameter::unpack);
    // The block's type must be known before its first `return` or `?`.
    let place = Place::of(returns);
    let unreached = context.call(&ours!(unreached::<#returns>), place, &ours!());
    let type_first = ours_at!(place.start => return #unreached;);
    // With a semicolon, lest it be the value of an empty body.
    let block = braced(ours!(if false { #type_first }; #(#unpack)* #statements), span);
    ours!(async move #block)
}
