//! How a return value is judged.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::Context;
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
    let private = &context.private;
    let by_type = quote_spanned!(context.returns_at=> #private::Fallible::outcome);
    if args.failure.is_none() && args.ignore.is_none() {
        return by_type;
    }
    let ignored = args.ignore.iter().flat_map(|ignore| &ignore.value);
    let ignored = ignored.map(|case| arm(case, &quote!(Ignored), context));
    let failed = args.failure.iter().flat_map(|failure| &failure.value);
    let failed = failed.map(|case| arm(case, &quote!(Failure), context));
    let rest = if args.failure.is_some() {
        quote!(_ => #private::Outcome::Success)
    } else {
        quote!(output => #by_type(output))
    };
    quote! {
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
    quote!(#pattern #(if #guard)* => #private::Outcome::#outcome)
}
