//! The keys of windows, slow calls, cooldowns, classification and keys, each at
//! work through the attribute.

mod classify;
mod cooldown;
mod events;
mod eviction;
mod flapping;
mod hints;
mod keyed;
mod listeners;
mod long;
mod names;
mod seats;
mod slow;
mod timeout;
mod waiting;
mod window;

use std::time::Duration;

use breakerbox::BreakerError;

/// The error of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    Down,
    BadRequest,
    Unauthorized,
    Busy { retry_after: u64 },
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    Service(Error),
    Breaker(BreakerError),
}

impl From<BreakerError> for CallError {
    fn from(error: BreakerError) -> Self {
        CallError::Breaker(error)
    }
}

impl CallError {
    pub(crate) fn is_rejection(&self) -> bool {
        matches!(self, CallError::Breaker(error) if error.is_rejection())
    }
}

pub(crate) const DOWN: Result<(), Error> = Err(Error::Down);

pub(crate) fn answer(outcome: Result<(), Error>) -> Result<(), CallError> {
    outcome.map_err(CallError::Service)
}

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
