//! Errors that have a place for a rejection.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_openai::error::OpenAIError;
use breakerbox::BreakerError;

/// An error of the program's own, which says what its callers can do.
#[derive(Debug)]
pub enum LlmError {
    /// The service was asked, and this came of it.
    Api(OpenAIError),
    /// It was asked, and did not answer in time.
    TimedOut,
    /// It was not asked, since it is unwell.
    Resting {
        /// When to try again, if that is known.
        retry_after: Option<Duration>,
    },
}

impl From<OpenAIError> for LlmError {
    fn from(error: OpenAIError) -> Self {
        Self::Api(error)
    }
}

impl LlmError {
    /// For `error = ...`, where there is no `From`.
    pub(crate) fn unasked(error: BreakerError) -> Self {
        match error {
            BreakerError::TimedOut { .. } => Self::TimedOut,
            rejection => Self::Resting { retry_after: rejection.retry_after() },
        }
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(_) => f.write_str("the service did not do it"),
            Self::TimedOut => f.write_str("the service did not answer in time"),
            Self::Resting { retry_after: Some(wait) } => {
                write!(f, "the service is resting, try again in {wait:?}")
            }
            Self::Resting { retry_after: None } => f.write_str("the service is resting"),
        }
    }
}

impl Error for LlmError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Api(error) => Some(error),
            Self::TimedOut | Self::Resting { .. } => None,
        }
    }
}

/// Any error, or the breaker's. With it no function needs `error = ...`.
#[derive(Debug)]
pub enum Guarded<E> {
    /// The error that the call returned.
    Service(E),
    /// The error that the breaker returned in its place.
    Breaker(BreakerError),
}

impl<E> From<BreakerError> for Guarded<E> {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

/// For `?`. A `From<E>` for every `E` would be two for a `BreakerError`.
impl From<OpenAIError> for Guarded<OpenAIError> {
    fn from(error: OpenAIError) -> Self {
        Self::Service(error)
    }
}

impl<E> fmt::Display for Guarded<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(_) => f.write_str("the call failed"),
            Self::Breaker(_) => f.write_str("the call was not made, or not waited for"),
        }
    }
}

impl<E: Error + 'static> Error for Guarded<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Service(error) => Some(error),
            Self::Breaker(error) => Some(error),
        }
    }
}
