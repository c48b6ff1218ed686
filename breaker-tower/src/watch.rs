//! The end of a call: with the head of its answer, or in its body.

use breaker_core::Verdict;

use crate::judge::Judge;
use crate::permit::Held;

/// The rule for the end of a call. Sealed.
pub trait Watch<Response, Error>: sealed::Sealed {
    /// The answer that the caller gets.
    type Response;

    /// Returns the verdict if the call ends with the head of its answer.
    #[doc(hidden)]
    fn at_head<J: Judge<Response, Error>>(
        &self,
        result: Result<&Response, &Error>,
        judge: &J,
    ) -> Option<Verdict>;

    /// Returns the caller's answer. It carries the permit if the call goes on.
    #[doc(hidden)]
    fn hand_on<P: Held, J: Judge<Response, Error>>(
        self,
        response: Response,
        permit: Option<P>,
        judge: &J,
    ) -> Self::Response;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}

    impl Sealed for super::Head {}

    #[cfg(feature = "http")]
    impl Sealed for super::Watched {}
}

/// A call ends with the head of its answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head;

impl<Response, Error> Watch<Response, Error> for Head {
    type Response = Response;

    #[inline]
    fn at_head<J: Judge<Response, Error>>(
        &self,
        result: Result<&Response, &Error>,
        judge: &J,
    ) -> Option<Verdict> {
        Some(judge.judge(result))
    }

    #[inline]
    fn hand_on<P: Held, J: Judge<Response, Error>>(
        self,
        response: Response,
        _: Option<P>,
        _: &J,
    ) -> Response {
        response
    }
}

/// The part of a body with which a call succeeds.
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The first byte: for feeds without an end, and for services of which only the first byte
    /// tells something.
    FirstByte,
    /// The end of the body, or its trailers: for replies that are streamed. A reply by server-sent
    /// events also ends with `data: [DONE]`, and fails with an event that is an error.
    End,
}

/// A call ends in the body of its answer.
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    pub(crate) until: Until,
    #[cfg(feature = "tokio")]
    pub(crate) stall: Option<std::time::Duration>,
}

#[cfg(feature = "http")]
impl Watched {
    pub(crate) fn new(until: Until) -> Self {
        Watched {
            until,
            #[cfg(feature = "tokio")]
            stall: None,
        }
    }
}
