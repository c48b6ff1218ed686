//! The end of a ring of fallbacks: each calls the next function, and the last leads back to the
//! first.

use proc_macro2::TokenStream;
use syn::Expr;

use super::context::Context;
use super::rejection::converted;
use super::stream::answered;

/// The parts of an expansion whose fallback may lead back to its function.
pub(super) struct Ring {
    /// The function's static, by reference.
    pub(super) site: TokenStream,
    /// An expression: true if the return type can carry an error.
    pub(super) carries: TokenStream,
    /// The answer at the end of a ring, made of `error`.
    pub(super) answer: TokenStream,
}

impl Ring {
    /// The parts, without the key `error`:
    /// ```text
    /// site:    { static __FALLBACK: FallbackSite = FallbackSite::new(); &__FALLBACK }
    /// carries: RingAnswer::<R>::new().carries()
    /// answer:  RingAnswer::<R>::new().reject(error)
    /// ```
    /// The function of the key `error` makes the answer if there is one. A type that holds an `impl
    /// Trait` cannot be written, and counts as carrying no error: hardly any other function could
    /// return such a type and so be part of the ring.
    pub(super) fn new(error: Option<&Expr>, context: &Context) -> Self {
        let Context { private, returns, .. } = context;
        let site = hygienic!({
            static __FALLBACK: #private::FallbackSite = #private::FallbackSite::new();
            &__FALLBACK
        });
        if error.is_some() {
            let answer = answered(&converted(error, context), context);
            return Ring { site, carries: hygienic!(true), answer };
        }
        let is_stream = context.head.is_some_and(|returned| !returned.is_result);
        if context.returns_opaque || is_stream {
            let new = hygienic!(#private::RingAnswer::new());
            let answer = hygienic!(#private::UncountedAnswer::reject(&#new, __breaker_error));
            let answer = answered(&answer, context);
            return Ring { site, carries: hygienic!(false), answer };
        }
        let import = hygienic!(use #private::UncountedAnswer as _;);
        let new = hygienic!(#private::RingAnswer::<#returns>::new());
        Ring {
            site,
            carries: hygienic!({ #import #new.carries() }),
            answer: answered(&hygienic!({ #import #new.reject(__breaker_error) }), context),
        }
    }
}
