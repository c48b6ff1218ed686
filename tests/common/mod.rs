//! What the tests of failure modes and of peers' defects share: a service's faults,
//! and a breaker led from state to state.

use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, State};

pub(crate) const COOLDOWN: Duration = Duration::from_secs(10);
pub(crate) const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Down,
    BadRequest,
    Rejected(BreakerError),
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Rejected(error)
    }
}

pub(crate) type Reply = Result<u32, Fault>;

/// A breaker that trips at the first failure, unless tuned otherwise.
pub(crate) fn breaker(
    scope: &Scope,
    tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
) -> Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(COOLDOWN));
    scope.registry().get_or_insert("service", config.build().unwrap()).unwrap()
}

pub(crate) fn succeed(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").success();
}

pub(crate) fn fail(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").failure();
}

/// The failure that opens.
pub(crate) fn trip(breaker: &Breaker) {
    fail(breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// A breaker that is half-open at the next call.
pub(crate) fn cooled_down(
    scope: &Scope,
    tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
) -> Arc<Breaker> {
    let breaker = breaker(scope, tune);
    trip(&breaker);
    scope.advance(COOLDOWN);
    breaker
}

/// The probe that closes.
pub(crate) fn recover(breaker: &Breaker) {
    succeed(breaker);
    assert_eq!(breaker.state(), State::Closed);
}
