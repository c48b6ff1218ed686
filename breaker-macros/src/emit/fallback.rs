//! The call of the fallback, and its value.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, ExprPath, Pat};

use super::context::Context;
use super::saved::allowing;
use super::span::SpanRange;
use crate::args::Fallback;
use crate::item::awaits::may_await;
use crate::item::parameters::Want;
use crate::plan::FallbackCall;

/// The fallback as a block that ends in the function's return type. `cause` is the
/// expression that a closure gets if it takes the cause. If the fallback `may_lead_back`, it
/// runs listed under `falling`.
/// ```text
/// { let answer: R = PATH(argument); answer }
/// { let (a, b): (u8, _) = (argument, CAUSE); let answer: R = BODY; answer }
/// { let answer: R = VALUE; answer }
/// ```
pub(super) fn emit(
    call: &FallbackCall<'_>,
    cause: &TokenStream,
    may_lead_back: bool,
    context: &Context,
) -> TokenStream {
    let parameters = &context.parameters;
    match call.fallback {
        Fallback::Path(path) => called(path, context),
        Fallback::Closure(closure) => {
            let cause = call.takes_cause.then(|| cause.clone());
            let allow = parameters.iter().enumerate().find_map(|(index, parameter)| {
                let is_taken = Want::of(call.fallback, index) == Want::Whole;
                parameter.names.iter().filter(|_| is_taken).find_map(allowing)
            });
            let places = closure.inputs.iter().map(|input| SpanRange::of(input));
            let arguments = core::iter::zip(parameters, places.clone())
                .map(|(parameter, place)| relocated(parameter.argument.clone(), place));
            let cause =
                core::iter::zip(cause, places.last()).map(|(cause, place)| place.respan(cause));
            let arguments = arguments.chain(cause);
            // An argument of a wrong type is reported at the closure's parameter. The body may have
            // consumed one that the closure takes as `_`.
            let arguments: Vec<_> = core::iter::zip(arguments, &closure.inputs)
                .filter(|(_, input)| !matches!(input, Pat::Wild(_)))
                .map(|(argument, _)| argument)
                .collect();
            let (parameters, value) = open(closure, context);
            let bind = (!arguments.is_empty())
                .then(|| hygienic!(#allow let #parameters = (#(#arguments,)*);));
            let answer = answered(value, may_lead_back, context);
            hygienic!({ #bind #answer __breaker_answer })
        }
        Fallback::Inline(value) => {
            let value = match value {
                Expr::Async(_) if context.is_async => {
                    hygienic_at!(value.span() => #value.await)
                }
                _ => value.to_token_stream(),
            };
            let answer = answered(value, may_lead_back, context);
            hygienic!({ #answer __breaker_answer })
        }
    }
}

/// The call of a function, which in an async function may be sync or async.
/// ```text
/// { let _entered = falling.enter(); let answer: R = PATH(argument); answer }
/// {
///     let (falling, future) = {
///         let (falling, _entered) = falling.entered();
///         (falling, Answered(PATH(argument)).answer())
///     };
///     let answer: R = falling.around(future).await;
///     answer
/// }
/// ```
fn called(path: &ExprPath, context: &Context) -> TokenStream {
    let Context { private, returns, parameters, .. } = context;
    let range = SpanRange::of(path);
    let receiver = context.receiver.iter().map(ToTokens::to_token_stream);
    let arguments = parameters.iter().map(|parameter| parameter.argument.clone());
    // An argument of a wrong type is reported at the fallback's path.
    let end = SpanRange { start: range.end, end: range.end };
    let arguments = receiver.chain(arguments).map(|argument| relocated(argument, end));
    let arguments: Vec<_> = arguments.collect();
    let allow = parameters.iter().flat_map(|parameter| &parameter.names).find_map(allowing);
    let call = if arguments.is_empty() && is_variant(path) {
        path.to_token_stream()
    } else {
        let mut list = Group::new(Delimiter::Parenthesis, hygienic!(#(#arguments),*));
        list.set_span(range.end);
        hygienic!(#path #list)
    };
    if !context.is_async {
        let enter = hygienic!(let __breaker_entered = __breaker_falling.enter(););
        return hygienic!({ #enter #allow let __breaker_answer: #returns = #call; __breaker_answer });
    }
    let answered = context.call(&hygienic!(Answered), range, &call);
    let future = hygienic_at!(range.end => #answered.answer());
    let import = hygienic!(use #private::ReadyAnswer as _;);
    let answer = hygienic_at!(range.end => __breaker_falling.around(__breaker_future).await);
    hygienic!({
        #import
        #allow
        let (__breaker_falling, __breaker_future) = {
            let (__breaker_falling, __breaker_entered) = __breaker_falling.entered();
            (__breaker_falling, #future)
        };
        let __breaker_answer: #returns = #answer;
        __breaker_answer
    })
}

/// Binds the value of a fallback to `answer`. One that awaits is a future of its own, so that it
/// is listed during each poll. The `return` that never runs gives that future its type.
/// ```text
/// let _entered = falling.enter(); let answer: R = VALUE;
/// let answer: R = falling.around(async move {
///     if false { return unreached::<R>(); };
///     let answer: R = VALUE;
///     answer
/// }).await;
/// ```
fn answered(value: TokenStream, may_lead_back: bool, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    let answer = hygienic!(let __breaker_answer: #returns = #value;);
    if !may_lead_back {
        return answer;
    }
    if !context.is_async || !may_await(value) {
        return hygienic!(let __breaker_entered = __breaker_falling.enter(); #answer);
    }
    hygienic! {
        let __breaker_answer: #returns = __breaker_falling.around(async move {
            if false { return #private::unreached::<#returns>(); };
            #answer
            __breaker_answer
        }).await;
    }
}

/// Tells a unit variant, `Health::Unknown`, from a function by its spelling. A variant that
/// takes arguments is called with them.
fn is_variant(path: &ExprPath) -> bool {
    let last = path.path.segments.last().map(|last| last.ident.to_string());
    last.is_some_and(|name| name.starts_with(char::is_uppercase))
}

/// The user's own names, with the position of `range` and their own hygiene.
fn relocated(tokens: TokenStream, range: SpanRange) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let mut moved = Group::new(group.delimiter(), relocated(group.stream(), range));
                moved.set_span(group.span());
                token = moved.into();
            }
            token.set_span(range.end.resolved_at(token.span()));
            token
        })
        .collect()
}

/// Splits a closure into its parameters, as a typed pattern of a tuple, and its body. The closure
/// is never called, so its body may await in an async function.
/// ```text
/// |a: u8, b| BODY
/// let (a, b): (u8, _) = (argument0, argument1); BODY
/// ```
fn open(closure: &ExprClosure, context: &Context) -> (TokenStream, TokenStream) {
    let (patterns, types): (Vec<_>, Vec<_>) = closure
        .inputs
        .iter()
        .filter(|input| !matches!(input, Pat::Wild(_)))
        .map(|input| match input {
            Pat::Type(typed) => (&*typed.pat, typed.ty.to_token_stream()),
            pattern => (pattern, hygienic!(_)),
        })
        .unzip();
    let body = &closure.body;
    let is_future = closure.asyncness.is_some() || matches!(**body, Expr::Async(_));
    let value = if closure.asyncness.is_some() {
        hygienic_at!(body.span() => async move { #body }.await)
    } else if is_future && context.is_async {
        hygienic_at!(body.span() => #body.await)
    } else {
        body.to_token_stream()
    };
    (hygienic!((#(#patterns,)*): (#(#types,)*)), value)
}
