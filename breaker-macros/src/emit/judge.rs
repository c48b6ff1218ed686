//! The function that judges the body's output.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Ident, Pat};

use super::context::Context;
use super::span::SpanRange;
use crate::args::{Arg, Arm};
use crate::plan::Judge;
use crate::tokens::is_constant_name;

/// A closure of `&Output` that returns an `Outcome`, or with `trip` or `retry_after` a
/// `Verdict`. With all keys:
/// ```text
/// |output| {
///     let (outcome, trips) = match output {
///         IGNORED => (Outcome::Ignored, false),
///         TRIPPING => (Outcome::Failure, true),
///         FAILURE if GUARD => (Outcome::Failure, false),
///         _ => (Outcome::Success, false),
///     };
///     verdict(outcome, trips, hint(outcome, output, RETRY_AFTER))
/// }
/// ```
pub(super) fn emit(judge: &Judge<'_>, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    // With the type spelled out, the compiler reports it, and not the value.
    let outcome = hygienic!(outcome::<#returns>);
    let by_type = context.call(&outcome, SpanRange::of(returns), &hygienic!(output));
    let Judge::Patterns { failure, ignore, trip, retry_after } = *judge else {
        return hygienic!(|output| #by_type);
    };
    let is_simple = trip.is_none() && retry_after.is_none();
    let value = |outcome: TokenStream, trips: bool| {
        if is_simple { outcome } else { hygienic!((#outcome, #trips)) }
    };
    let arms = |arg: Option<&Arg<Vec<Arm>>>, outcome: &TokenStream, trips| {
        let value = value(hygienic!(#private::Outcome::#outcome), trips);
        let arms = arg.into_iter().flat_map(|arg| &arg.value).map(|arm| emit_arm(arm, &value));
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
        hygienic!(output => #by_type)
    };
    let judged = hygienic! {
        match output {
            #ignored
            #tripping
            #failed
            #[allow(unreachable_patterns)]
            #rest,
        }
    };
    // A pattern or guard that uses an argument which the body took is reported at its key.
    let keys = [failure, ignore, trip].map(|arg| arg.map(|arg| &arg.key));
    let key = keys.into_iter().flatten().chain(retry_after.map(|arg| &arg.key)).next();
    let span = key.map_or_else(Span::mixed_site, Ident::span);
    if is_simple {
        return hygienic_at!(span => |output| #judged);
    }
    let hint = hint(retry_after.map(|arg| &arg.value), context);
    hygienic_at! {
        span => |output| {
            let (outcome, trips) = #judged;
            #private::verdict(outcome, trips, #hint)
        }
    }
}

/// The cooldown that a failed output asks for, by `retry_after`.
fn hint(retry_after: Option<&Expr>, context: &Context) -> TokenStream {
    match retry_after {
        Some(hint) => {
            context.call(&hygienic!(hint), SpanRange::of(hint), &hygienic!(outcome, output, #hint))
        }
        None => hygienic!(::core::option::Option::None),
    }
}

fn emit_arm(arm: &Arm, value: &TokenStream) -> TokenStream {
    let Arm { pattern, guard } = arm;
    let guard = guard.iter();
    if is_plain_value(pattern) {
        return hygienic!(&(#pattern) #(if #guard)* => #value,);
    }
    hygienic!(#pattern #(if #guard)* => #value,)
}

/// Returns true for a value to compare with. Other patterns match through the reference to
/// the output; a string or a constant does not.
fn is_plain_value(pattern: &Pat) -> bool {
    match pattern {
        Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(named) => named.subpat.is_none() && is_constant_name(&named.ident),
        Pat::Path(path) => {
            path.path.segments.last().is_some_and(|last| is_constant_name(&last.ident))
        }
        Pat::Or(or) => or.cases.iter().all(is_plain_value),
        Pat::Paren(paren) => is_plain_value(&paren.pat),
        _ => false,
    }
}
