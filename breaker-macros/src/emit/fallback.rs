//! What a rejected call gets: an error, or the fallback.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Ident, Pat};

use super::{Context, Rejected, SpanRange};
use crate::args::value::Value;
use crate::args::{Args, Fallback};
use crate::item::function::Function;
use crate::item::parameters::{SelfAccess, self_access, typed};
use crate::tokens::mentions;

/// Whether it is called with the arguments, rather than finding them in scope.
pub(super) fn takes_arguments(fallback: &Fallback) -> bool {
    matches!(fallback, Fallback::Path(_) | Fallback::Closure(_))
}

/// What a rejection comes to, where `error` is the `BreakerError`.
pub(super) fn rejected(args: &Args, function: &Function, context: &Context) -> Rejected {
    let Context { private, returns, .. } = context;
    if let Some(fallback) = &args.fallback {
        let cause = hygienic!(#private::Cause::<#returns>::Rejected(error));
        let answer = fall_back(&fallback.value, &cause, None, function, context);
        return Rejected { answer, asks: wants_cause(&fallback.value, function) };
    }
    let answer = match &args.error {
        Some(map) => mapped(&map.value, function, context),
        None => {
            context.call(&hygienic!(reject), SpanRange::of(&context.returns), &hygienic!(error))
        }
    };
    Rejected { answer, asks: true }
}

/// A call that is run, with its `timeout`: running out is an error as a rejection
/// is, but the fallback for rejections does not answer it.
pub(super) fn bounded(
    args: &Args,
    function: &Function,
    run: &TokenStream,
    context: &Context,
) -> TokenStream {
    if args.timeout.is_none() {
        return run.clone();
    }
    let late = match &args.error {
        Some(map) => mapped(&map.value, function, context),
        None => {
            context.call(&hygienic!(reject), SpanRange::of(&context.returns), &hygienic!(error))
        }
    };
    hygienic! {
        match #run {
            ::core::result::Result::Ok(output) => output,
            ::core::result::Result::Err(error) => #late,
        }
    }
}

/// `timeout`, as a function. A constant is checked as a literal was: in an item, which
/// the compiler looks at even if the function is never called, but which knows no
/// `Self`.
pub(super) fn length(args: &Args) -> Option<TokenStream> {
    let length = args.timeout.as_ref().map(|length| &length.value)?;
    let Value::Constant(path) = length else { return Some(hygienic!(|| #length)) };
    let bound = hygienic_at!(path.span() => let length: ::core::time::Duration = #path;);
    let rule = "`timeout` must be more than zero";
    let rule = hygienic_at!(path.span() => ::core::assert!(!length.is_zero(), #rule));
    let checked = hygienic!({ #bound #rule; length });
    if mentions(path.to_token_stream(), "Self") {
        return Some(hygienic!(|| const #checked));
    }
    Some(hygienic! {{
        const __TIMEOUT: ::core::time::Duration = #checked;
        || __TIMEOUT
    }})
}

/// The rejection as `error` makes it. The type of the function's error is
/// written out, so that a value of another type is reported where it stands;
/// of a type that holds an `impl Trait` it cannot be.
fn mapped(map: &Expr, function: &Function, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    if mentions(function.output().to_token_stream(), "impl") {
        let answer =
            context.call(&hygienic!(reject_with), SpanRange::of(map), &hygienic!(error, #map));
        return hygienic!({ let answer: #returns = #answer; answer });
    }
    let wanted = hygienic!(<#returns as #private::Refusable>::Error);
    let wanted = SpanRange::of(returns).respan(wanted);
    let refused = hygienic!(<#returns as #private::Refusable>::refused(error));
    let refused = SpanRange::of(returns).respan(refused);
    let make = if let Expr::Closure(closure) = map {
        let reject_with = hygienic!(reject_with::<::core::convert::Infallible, #wanted>);
        let rejected =
            context.call(&reject_with, SpanRange::of(returns), &hygienic!(error, #closure));
        hygienic!(let ::core::result::Result::Err(error) = #rejected;)
    } else {
        let argument = hygienic_at!(SpanRange::of(map).end => (error));
        hygienic!(let error: #wanted = #map #argument;)
    };
    hygienic!({ #make #refused })
}

/// `fallback_on = "failure"`: one fallback for both causes.
/// ```text
/// let kept = Clone::clone(&argument);
/// let cause = 'call: {
///     match enter(SITE) {
///         Ok(permit) => match run_or_fail(permit, BODY, JUDGE) {
///             Ok(output) => return output,
///             Err(cause) => cause, // Cause::Failed(output)
///         },
///         Err(error) => Cause::Rejected(error),
///     }
/// };
/// let argument = kept;
/// FALLBACK
/// ```
pub(super) fn after_failure(
    args: &Args,
    function: &Function,
    site: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    let Some(fallback) = args.fallback.as_ref().map(|fallback| &fallback.value) else {
        return TokenStream::new();
    };
    let private = &context.private;
    // Around a future that was made before, they have been kept already.
    let kept = if function.makes_future() {
        SavedArgs::default()
    } else {
        SavedArgs::of(fallback, function, context)
    };
    let SavedArgs { save, restore, receiver } = kept;
    let run = super::run(args, body, context);
    let run = if args.timeout.is_some() {
        hygienic!(#private::settled(#run))
    } else {
        hygienic!(#run.map_err(#private::Cause::Failed))
    };
    let run = hygienic! {
        match #run {
            ::core::result::Result::Ok(output) => return output,
            ::core::result::Result::Err(cause) => cause,
        }
    };
    let rejected = Rejected { answer: hygienic!(#private::Cause::Rejected(error)), asks: true };
    let call = rejected.unless_admitted(site, &run, &hygienic!(break 'call), context);
    let answer = fall_back(fallback, &hygienic!(cause), receiver, function, context);
    let cause = if wants_cause(fallback, function) { hygienic!(cause) } else { hygienic!(_) };
    hygienic! {
        #save
        let #cause = 'call: { #call };
        #restore
        #answer
    }
}

/// What is kept aside for the fallback, since the body takes the arguments.
#[derive(Default)]
pub(super) struct SavedArgs {
    /// Before the body.
    pub(super) save: TokenStream,
    /// Before the fallback.
    pub(super) restore: TokenStream,
    /// The `self` that was kept, under a name of its own.
    pub(super) receiver: Option<Ident>,
}

impl SavedArgs {
    pub(super) fn of(fallback: &Fallback, function: &Function, context: &Context) -> Self {
        let (mut save, mut restore) = (TokenStream::new(), TokenStream::new());
        for (index, parameter) in context.parameters.iter().enumerate() {
            if !uses(fallback, index, &parameter.name, parameter.pattern.is_some()) {
                continue;
            }
            let name = &parameter.name;
            let kept = format_ident!("kept{index}", span = Span::mixed_site());
            let clone = hygienic_at!(name.span() => ::core::clone::Clone::clone(&#name));
            save.extend(hygienic!(let #kept = #clone;));
            restore.extend(match fallback {
                Fallback::Inline(_) => parameter.unpack_from(&kept),
                _ => hygienic!(let #name = #kept;),
            });
        }
        let receiver = function.signature.receiver();
        let receiver = receiver.filter(|receiver| {
            matches!(fallback, Fallback::Path(_)) && self_access(receiver) != SelfAccess::Shared
        });
        let receiver = receiver.map(|receiver| {
            let kept = format_ident!("kept_self", span = Span::mixed_site());
            let token = &receiver.self_token;
            save.extend(hygienic!(let #kept = ::core::clone::Clone::clone(&#token);));
            kept
        });
        SavedArgs { save, restore, receiver }
    }
}

/// Whether the fallback uses this parameter, so that it must be kept for it.
fn uses(fallback: &Fallback, index: usize, name: &syn::Ident, is_pattern: bool) -> bool {
    match fallback {
        Fallback::Path(_) => true,
        Fallback::Closure(closure) => !matches!(closure.inputs.get(index), Some(Pat::Wild(_))),
        Fallback::Inline(value) => {
            is_pattern || mentions(value.to_token_stream(), &name.to_string())
        }
    }
}

fn wants_cause(fallback: &Fallback, function: &Function) -> bool {
    let wanted = typed(&function.signature).count();
    matches!(fallback, Fallback::Closure(closure) if closure.inputs.len() > wanted)
}

/// The fallback's answer, as a block of the function's return type.
fn fall_back(
    fallback: &Fallback,
    cause: &TokenStream,
    kept_self: Option<Ident>,
    function: &Function,
    context: &Context,
) -> TokenStream {
    let Context { private, returns, parameters, .. } = context;
    let names = parameters.iter().map(|parameter| &parameter.name);
    match fallback {
        Fallback::Path(path) => {
            let place = SpanRange::of(path);
            let receiver = kept_self.or_else(|| context.receiver.clone()).or_else(|| {
                let receiver = function.signature.receiver();
                receiver.map(|receiver| Ident::from(receiver.self_token))
            });
            let arguments = receiver.into_iter().chain(names.cloned());
            // A wrong type is the fallback's fault, at its path.
            let arguments = arguments.map(|name| moved(name, place));
            let mut arguments = Group::new(Delimiter::Parenthesis, hygienic!(#(#arguments),*));
            arguments.set_span(place.end);
            let call = hygienic!(#path #arguments);
            let answer = if context.is_async {
                let answered = context.call(&hygienic!(Answered), place, &call);
                hygienic_at!(place.end => #answered.answer().await)
            } else {
                call
            };
            let import = context.is_async.then(|| hygienic!(use #private::ReadyAnswer as _;));
            hygienic!({ #import let answer: #returns = #answer; answer })
        }
        Fallback::Closure(closure) => {
            let cause = wants_cause(fallback, function).then(|| cause.clone());
            let arguments = names.map(ToTokens::to_token_stream).chain(cause);
            // A wrong type is the fallback's fault, at its parameter. What it
            // takes as `_` need not be there any more.
            let arguments: Vec<_> = core::iter::zip(arguments, &closure.inputs)
                .filter(|(_, input)| !matches!(input, Pat::Wild(_)))
                .map(|(argument, input)| at_parameter(argument, SpanRange::of(input)))
                .collect();
            let (parameters, value) = open(closure, context);
            let bind =
                (!arguments.is_empty()).then(|| hygienic!(let #parameters = (#(#arguments,)*);));
            hygienic!({ #bind let answer: #returns = #value; answer })
        }
        Fallback::Inline(value) => hygienic!({ let answer: #returns = #value; answer }),
    }
}

/// The user's own name, as if it stood elsewhere.
fn moved(mut name: Ident, place: SpanRange) -> Ident {
    name.set_span(place.end.resolved_at(name.span()));
    name
}

/// What a closure's parameter is given.
fn at_parameter(argument: TokenStream, place: SpanRange) -> TokenStream {
    match syn::parse2::<Ident>(argument.clone()) {
        Ok(name) => moved(name, place).to_token_stream(),
        Err(_) => place.respan(argument),
    }
}

/// A closure's parameters, as a pattern of a tuple with its type, and its body.
/// It is not called but laid open, so that in an async function it may await.
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
