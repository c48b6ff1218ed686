//! Explores races in a breaker by models of loom. Run with
//! `RUSTFLAGS="--cfg breaker_loom" cargo test --release -p breaker-core --test loom`.
//! Brackets name known defects of other circuit breakers.
#![cfg(breaker_loom)]

mod control;
mod fast_path;
mod hung;
mod probes;
mod retuned;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{
    Breaker, BreakerError, Clock, Config, ConfigBuilder, EventKind, ManualClock, Outcome, State,
    Verdict,
};
use loom::thread;

const COOLDOWN: Duration = Duration::from_millis(10);

fn config() -> ConfigBuilder {
    Config::builder().threshold(1).cooldown(COOLDOWN)
}

fn breaker(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
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

/// Explores `model` with at most `preemptions` preemptions: to explore all orders takes too long.
fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Runs `f` with the breaker on a new thread.
fn spawn<T: 'static>(
    breaker: &Arc<Breaker>,
    f: impl FnOnce(&Arc<Breaker>) -> T + 'static,
) -> thread::JoinHandle<T> {
    let breaker = Arc::clone(breaker);
    thread::spawn(move || f(&breaker))
}

/// Acquires a permit that owns its breaker, unless the call is rejected.
fn acquire(breaker: &Arc<Breaker>) -> Option<breaker_core::Permit<Arc<Breaker>>> {
    breaker.try_acquire_owned().ok()
}

/// Asserts that the breaker closes after a cooldown and two successes at most, so that no probe
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
