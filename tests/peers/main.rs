//! The defects found in other breakers, one test each. A name begins with the
//! peer where the defect was found, or with the subject where several share it.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod counting;
mod late;
mod limits;
mod macros;
mod probes;

use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, State};

const COOLDOWN: Duration = Duration::from_secs(10);
const MS: Duration = Duration::from_millis(1);

#[derive(Debug, PartialEq)]
enum Fault {
    Down,
    BadRequest,
    Rejected(BreakerError),
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Rejected(error)
    }
}

type Reply = Result<u32, Fault>;

/// A breaker that trips at the first failure, unless tuned otherwise.
fn breaker(scope: &Scope, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(COOLDOWN));
    let config = config.build().unwrap();
    scope.registry().get_or_insert("peer", config).unwrap()
}

fn succeed(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").success();
}

fn fail(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").failure();
}

/// The failure that opens.
fn trip(breaker: &Breaker) {
    fail(breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// A breaker that is half-open at the next call.
fn cooled_down(scope: &Scope, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let breaker = breaker(scope, tune);
    trip(&breaker);
    scope.advance(COOLDOWN);
    breaker
}

/// The probe that closes.
fn recover(breaker: &Breaker) {
    succeed(breaker);
    assert_eq!(breaker.state(), State::Closed);
}
