//! The outcome of a call, and the traits by which a return value shows it.

use core::fmt;
use core::time::Duration;

use crate::error::BreakerError;

/// The outcome of an admitted call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Resets the consecutive failures; in half-open, counts towards `success_threshold`.
    Success,
    /// Counts towards a trip; a failed probe opens the breaker again at once.
    Failure,
    /// Counts as nothing, and gives back a probe's slot.
    Ignored,
}

/// The way in which a call has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum FailureKind {
    /// Its outcome was judged to be a failure, or it was cancelled and that counts as a failure.
    Error,
    /// Its outcome was no failure, but it took `slow_call` or longer, and either no `slow_rate` is
    /// set or it was a probe. A call that hangs is counted as slow once it is found, whatever its
    /// outcome.
    Slow,
    /// Its `timeout` ran out.
    TimedOut,
    /// Its body panicked.
    Panicked,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [FailureKind; 4] = [Self::Error, Self::Slow, Self::TimedOut, Self::Panicked];

    /// Returns `error`, `slow`, `timed_out` or `panicked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slow => "slow",
            Self::TimedOut => "timed_out",
            Self::Panicked => "panicked",
        }
    }

    /// Returns the kind's place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An [`Outcome`], with the cooldown that the service asks for, and whether to trip at once.
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
    pub(crate) end: End,
}

/// The way in which a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By an output, or through a permit.
    Judged,
    /// It was cancelled. It counts as slow if it has run for `slow_call`.
    Cancelled,
    /// Its time ran out.
    #[cfg(feature = "tokio")]
    TimedOut,
    /// Its body has panicked.
    Panicked,
}

impl Verdict {
    pub(crate) const CANCELLED: Verdict = Self::of(Outcome::Ignored, End::Cancelled);
    pub(crate) const PANICKED: Verdict = Self::of(Outcome::Failure, End::Panicked);
    #[cfg(feature = "tokio")]
    pub(crate) const TIMED_OUT: Verdict = Self::of(Outcome::Failure, End::TimedOut);

    #[inline]
    const fn of(outcome: Outcome, end: End) -> Self {
        Verdict { outcome, trips: false, retry_after: None, end }
    }

    /// Returns whether the call was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.end == End::Cancelled
    }

    /// Returns the way in which the call has failed, if it counts as a failure.
    pub(crate) fn failure_kind(&self) -> FailureKind {
        match (self.outcome, self.end) {
            (Outcome::Success | Outcome::Ignored, _) => FailureKind::Slow,
            (Outcome::Failure, End::Judged | End::Cancelled) => FailureKind::Error,
            #[cfg(feature = "tokio")]
            (Outcome::Failure, End::TimedOut) => FailureKind::TimedOut,
            (Outcome::Failure, End::Panicked) => FailureKind::Panicked,
        }
    }

    /// Opens the breaker at once, if the outcome is a failure: for a login that has expired or
    /// a quota that is used up.
    #[must_use]
    pub const fn trip(mut self) -> Self {
        self.trips = true;
        self
    }

    /// Sets the cooldown that the service itself has asked for, in case the outcome is a failure
    /// that opens the breaker. It is limited to `cooldown_max`, or without that to one hour or
    /// `cooldown`, whichever is longer; zero asks for nothing. If the call was under way when the
    /// breaker opened, a longer hint lengthens the running cooldown.
    #[must_use]
    pub const fn retry_after(mut self, length: Duration) -> Self {
        self.retry_after = Some(length);
        self
    }

    /// Returns the outcome of the call.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl From<Outcome> for Verdict {
    #[inline]
    fn from(outcome: Outcome) -> Self {
        Self::of(outcome, End::Judged)
    }
}

/// A return type whose values tell by themselves whether the call failed.
///
/// `Result` does: `Err` is a failure. The attribute's key `failure` replaces this trait; its
/// keys `ignore` and `trip` are matched first, and this trait judges the other outputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell success from failure",
    label = "the breaker cannot judge this return type",
    note = "return `Result<T, E>`, or say which values are failures: `failure = PATTERN`",
    note = "if it is a future, make it an `async fn`, or spell it out: `impl Future<Output = Result<T, E>>`, or in an `impl` of a trait `Pin<Box<dyn Future<Output = Result<T, E>>>>`"
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

/// A return type that can carry a rejection.
///
/// Every `Result` can. Its error is made by `From<BreakerError>`, or by the function in the key
/// `error`.
#[diagnostic::on_unimplemented(
    message = "a rejected call has no way to say so in `{Self}`",
    label = "this return type cannot carry a rejection",
    note = "return `Result<T, E>`, or say what answers instead: `fallback = EXPRESSION`"
)]
pub trait Refusable {
    /// The type of the error in `Err`.
    type Error;

    /// Wraps an error in `Err`.
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
    note = "implement `From<BreakerError>` for `{Self}`, or map it here: `error = |e| ...`, or answer instead: `fallback = ...`",
    note = "if that type is not yours, return one that can hold both: an enum with `#[from] BreakerError`, `anyhow::Error`, or `Box<dyn Error + Send + Sync>`"
)]
pub trait FromRejection: Sized {
    /// Converts the error.
    fn from_rejection(error: BreakerError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<BreakerError>> FromRejection for E {
    #[inline]
    fn from_rejection(error: BreakerError) -> Self {
        error.into()
    }
}

/// A return type that tells success from failure and can carry a rejection: any
/// `Result<_, E>` with `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell success from failure",
    label = "the breaker cannot judge this return type",
    note = "return `Result<T, E>`, or say which values are failures and what answers instead of a rejected call: `failure = PATTERN, fallback = EXPRESSION`",
    note = "if it is a future, make it an `async fn`, or spell it out: `impl Future<Output = Result<T, E>>`, or in an `impl` of a trait `Pin<Box<dyn Future<Output = Result<T, E>>>>`"
)]
pub trait Guardable: Sized {
    /// Judges a finished call.
    fn outcome(&self) -> Outcome;

    /// Makes the output of a rejected call.
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

/// The reason why a fallback answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<Output> {
    /// The call was rejected, and not made.
    Rejected(BreakerError),
    /// The call was made, and its `timeout` ran out. Only with `fallback_on = "failure"`.
    TimedOut(BreakerError),
    /// The call was made and failed, with this output. Only with `fallback_on = "failure"`.
    Failed(Output),
}
