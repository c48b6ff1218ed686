//! Why a service gave no answer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use breakerbox::BreakerError;
use reqwest::StatusCode;

/// Why a service gave no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServiceError {
    /// It answered that it will not: 429, 503.
    Status {
        /// What it answered.
        status: StatusCode,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// Nobody listens at its address.
    Unreachable,
    /// The HTTP client failed in another way, such as by a connection that broke off.
    Http(reqwest::Error),
    /// No answer in time, with no breaker to say so.
    TimedOut(Duration),
    /// The breaker did not let the call through, or its `timeout` ran out.
    Breaker(BreakerError),
}

impl ServiceError {
    /// How long the service, or the breaker before it, wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Breaker(error) => error.retry_after(),
            Self::Unreachable | Self::Http(_) | Self::TimedOut(_) => None,
        }
    }
}

/// What an outcome asks for, as the attribute's `retry_after` wants it.
pub(super) fn asked_pause<T>(outcome: &Result<T, ServiceError>) -> Option<Duration> {
    outcome.as_ref().err().and_then(ServiceError::retry_after)
}

impl From<reqwest::Error> for ServiceError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() { Self::Unreachable } else { Self::Http(error) }
    }
}

/// What makes `timeout`, and rejections where there is no fallback, errors of ours.
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
            // Its words are this error's own.
            Self::Breaker(error) => error.source(),
            Self::Status { .. } | Self::Unreachable | Self::TimedOut(_) => None,
        }
    }
}
