//! Judges a service's answers for its breaker.

use std::any::Any;
use std::io;
use std::time::Duration;

use breaker_core::{BreakerError, Outcome, Verdict};

use crate::layer::BoxError;

/// Judges the answers of a service.
///
/// Each function from the answer, by reference, to an [`Outcome`] or a [`Verdict`] is a judge. A
/// closure must spell the types of the answer, since the layer does not know its service yet. Each
/// call takes a clone of the judge along.
///
/// ```
/// use breaker_core::{Config, Outcome};
/// use breaker_tower::{BoxError, BreakerLayer};
///
/// let layer = BreakerLayer::named("billing", Config::new())?.judge(
///     |result: Result<&u32, &BoxError>| match result {
///         Ok(balance) if *balance == u32::MAX => Outcome::Failure,
///         Ok(_) => Outcome::Success,
///         Err(_) => Outcome::Failure,
///     },
/// );
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
pub trait Judge<Response, Error> {
    /// Judges an answer.
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict;

    /// Returns the judge for the end of the answer's body. The layer asks for it if it watches the
    /// body and the head was a success.
    #[cfg(feature = "http")]
    fn trailers(&self, _: &Response) -> Trailers {
        Trailers::UNREAD
    }
}

impl<Response, Error, F, V> Judge<Response, Error> for F
where
    F: Fn(Result<&Response, &Error>) -> V,
    V: Into<Verdict>,
{
    #[inline]
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict {
        self(result).into()
    }
}

/// The judge of the end of a body.
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug)]
pub struct Trailers(pub(crate) Option<crate::http::GrpcOutcomes>);

#[cfg(feature = "http")]
impl Trailers {
    /// A body that ends is a success, with any trailers.
    pub const UNREAD: Trailers = Trailers(None);

    pub(crate) fn judge(self, trailers: Option<&::http::HeaderMap>) -> Verdict {
        match self.0 {
            Some(grpc) => grpc.judge_end(trailers),
            None => Outcome::Success.into(),
        }
    }
}

/// Judges by the `Result` alone: an error is a failure, but a rejection by a breaker further inside
/// is ignored, see [`is_rejection`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ByResult;

impl<Response, Error: 'static> Judge<Response, Error> for ByResult {
    #[inline]
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict {
        match result {
            Ok(_) => Outcome::Success.into(),
            Err(error) => of_error(error),
        }
    }
}

/// Judges a call that ended in an error and not in an answer.
pub(crate) fn of_error<Error: 'static>(error: &Error) -> Verdict {
    if is_rejection(error) { Outcome::Ignored.into() } else { Outcome::Failure.into() }
}

/// Returns true if a call ended with a rejection by a breaker, which says nothing about the
/// service. Finds it in a [`BoxError`], an [`io::Error`] or a [`BreakerError`], but not inside an
/// error type of the program's own.
pub fn is_rejection<Error: 'static>(error: &Error) -> bool {
    let error: &dyn Any = error;
    if let Some(error) = error.downcast_ref::<BoxError>() {
        BreakerError::is_rejection_in(&**error)
    } else if let Some(error) = error.downcast_ref::<BreakerError>() {
        error.is_rejection()
    } else if let Some(error) = error.downcast_ref::<io::Error>() {
        BreakerError::is_rejection_in(error)
    } else {
        false
    }
}

/// Finds the cooldown that a failed answer asks for. Each function from the answer, by reference,
/// to an `Option<Duration>` is a hint.
pub trait Hint<Response, Error> {
    /// Returns the cooldown.
    fn hint(&self, result: Result<&Response, &Error>) -> Option<Duration>;
}

impl<Response, Error, F> Hint<Response, Error> for F
where
    F: Fn(Result<&Response, &Error>) -> Option<Duration>,
{
    #[inline]
    fn hint(&self, result: Result<&Response, &Error>) -> Option<Duration> {
        self(result)
    }
}

/// A judge, and the hint for the cooldown that a failure asks for.
#[derive(Clone, Copy, Debug)]
pub struct Hinted<J, H> {
    pub(crate) judge: J,
    pub(crate) hint: H,
}

impl<Response, Error, J, H> Judge<Response, Error> for Hinted<J, H>
where
    J: Judge<Response, Error>,
    H: Hint<Response, Error>,
{
    #[inline]
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict {
        let verdict = self.judge.judge(result);
        if verdict.outcome() != Outcome::Failure {
            return verdict;
        }
        match self.hint.hint(result) {
            Some(length) => verdict.retry_after(length),
            None => verdict,
        }
    }

    #[cfg(feature = "http")]
    fn trailers(&self, response: &Response) -> Trailers {
        self.judge.trailers(response)
    }
}
