//! Pairs of keys of the attribute that could get in each other's way.

mod constants;
mod key;
mod timeout;
mod verdict;

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State};
use support::named;

#[derive(Debug, PartialEq)]
enum Error {
    Down,
    Overloaded { retry_after: Option<Duration> },
    Unauthorized,
    BadRequest,
    Breaker(BreakerError),
}

impl Error {
    fn is_ours(&self) -> bool {
        matches!(self, Error::BadRequest | Error::Unauthorized)
    }
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Breaker(error)
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn state(scope: &Scope, name: &str) -> State {
    named(scope, name).state()
}

fn cooldown(scope: &Scope, name: &str) -> Option<Duration> {
    named(scope, name).snapshot().cooldown
}
