//! The admission of a call, and the value that a rejected call returns.

use proc_macro2::TokenStream;
use syn::Expr;

use super::context::Context;
use super::ring::Ring;
use super::span::SpanRange;

/// The value of a rejected call.
pub(super) struct Rejection {
    pub(super) value: TokenStream,
    /// True if the value uses `error`.
    pub(super) needs_error: bool,
    /// The end of a ring, if the value comes from a fallback that may lead back. The value then
    /// uses `falling`.
    pub(super) ring: Option<Ring>,
}

/// The jumps by which a rejection leaves an async function.
pub(super) struct Jumps {
    pub(super) with_value: TokenStream,
    /// At the end of a ring. A sync function takes this jump too.
    pub(super) with_answer: TokenStream,
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
    /// If a fallback may lead back to its function, the rejection is told from the end of a ring:
    /// ```text
    /// match acquire_or_fall::<_, Discarded, true>(SOURCE, SITE, CARRIES) {
    ///     Ok(permit) => RUN,
    ///     Err(Refused::Ring(error)) => return ANSWER,
    ///     Err(Refused::Fallback(_, falling)) => VALUE,
    /// }
    /// ```
    pub(super) fn unless_admitted(
        &self,
        source: &TokenStream,
        run: &TokenStream,
        jumps: &Jumps,
        context: &Context,
    ) -> TokenStream {
        let Context { private, is_async, turn_away, .. } = context;
        let Rejection { value, needs_error, ring } = self;
        let error = if *needs_error { hygienic!(BreakerError) } else { hygienic!(Discarded) };
        let bound = if *needs_error { hygienic!(__breaker_error) } else { hygienic!(_) };
        let runs = !is_async;
        let acquired = match ring {
            Some(Ring { site, carries, .. }) => hygienic! {
                #private::acquire_or_fall::<_, #private::#error, #runs>(#source, #site, #carries)
            },
            None => hygienic!(#private::acquire::<_, #private::#error, #runs>(#source)),
        };
        let Jumps { with_value, with_answer } = jumps;
        let value =
            if turn_away.is_empty() { value.clone() } else { hygienic!({ #turn_away #value }) };
        let value = if runs { value } else { hygienic!(#with_value #value) };
        if ring.is_none() && !runs && !needs_error {
            return hygienic! {
                let ::core::result::Result::Ok(__breaker_permit) = #acquired else { #value };
                #run
            };
        }
        let refused = match ring {
            Some(Ring { answer, .. }) => hygienic! {
                ::core::result::Result::Err(#private::Refused::Ring(__breaker_error)) => {
                    #turn_away
                    #with_answer #answer
                }
                ::core::result::Result::Err(#private::Refused::Fallback(#bound, __breaker_falling)) => #value,
            },
            None => hygienic!(::core::result::Result::Err(#bound) => #value,),
        };
        if runs {
            return hygienic! {
                match #acquired {
                    ::core::result::Result::Ok(__breaker_permit) => #run,
                    #refused
                }
            };
        }
        hygienic! {
            let __breaker_permit = match #acquired {
                ::core::result::Result::Ok(__breaker_permit) => __breaker_permit,
                #refused
            };
            #run
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
            context.call(&hygienic!(reject), range, &hygienic!(__breaker_error))
        }
    }
}

/// The function's output, with the error that `map` makes. The type of the function's error is
/// written out, so that the compiler reports a value of another type where the value stands. A type
/// that holds an `impl Trait` cannot be written.
/// ```text
/// { let error: <R as Refusable>::Error = MAP(error); <R as Refusable>::rejected(error) }
/// ```
/// A closure is handed to a function with a parameter of that type, from which the compiler infers
/// the closure's argument.
fn mapped(map: &Expr, context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    if context.returns_opaque {
        let arguments = hygienic!(__breaker_error, #map);
        let answer = context.call(&hygienic!(reject_with), SpanRange::of(map), &arguments);
        return hygienic!({ let __breaker_answer: #returns = #answer; __breaker_answer });
    }
    let range = SpanRange::of(returns);
    let wanted = range.respan(hygienic!(<#returns as #private::Refusable>::Error));
    let refused =
        range.respan(hygienic!(<#returns as #private::Refusable>::rejected(__breaker_error)));
    let make = if let Expr::Closure(closure) = map {
        let reject_with = hygienic!(reject_with::<::core::convert::Infallible, #wanted>);
        let rejected = context.call(&reject_with, range, &hygienic!(__breaker_error, #closure));
        hygienic!(let ::core::result::Result::Err(__breaker_error) = #rejected;)
    } else {
        let argument = hygienic_at!(SpanRange::of(map).end => (__breaker_error));
        hygienic!(let __breaker_error: #wanted = #map #argument;)
    };
    hygienic!({ #make #refused })
}
