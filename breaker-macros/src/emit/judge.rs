//! How a return value is judged.

use proc_macro2::{Span, TokenStream};
use syn::{Ident, Pat};

use super::{Context, SpanRange};
use crate::args::{Arg, Args, Arm};
use crate::tokens::is_constant_name;

/// A function of `&Output` to `Outcome`, or to `Verdict` if more is asked. With
/// all keys:
/// ```text
/// |output| {
///     let (outcome, trips) = match output {
///         IGNORED => (Outcome::Ignored, false),
///         TRIPPING => (Outcome::Failure, true),
///         FAILURE if GUARD => (Outcome::Failure, false),
///         _ => (Outcome::Success, false),
///     };
///     verdict(outcome, trips, output, RETRY_AFTER)
/// }
/// ```
pub(super) fn emit(args: &Args, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    // Named, so that the type is pointed at, and not the value.
    let outcome = hygienic!(outcome::<#returns>);
    let by_type = context.call(&outcome, SpanRange::of(returns), &hygienic!(output));
    if is_by_type(args) {
        return hygienic!(|output| #by_type);
    }
    let is_simple = args.trip.is_none() && args.retry_after.is_none();
    let value = |outcome: TokenStream, trips: bool| {
        if is_simple { outcome } else { hygienic!((#outcome, #trips)) }
    };
    let arms = |arg: &Option<Arg<Vec<Arm>>>, outcome: &TokenStream, trips| {
        let value = value(hygienic!(#private::Outcome::#outcome), trips);
        let arms = arg.iter().flat_map(|arg| &arg.value).map(|arm| emit_arm(arm, &value));
        arms.collect::<TokenStream>()
    };
    let ignored = arms(&args.ignore, &hygienic!(Ignored), false);
    let tripping = arms(&args.trip, &hygienic!(Failure), true);
    let failed = arms(&args.failure, &hygienic!(Failure), false);
    let rest = if args.failure.is_some() {
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
    // What the body has taken may not be asked for: reported at the key that does.
    let keys =
        [&args.failure, &args.ignore, &args.trip].map(|arg| arg.as_ref().map(|arg| &arg.key));
    let hint_key = args.retry_after.as_ref().map(|arg| &arg.key);
    let key = keys.into_iter().flatten().chain(hint_key).next();
    let place = key.map_or_else(Span::mixed_site, Ident::span);
    if is_simple {
        return hygienic_at!(place => |output| #judged);
    }
    let hint = hint(args, context);
    hygienic_at! {
        place => |output| {
            let (outcome, trips) = #judged;
            #private::verdict(outcome, trips, #hint)
        }
    }
}

/// Whether there is no word on outcomes.
pub(super) fn is_by_type(args: &Args) -> bool {
    args.failure.is_none()
        && args.ignore.is_none()
        && args.trip.is_none()
        && args.retry_after.is_none()
}

/// What the service asks for; looked at only after a failure.
fn hint(args: &Args, context: &Context) -> TokenStream {
    match &args.retry_after {
        Some(hint) => {
            let hint = &hint.value;
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

/// A value to compare with. Others see through the reference to the output by
/// themselves; a string or a constant does not.
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
