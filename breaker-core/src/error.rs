//! Errors: a call that was not let in.

use core::fmt;
use core::time::Duration;

use crate::name::Name;

/// Why a call has no answer: it was rejected, and the function's body did not
/// run; or its `timeout` ran out.
///
/// The attribute turns it into the function's own error through
/// `From<BreakerError>`, or hands it to `error = ...` or to the fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerError {
    /// The breaker is open.
    #[non_exhaustive]
    Open {
        /// The breaker's name.
        name: Name,
        /// What is left of the cooldown; `None` if it never ends by itself.
        retry_after: Option<Duration>,
    },
    /// The breaker is half-open and all its probes are out.
    #[non_exhaustive]
    Saturated {
        /// The breaker's name.
        name: Name,
    },
    /// The breaker is held open by hand.
    #[non_exhaustive]
    Isolated {
        /// The breaker's name.
        name: Name,
    },
    /// The call was let in, and did not end within the `timeout` of its function.
    #[non_exhaustive]
    TimedOut {
        /// The breaker's name.
        name: Name,
        /// How long it was given.
        after: Duration,
    },
}

impl BreakerError {
    /// The name of the breaker.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Open { name, .. }
            | Self::Saturated { name }
            | Self::Isolated { name }
            | Self::TimedOut { name, .. } => name.as_str(),
        }
    }

    /// How long until the breaker may let a call through. `None` where no time
    /// can be told: held open by hand, open for ever, or waiting for a probe.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Open { retry_after, .. } => *retry_after,
            Self::Saturated { .. } | Self::Isolated { .. } | Self::TimedOut { .. } => None,
        }
    }

    /// Whether the call was turned away without running.
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
            Self::Saturated { name } => {
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

impl std::error::Error for BreakerError {}
