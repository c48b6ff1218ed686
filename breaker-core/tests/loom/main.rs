//! Explores races in a breaker by models of loom. Run with
//! `RUSTFLAGS="--cfg breaker_loom" cargo test --release -p breaker-core --test loom`.
//! `BREAKER_LOOM=full` in the environment explores more orders, and takes an hour.
//! Brackets name known defects of other circuit breakers.
#![cfg(breaker_loom)]

mod control;
mod explore;
mod fast_path;
mod first;
mod hung;
mod linked;
mod listeners;
mod probes;
mod readers;
mod retuned;
mod seats;
mod shards;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{
    Breaker, BreakerError, Clock, Config, ConfigBuilder, EventKind, FailureKind, ManualClock,
    Outcome, State, Subscription, Verdict, model,
};
use explore::{Depth, explore, on};
use loom::thread;

const COOLDOWN: Duration = Duration::from_millis(10);

/// Most models: three preemptions, and one more in the full run.
const USUAL: Depth = Depth::Preemptions(3, 4);
/// Models of many steps.
const SHALLOW: Depth = Depth::Preemptions(2, 3);

type Permit = breaker_core::Permit<Arc<Breaker>>;

fn config() -> ConfigBuilder {
    Config::builder().threshold(1).cooldown(COOLDOWN)
}

/// Makes a breaker in the state after its first calls, with nothing counted.
fn breaker(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (breaker, hand) = fresh(config);
    model::prepare(&breaker);
    (breaker, hand)
}

/// Makes a breaker in the state before its first call.
fn fresh(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (clock, hand) = Clock::manual();
    (Arc::new(Breaker::new("model", config.build_const()).with_clock(clock)), hand)
}

/// Makes a breaker and lets one call fail, which opens it at a threshold of 1. The cooldown is
/// then over.
fn ripe(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (breaker, hand) = breaker(config);
    breaker.try_acquire().unwrap().failure();
    hand.advance(COOLDOWN);
    (breaker, hand)
}

/// Acquires a permit that owns its breaker, unless the call is rejected.
fn acquire(breaker: &Arc<Breaker>) -> Option<Permit> {
    breaker.try_acquire_owned().ok()
}

/// Acquires permits that own their breaker.
fn permits<const COUNT: usize>(breaker: &Arc<Breaker>) -> [Permit; COUNT] {
    [(); COUNT].map(|()| acquire(breaker).unwrap())
}

/// Lets a call fail, if it is admitted.
fn fail_one(breaker: &Arc<Breaker>) {
    if let Some(permit) = acquire(breaker) {
        permit.failure();
    }
}

/// Asserts that the breaker closes after a cooldown and at most two successes, so that no probe
/// slot is left taken.
fn assert_recovers(breaker: &Breaker, hand: &ManualClock) {
    hand.advance(COOLDOWN);
    for _ in 0..2 {
        if let Ok(permit) = breaker.try_acquire() {
            permit.success();
        }
    }
    assert_eq!(breaker.state(), State::Closed);
}
