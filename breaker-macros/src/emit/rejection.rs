//! The admission of a call, and the value that a rejected call returns.

use proc_macro2::TokenStream;
use syn::Expr;

use super::context::Context;
use super::span::SpanRange;

/// The value of a rejected call.
pub(super) struct Rejection {
    pub(super) value: TokenStream,
    /// True if the value uses `error`.
    pub(super) needs_error: bool,
}

impl Rejection {
    /// Runs the call with its `permit`, or gives the value if there is none. In a sync
    /// function:
    /// ```text
    /// match acquire::<_, BreakerError, true>(SOURCE) {
    ///     Ok(permit) => RUN,
    ///     Err(error) => VALUE,
    /// }
    /// ```
    /// A future stores the value that a `match` borrows from for as long as an arm awaits.
    /// So in an async function the `match` ends before the call is made, and a rejection
    /// leaves by a jump:
    /// ```text
    /// let permit = match acquire::<_, BreakerError, false>(SOURCE) {
    ///     Ok(permit) => permit,
    ///     Err(error) => return VALUE,
    /// };
    /// RUN
    /// ```
    /// If the value does not use the error, its type is `Discarded`, and no error is built:
    /// ```text
    /// let Ok(permit) = acquire::<_, Discarded, false>(SOURCE) else { return VALUE };
    /// RUN
    /// ```
    pub(super) fn unless_admitted(
        &self,
        source: &TokenStream,
        run: &TokenStream,
        jump: &TokenStream,
        context: &Context,
    ) -> TokenStream {
        let Context { private, is_async, .. } = context;
        let value = &self.value;
        let error = if self.needs_error { hygienic!(BreakerError) } else { hygienic!(Discarded) };
        let runs = !is_async;
        let acquired = hygienic!(#private::acquire::<_, #private::#error, #runs>(#source));
        match (runs, self.needs_error) {
            (true, needs_error) => {
                let bound = if needs_error { hygienic!(error) } else { hygienic!(_) };
                hygienic! {
                    match #acquired {
                        ::core::result::Result::Ok(permit) => #run,
                        ::core::result::Result::Err(#bound) => #value,
                    }
                }
            }
            (false, true) => hygienic! {
                let permit = match #acquired {
                    ::core::result::Result::Ok(permit) => permit,
                    ::core::result::Result::Err(error) => #jump #value,
                };
                #run
            },
            (false, false) => hygienic! {
                let ::core::result::Result::Ok(permit) = #acquired else { #jump #value };
                #run
            },
        }
    }
}

/// The function's output, made of the `BreakerError` that is bound to `error`: by the
/// function `map` that the key `error` gives, or else by `From`.
pub(super) fn converted(map: Option<&Expr>, context: &Context) -> TokenStream {
    match map {
        Some(map) => mapped(map, context),
        None => {
            let range = SpanRange::of(&context.returns);
            context.call(&hygienic!(reject), range, &hygienic!(error))
        }
    }
}

/// The type of the function's error is written out, so that the compiler reports a value
/// of another type where it stands. A type that holds an `impl Trait` cannot be written.
/// ```text
/// { let error: <R as Refusable>::Error = MAP(error); <R as Refusable>::rejected(error) }
/// ```
/// A closure is handed to a function with a parameter of that type, which infers the type
/// of the closure's argument.
fn mapped(map: &Expr, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    if context.returns_opaque {
        let arguments = hygienic!(error, #map);
        let answer = context.call(&hygienic!(reject_with), SpanRange::of(map), &arguments);
        return hygienic!({ let answer: #returns = #answer; answer });
    }
    let range = SpanRange::of(returns);
    let wanted = range.respan(hygienic!(<#returns as #private::Refusable>::Error));
    let refused = range.respan(hygienic!(<#returns as #private::Refusable>::rejected(error)));
    let make = if let Expr::Closure(closure) = map {
        let reject_with = hygienic!(reject_with::<::core::convert::Infallible, #wanted>);
        let rejected = context.call(&reject_with, range, &hygienic!(error, #closure));
        hygienic!(let ::core::result::Result::Err(error) = #rejected;)
    } else {
        let argument = hygienic_at!(SpanRange::of(map).end => (error));
        hygienic!(let error: #wanted = #map #argument;)
    };
    hygienic!({ #make #refused })
}
