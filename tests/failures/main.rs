//! What goes wrong in circuit breakers, one test for each failure mode. The number
//! in brackets is that of the catalogue in `index.rs`, which also finds those that
//! are tested elsewhere: H half-open without end, R herds and races, L late
//! results, C counting, T time, E events, G registry, F fallback, I integration.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod counting;
mod events;
mod fallback;
mod foreign;
mod half_open;
mod herd;
mod index;
mod integration;
mod late;
mod registry;
mod time;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, Event, EventKind, State};

const COOLDOWN: Duration = Duration::from_secs(10);
const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Debug, PartialEq)]
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

impl Fault {
    fn is_rejection(&self) -> bool {
        matches!(self, Fault::Rejected(error) if error.is_rejection())
    }
}

type Reply = Result<u32, Fault>;

const DOWN: Reply = Err(Fault::Down);

/// A breaker that trips at the first failure, unless tuned otherwise.
fn breaker(scope: &Scope, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(COOLDOWN));
    scope.registry().get_or_insert("mode", config.build().unwrap()).unwrap()
}

/// The breaker of that name in the test's registry.
fn named(scope: &Scope, name: &str) -> Arc<Breaker> {
    scope.registry().get(name).expect("registered")
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

/// From where to where, if it is a transition.
fn transition(event: &Event) -> Option<(State, State)> {
    match event.kind {
        EventKind::Transition { from, to, .. } => Some((from, to)),
        _ => None,
    }
}

/// Runs `f` on a thread of its own, and fails if it has not ended in ten seconds.
#[track_caller]
fn ends(f: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        f();
        let _ = done.send(());
    });
    let in_time = ended.recv_timeout(Duration::from_secs(10));
    assert_ne!(in_time, Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    thread.join().expect("it panicked");
}
