//! The error of guarded functions.

use std::fmt;

use breakerbox::BreakerError;

/// The error of a call: the service's, or the breaker's.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The service does not answer.
    Down,
    /// The service is overloaded, and asks for so many seconds of rest.
    Busy(u64),
    /// The caller's mistake.
    BadRequest,
    /// The breaker's error: a rejection, or a timeout.
    Rejected(BreakerError),
}

impl Fault {
    /// Returns true if a breaker has rejected the call. A timeout is no rejection.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        matches!(self, Fault::Rejected(error) if error.is_rejection())
    }
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Rejected(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

/// The answer of a service.
pub type Reply<T = u32> = Result<T, Fault>;

/// The answer of a service that is down.
pub const DOWN: Reply = Err(Fault::Down);
