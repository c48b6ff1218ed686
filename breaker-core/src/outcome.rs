//! What a call came to, and how a return value tells.

use core::time::Duration;

use crate::error::BreakerError;

/// What a call that was let in came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Resets the count of consecutive failures; brings half-open nearer to closed.
    Success,
    /// Counts towards a trip; a failed probe reopens at once.
    Failure,
    /// Counts as nothing, and gives back a probe's slot.
    Ignored,
}

/// An [`Outcome`], and what else a call's end tells.
///
/// ```
/// use std::time::Duration;
/// use breaker_core::{Breaker, Config, Outcome, State, Verdict};
///
/// let breaker = Breaker::new("llm", Config::new());
/// let permit = breaker.try_acquire()?;
/// // 401: no use in trying four times more.
/// permit.record(Verdict::from(Outcome::Failure).trip().retry_after(Duration::from_secs(90)));
/// assert_eq!(breaker.state(), State::Open);
/// assert_eq!(breaker.snapshot().cooldown, Some(Duration::from_secs(90)));
/// # Ok::<(), breaker_core::BreakerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) trips: bool,
    pub(crate) retry_after: Option<Duration>,
    /// Ended from outside: it counts as slow if it had run for long enough.
    pub(crate) cancelled: bool,
}

impl Verdict {
    pub(crate) const CANCELLED: Verdict =
        Verdict { outcome: Outcome::Ignored, trips: false, retry_after: None, cancelled: true };

    /// Opens the breaker at once, if it is a failure: a login that has expired, a
    /// quota used up.
    #[must_use]
    pub const fn trip(mut self) -> Self {
        self.trips = true;
        self
    }

    /// Makes this the cooldown, if the outcome opens the breaker: what the service
    /// itself has asked for. Not beyond `cooldown_max`; zero asks for nothing.
    #[must_use]
    pub const fn retry_after(mut self, length: Duration) -> Self {
        self.retry_after = Some(length);
        self
    }

    /// What the call came to.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl From<Outcome> for Verdict {
    #[inline]
    fn from(outcome: Outcome) -> Self {
        Verdict { outcome, trips: false, retry_after: None, cancelled: false }
    }
}

/// A return value that can say by itself whether the call failed.
///
/// `Result` can: `Err` is a failure. Where it is not so simple, the attribute's
/// `failure` and `ignore` decide instead, and this trait is not retry_after.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell success from failure",
    label = "the breaker cannot judge this return type",
    note = "return `Result<T, E>`, or say which values are failures: `failure = PATTERN`",
    note = "if it is a future, make it an `async fn`, or spell it out: `impl Future<Output = Result<T, E>>`"
)]
pub trait Fallible {
    /// Judges a finished call.
    fn outcome(&self) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl<T, E> Fallible for Result<T, E> {
    #[inline]
    fn outcome(&self) -> Outcome {
        if self.is_err() { Outcome::Failure } else { Outcome::Success }
    }
}

/// A return value that can carry the news that the call was not made.
///
/// `Result<_, E>` can where `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "a rejected call has no way to say so in `{Self}`",
    label = "this return type cannot carry a rejection",
    note = "return `Result<T, E>`, or say what answers instead: `fallback = EXPRESSION`"
)]
pub trait Refusable {
    /// What the `Err` side holds.
    type Error;

    /// Wraps an error.
    fn rejected(error: Self::Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E> Refusable for Result<T, E> {
    type Error = E;

    #[inline]
    fn rejected(error: E) -> Self {
        Err(error)
    }
}

/// An error type that a rejection can become: any `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "a rejected call cannot become `{Self}`",
    label = "the error type `{Self}` cannot hold a `BreakerError`",
    note = "implement `From<BreakerError>` for `{Self}`, or map it here: `error = |e| ...`, or answer instead: `fallback = ...`"
)]
pub trait FromRejection: Sized {
    /// Converts.
    fn from_rejection(error: BreakerError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<BreakerError>> FromRejection for E {
    #[inline]
    fn from_rejection(error: BreakerError) -> Self {
        error.into()
    }
}

/// A return type that needs no word more: it tells failure and carries a
/// rejection. Any `Result<_, E>` with `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell success from failure",
    label = "the breaker cannot judge this return type",
    note = "return `Result<T, E>`, or say which values are failures and what answers instead of a rejected call: `failure = PATTERN, fallback = EXPRESSION`",
    note = "if it is a future, make it an `async fn`, or spell it out: `impl Future<Output = Result<T, E>>`"
)]
pub trait Guardable: Sized {
    /// Judges a finished call.
    fn outcome(&self) -> Outcome;

    /// Carries a rejection.
    fn rejected(error: BreakerError) -> Self;
}

impl<T, E: FromRejection> Guardable for Result<T, E> {
    #[inline]
    fn outcome(&self) -> Outcome {
        Fallible::outcome(self)
    }

    #[inline]
    fn rejected(error: BreakerError) -> Self {
        Err(E::from_rejection(error))
    }
}

/// Why a fallback is asked to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<Output> {
    /// The call was not made.
    Rejected(BreakerError),
    /// The call was made, and its `timeout` ran out. Only with `fallback_on = "failure"`.
    TimedOut(BreakerError),
    /// The call was made and failed; this is what it returned. Only with
    /// `fallback_on = "failure"`.
    Failed(Output),
}
