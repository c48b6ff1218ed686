//! Races, explored rather than met by luck. Run with
//! `RUSTFLAGS="--cfg breaker_loom" cargo test --release -p breaker-core --test loom`.
//! Names in brackets are those of known defects elsewhere.
#![cfg(breaker_loom)]

mod control;
mod fast_path;
mod probes;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{
    Breaker, BreakerError, Clock, Config, ConfigBuilder, EventKind, ManualClock, State,
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

/// Open, with the cooldown over.
fn ripe(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (breaker, hand) = breaker(config);
    breaker.try_acquire().unwrap().failure();
    hand.advance(COOLDOWN);
    (breaker, hand)
}

/// With at most so many preemptions: all orders would take minutes, or hours.
fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Runs `f` on a thread of its own with the breaker.
fn spawn<T: 'static>(
    breaker: &Arc<Breaker>,
    f: impl FnOnce(&Arc<Breaker>) -> T + 'static,
) -> thread::JoinHandle<T> {
    let breaker = Arc::clone(breaker);
    thread::spawn(move || f(&breaker))
}

/// Takes a permit, if there is one, and keeps it.
fn acquire(breaker: &Arc<Breaker>) -> Option<breaker_core::Permit<Arc<Breaker>>> {
    breaker.try_acquire_owned().ok()
}

/// Lets one more probe through and closes: nothing is left taken.
fn assert_recovers(breaker: &Breaker, hand: &ManualClock) {
    hand.advance(COOLDOWN);
    for _ in 0..2 {
        if let Ok(permit) = breaker.try_acquire() {
            permit.success();
        }
    }
    assert_eq!(breaker.state(), State::Closed);
}
