//! The function that judges the body's output.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Ident};

use super::context::Context;
use super::span::SpanRange;
use crate::args::Arg;
use crate::args::arm::{Arm, is_plain_value, without_capital_bindings};
use crate::plan::Judge;

/// A closure of `&Output` that returns an `Outcome`, or with `trip` or `retry_after` a
/// `Verdict`. With all keys:
/// ```text
/// |output| {
///     let (outcome, trips) = match output {
///         IGNORED => (Outcome::Ignored, false),
///         TRIPPING => (Outcome::Failure, true),
///         FAILURE if GUARD => (Outcome::Failure, false),
///         _ if predicate(output, PREDICATE) => (Outcome::Failure, false),
///         _ => (Outcome::Success, false),
///     };
///     verdict(outcome, trips, hint(outcome, output, RETRY_AFTER))
/// }
/// ```
pub(super) fn emit(judge: &Judge<'_>, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    if let Judge::Never = judge {
        return hygienic!(|_| #private::Outcome::Success);
    }
    // With the type spelled out, the compiler reports the type and not the value.
    let outcome = hygienic!(outcome::<#returns>);
    let by_type = context.call(&outcome, SpanRange::of(returns), &hygienic!(__breaker_output));
    let Judge::Patterns { failure, ignore, trip, retry_after } = *judge else {
        return hygienic!(|__breaker_output| #by_type);
    };
    let is_simple = trip.is_none() && retry_after.is_none();
    let value = |outcome: TokenStream, trips: bool| {
        if is_simple { outcome } else { hygienic!((#outcome, #trips)) }
    };
    let arms = |arg: Option<&Arg<Vec<Arm>>>, outcome: &TokenStream, trips| {
        let value = value(hygienic!(#private::Outcome::#outcome), trips);
        let arms =
            arg.into_iter().flat_map(|arg| &arg.value).map(|arm| emit_arm(arm, &value, context));
        arms.collect::<TokenStream>()
    };
    let ignored = arms(ignore, &hygienic!(Ignored), false);
    let tripping = arms(trip, &hygienic!(Failure), true);
    let failed = arms(failure, &hygienic!(Failure), false);
    let rest = if failure.is_some() {
        let success = value(hygienic!(#private::Outcome::Success), false);
        hygienic!(_ => #success)
    } else {
        let by_type = value(by_type, false);
        hygienic!(__breaker_output => #by_type)
    };
    let judged = hygienic! {
        match __breaker_output {
            #ignored
            #tripping
            #failed
            #[allow(unreachable_patterns)]
            #rest,
        }
    };
    // An error about an argument that the body took, and a pattern or guard uses, is reported at
    // the key.
    let keys = [failure, ignore, trip].map(|arg| arg.map(|arg| &arg.key));
    let key = keys.into_iter().flatten().chain(retry_after.map(|arg| &arg.key)).next();
    let span = key.map_or_else(Span::mixed_site, Ident::span);
    if is_simple {
        return hygienic_at!(span => |__breaker_output| #judged);
    }
    let hint = hint(retry_after.map(|arg| &arg.value), context);
    hygienic_at! {
        span => |__breaker_output| {
            let (__breaker_outcome, __breaker_trips) = #judged;
            #private::verdict(__breaker_outcome, __breaker_trips, #hint)
        }
    }
}

/// The cooldown that `retry_after` reads from a failed output.
fn hint(retry_after: Option<&Expr>, context: &Context) -> TokenStream {
    match retry_after {
        Some(hint) => context.call(
            &hygienic!(hint),
            SpanRange::of(hint),
            &hygienic!(__breaker_outcome, __breaker_output, #hint),
        ),
        None => hygienic!(::core::option::Option::None),
    }
}

/// A match arm. A bare name in a pattern is written as a path, so that it cannot bind.
/// ```text
/// PATTERN if GUARD => VALUE,
/// _ if predicate(output, PREDICATE) => VALUE,
/// ```
fn emit_arm(arm: &Arm, value: &TokenStream, context: &Context) -> TokenStream {
    match arm {
        Arm::Pattern { pattern, guard } => {
            let is_plain = is_plain_value(pattern, guard.as_ref());
            let pattern = without_capital_bindings(pattern, guard.as_ref());
            let guard = guard.iter();
            if is_plain {
                return hygienic!(&(#pattern) #(if #guard)* => #value,);
            }
            hygienic!(#pattern #(if #guard)* => #value,)
        }
        Arm::Predicate(predicate) => {
            let range = SpanRange::of(predicate);
            let predicate = unlinted(predicate);
            let arguments = hygienic!(__breaker_output, #predicate);
            let asked = context.call(&hygienic!(predicate), range, &arguments);
            hygienic!(_ if #asked => #value,)
        }
    }
}

/// Gives the first bar of a closure the hygiene of the macro, so that no lint asks for the
/// path of a method in its place.
fn unlinted(predicate: &Expr) -> Expr {
    let mut predicate = predicate.clone();
    if let Expr::Closure(closure) = &mut predicate {
        let bar = &mut closure.inputs_begin;
        bar.span = Span::mixed_site().located_at(bar.span);
        if let Some(word) = &mut closure.capture {
            word.span = Span::mixed_site().located_at(word.span);
        }
    }
    predicate
}
