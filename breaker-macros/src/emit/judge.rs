//! How a return value is judged.

use proc_macro2::TokenStream;

use super::{Context, Place};
use crate::args::{Args, Case};

/// A function of `&Output` to `Outcome`. With `failure` or `ignore`:
/// ```text
/// |output| match output {
///     IGNORED => Outcome::Ignored,
///     FAILURE if GUARD => Outcome::Failure,
///     _ => Outcome::Success,
/// }
/// ```
pub(super) fn emit(args: &Args, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    // Named, so that the type is pointed at, and not the value.
    let outcome = ours!(outcome::<#returns>);
    let by_type = context.call(&outcome, Place::of(returns), &ours!(output));
    if args.failure.is_none() && args.ignore.is_none() {
        return ours!(|output| #by_type);
    }
    let ignored = args.ignore.iter().flat_map(|ignore| &ignore.value);
    let ignored = ignored.map(|case| arm(case, &ours!(Ignored), context));
    let failed = args.failure.iter().flat_map(|failure| &failure.value);
    let failed = failed.map(|case| arm(case, &ours!(Failure), context));
    let rest = if args.failure.is_some() {
        ours!(_ => #private::Outcome::Success)
    } else {
        ours!(output => #by_type)
    };
    ours! {
        |output| match output {
            #(#ignored,)*
            #(#failed,)*
            #[allow(unreachable_patterns)]
            #rest,
        }
    }
}

fn arm(case: &Case, outcome: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    let Case { pattern, guard } = case;
    let guard = guard.iter();
    ours!(#pattern #(if #guard)* => #private::Outcome::#outcome)
}
