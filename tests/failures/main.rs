//! What goes wrong in circuit breakers, one test for each failure mode. The number
//! in brackets is that of the catalogue in `index.rs`, which also finds those that
//! are tested elsewhere: H half-open without end, R herds and races, L late
//! results, C counting, T time, E events, G registry, F fallback, I integration.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod beside;
#[path = "../common/mod.rs"]
mod common;
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
use breakerbox::{Breaker, Event, EventKind, State};

use common::{COOLDOWN, Fault, MS, Reply, breaker, cooled_down, fail, recover, succeed, trip};

impl Fault {
    fn is_rejection(&self) -> bool {
        matches!(self, Fault::Rejected(error) if error.is_rejection())
    }
}

const DOWN: Reply = Err(Fault::Down);

/// The breaker of that name in the test's registry.
fn named(scope: &Scope, name: &str) -> Arc<Breaker> {
    scope.registry().get(name).expect("registered")
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
