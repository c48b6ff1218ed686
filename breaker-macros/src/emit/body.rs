//! The body as a value: a closure, or a future.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Item, ItemMacro, ReturnType, Token};

use super::assemble::braced;
use super::{Context, SpanRange};
use crate::args::{Args, Fallback};
use crate::item::function::Function;
use crate::item::parameters::{self, Parameter};
use crate::item::returns;
use crate::item::shape::Shape;

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

/// Macros that come to no `await` of their own.
const STD_MACROS: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprintln",
    "file",
    "format",
    "line",
    "matches",
    "module_path",
    "panic",
    "println",
    "stringify",
    "todo",
    "unreachable",
    "vec",
    "write",
];

/// Whether there is an `await`, or a macro, which may come to one.
fn may_wait(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let waits = match token {
            TokenTree::Ident(word) if word == "await" => true,
            TokenTree::Ident(word) => {
                let is_bang = |next: &TokenTree| {
                    matches!(next, TokenTree::Punct(punct)
                        if punct.as_char() == '!' && punct.spacing() == Spacing::Alone)
                };
                // `if !flag`, `return !flag`: a keyword names no macro.
                tokens.peek().is_some_and(is_bang)
                    && syn::parse_str::<Ident>(&word.to_string()).is_ok()
                    && !STD_MACROS.iter().any(|known| word == known)
            }
            TokenTree::Group(group) => may_wait(group.stream()),
            _ => false,
        };
        if waits {
            return true;
        }
    }
    false
}

/// The body as a closure, which stands where the body stood: lints look at that.
/// Arguments that may be taken needlessly are borrowed by what does not consume
/// them, as in the function. All others are moved, so that what may not be
/// borrowed is reported inside.
pub(super) fn closure(function: &Function, context: &Context) -> TokenStream {
    let unpack = context.parameters.iter().map(Parameter::unpack);
    let statements = &function.statements;
    let returns = match &function.signature.output {
        ReturnType::Type(_, ty) => returns::inferable(ty),
        ReturnType::Default => context.returns.clone(),
    };
    let block = braced(hygienic!(#(#unpack)* #statements), function.body_span);
    let signature = &function.signature;
    if !parameters::take_values(signature) {
        return quote_spanned!(function.body_span=> move || -> #returns #block);
    }
    // Before the edition of 2021, closures borrow variables whole, and what lies
    // behind a `&mut` could not be lent on. A closure of ours is of our edition.
    let is_lent = parameters::lend_mutably(signature);
    let place = if is_lent { Span::mixed_site() } else { function.body_span };
    quote_spanned!(place=> || -> #returns #block)
}

/// The body as a future.
pub(super) fn async_block(statements: &TokenStream, span: Span, context: &Context) -> TokenStream {
    let Context { returns, parameters, .. } = context;
    let unpack = parameters.iter().map(Parameter::unpack);
    // The block's type must be known before its first `return` or `?`.
    let place = SpanRange::of(returns);
    let unreached = context.call(&hygienic!(unreached::<#returns>), place, &hygienic!());
    let type_first = hygienic_at!(place.start => return #unreached;);
    // Behind items, which lints want first.
    let (items, rest) = split.parse2(statements.clone()).unwrap_or_default();
    let statements = if items.is_empty() { statements } else { &rest };
    // With a semicolon, lest it be the value of an empty body.
    let block = braced(hygienic!(#items if false { #type_first }; #(#unpack)* #statements), span);
    hygienic!(async move #block)
}

/// The items at the head of a body, and the rest.
fn split(input: ParseStream<'_>) -> syn::Result<(TokenStream, TokenStream)> {
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
