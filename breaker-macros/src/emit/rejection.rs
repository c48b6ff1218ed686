//! How a call is let in, and what it comes to if it is not.

use proc_macro2::TokenStream;

use super::Context;

/// What a rejection comes to.
pub(super) struct Rejected {
    pub(super) answer: TokenStream,
    /// Whether it asks for the `error`.
    pub(super) asks: bool,
}

impl Rejected {
    /// `run`, with its `permit`; the answer if there is none. In a sync function:
    /// ```text
    /// match enter(SITE) {
    ///     Ok(permit) => RUN,
    ///     Err(error) => ANSWER,
    /// }
    /// ```
    /// A future keeps room for what is matched as long as an arm waits. So there it
    /// is gone before the call is made, and the answer leaves by a jump:
    /// ```text
    /// let permit = match acquire(SITE) {
    ///     Ok(permit) => permit,
    ///     Err(error) => return ANSWER,
    /// };
    /// RUN
    /// ```
    /// An answer that does not ask for the error finds it gone too:
    /// ```text
    /// let Some(permit) = admit(SITE) else { return ANSWER };
    /// RUN
    /// ```
    pub(super) fn unless_admitted(
        &self,
        site: &TokenStream,
        run: &TokenStream,
        jump: &TokenStream,
        context: &Context,
    ) -> TokenStream {
        let private = &context.private;
        let answer = &self.answer;
        match (context.is_async, self.asks) {
            (false, true) => hygienic! {
                match #private::enter(#site) {
                    ::core::result::Result::Ok(permit) => #run,
                    ::core::result::Result::Err(error) => #answer,
                }
            },
            (false, false) => hygienic! {
                match #private::enter_if_admitted(#site) {
                    ::core::option::Option::Some(permit) => #run,
                    ::core::option::Option::None => #answer,
                }
            },
            (true, true) => hygienic! {
                let permit = match #private::acquire(#site) {
                    ::core::result::Result::Ok(permit) => permit,
                    ::core::result::Result::Err(error) => #jump #answer,
                };
                #run
            },
            (true, false) => hygienic! {
                let ::core::option::Option::Some(permit) = #private::admit(#site) else {
                    #jump #answer
                };
                #run
            },
        }
    }
}
