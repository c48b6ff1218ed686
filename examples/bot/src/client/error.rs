//! The error of a service call.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use breakerbox::BreakerError;
use reqwest::StatusCode;

/// The error of a service call.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServiceError {
    /// The service refused, as by 429 or 503.
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// The pause that the service asks for.
        retry_after: Option<Duration>,
    },
    /// Nobody listens at the address.
    Unreachable,
    /// The HTTP client failed in another way, as by a broken connection.
    Http(reqwest::Error),
    /// A call without a breaker took too long.
    TimedOut(Duration),
    /// The breaker rejected the call, or its `timeout` ran out.
    Breaker(BreakerError),
}

impl ServiceError {
    /// Returns the pause that the service or its breaker asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Breaker(error) => error.retry_after(),
            Self::Unreachable | Self::Http(_) | Self::TimedOut(_) => None,
        }
    }
}

/// Returns an outcome's requested pause, for the attribute's `retry_after`.
pub(super) fn asked_pause<T>(outcome: &Result<T, ServiceError>) -> Option<Duration> {
    outcome.as_ref().err().and_then(ServiceError::retry_after)
}

impl From<reqwest::Error> for ServiceError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() { Self::Unreachable } else { Self::Http(error) }
    }
}

/// Makes `timeout`, and rejections without a fallback, a [`ServiceError`].
impl From<BreakerError> for ServiceError {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, .. } => write!(f, "the service answered {status}"),
            Self::Unreachable => f.write_str("nobody listens at the service's address"),
            Self::Http(_) => f.write_str("the request failed"),
            Self::TimedOut(limit) => write!(f, "no answer within {limit:?}"),
            Self::Breaker(error) => error.fmt(f),
        }
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            // `Display` prints `error` already.
            Self::Breaker(error) => error.source(),
            Self::Status { .. } | Self::Unreachable | Self::TimedOut(_) => None,
        }
    }
}
