//! [`BreakerError`], the error of a call that was rejected or timed out, and [`Rejected`], which
//! shows a rejection in a chain of sources.

use core::fmt;
use core::time::Duration;

use crate::name::Name;

/// The reason why a call has no answer: the call was rejected, and the function's body did
/// not run; or its `timeout` ran out.
///
/// The attribute converts it into the function's own error by `From<BreakerError>`, or
/// passes it to `error = ...` or to the fallback. [`std::io::Error`] is `From<BreakerError>`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerError {
    /// The breaker is open.
    #[non_exhaustive]
    Open {
        /// The breaker's name.
        name: Name,
        /// The rest of the cooldown, or up to a millisecond more; `None` if the cooldown never
        /// ends. A caller that waits that long is not rejected by this cooldown.
        retry_after: Option<Duration>,
    },
    /// The breaker is half-open and all its probe slots are taken.
    #[non_exhaustive]
    Saturated {
        /// The breaker's name.
        name: Name,
        /// The time until the oldest probe loses its slot to the next caller: an upper bound,
        /// since a probe may end before. `None` if it keeps its slot for ever.
        retry_after: Option<Duration>,
    },
    /// The breaker is held open by hand.
    #[non_exhaustive]
    Isolated {
        /// The breaker's name.
        name: Name,
    },
    /// The call was admitted, and did not end within the `timeout` of its function; or it was a
    /// stream, and an item did not come within `first` or `stall`.
    #[non_exhaustive]
    TimedOut {
        /// The breaker's name.
        name: Name,
        /// The length of the `timeout`, of `first` or of `stall`.
        after: Duration,
    },
}

impl BreakerError {
    /// Returns the name of the breaker.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Open { name, .. }
            | Self::Saturated { name, .. }
            | Self::Isolated { name }
            | Self::TimedOut { name, .. } => name.as_str(),
        }
    }

    /// Returns the time until the breaker may admit a call. For an open breaker it is never too
    /// short: a caller that waits that long is not rejected by this cooldown, though it may be by
    /// another caller's probe, a longer hint of the service, or a manual control. For a half-open
    /// breaker it is the time until the oldest probe loses its slot, and no promise: the probe may
    /// fail before and open the breaker, or another caller may take the slot.
    ///
    /// Returns `None` if the breaker is held open by hand or open for ever, if its probes may be
    /// out for ever, and for a call that timed out.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Open { retry_after, .. } | Self::Saturated { retry_after, .. } => *retry_after,
            Self::Isolated { .. } | Self::TimedOut { .. } => None,
        }
    }

    /// Returns whether the call was rejected. Its body has then not run.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Saturated { .. } | Self::Isolated { .. } => true,
            Self::TimedOut { .. } => false,
        }
    }
}

impl fmt::Display for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { name, retry_after: Some(left) } => {
                write!(f, "circuit breaker `{name}` is open, retry in {left:?}")
            }
            Self::Open { name, retry_after: None } => {
                write!(f, "circuit breaker `{name}` is open until it is reset")
            }
            Self::Saturated { name, retry_after: Some(left) } => {
                write!(
                    f,
                    "circuit breaker `{name}` is half-open and its probes are out, \
                     retry in {left:?} at the latest"
                )
            }
            Self::Saturated { name, retry_after: None } => {
                write!(f, "circuit breaker `{name}` is half-open and its probes are out")
            }
            Self::TimedOut { name, after } => {
                write!(f, "call through circuit breaker `{name}` did not end within {after:?}")
            }
            Self::Isolated { name } => {
                write!(f, "circuit breaker `{name}` is held open by hand")
            }
        }
    }
}

impl std::error::Error for BreakerError {
    /// The source of a rejection is [`Rejected`].
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if self.is_rejection() { Some(&Rejected) } else { None }
    }
}

/// The [`source`](core::error::Error::source) of a [`BreakerError`] that is a rejection.
///
/// An error enum that is transparent for its [`BreakerError`] leaves the `BreakerError` out of its
/// chain of sources, and passes on this source. So [`BreakerError::is_rejection_in`] finds it.
///
/// ```
/// use std::error::Error;
/// use breaker_core::{Breaker, Config, Rejected};
///
/// let breaker = Breaker::new("llm", Config::new());
/// breaker.force_open();
/// let error = breaker.try_acquire().unwrap_err();
/// assert!(error.source().is_some_and(|source| source.is::<Rejected>()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected;

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was not made")
    }
}

impl core::error::Error for Rejected {}
