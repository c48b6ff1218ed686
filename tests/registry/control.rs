//! Controls by hand that ask for what holds already, and listeners that panic or call.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, EventKind, State};

const SECOND: Duration = Duration::from_secs(1);

fn breaker(scope: &Scope) -> Arc<Breaker> {
    let config = Config::builder().threshold(2).failure_rate(0.9).window_calls(100);
    let config = config.cooldown(SECOND * 10).build().unwrap();
    scope.registry().get_or_insert("held", config).unwrap()
}

fn fail(breaker: &Breaker) {
    breaker.try_acquire().unwrap().failure();
}

#[test]
fn control_that_asks_for_the_state_that_holds_changes_nothing() {
    let controls: [fn(&Breaker); 6] = [
        Breaker::open,
        Breaker::half_open,
        Breaker::close,
        Breaker::force_open,
        Breaker::disable,
        Breaker::observe,
    ];
    for control in controls {
        let scope = Scope::enter();
        let breaker = breaker(&scope);
        control(&breaker);
        if breaker.state() == State::Closed {
            fail(&breaker);
        }
        scope.advance(SECOND);
        let events = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&events);
        breaker.on_event(move |_| _ = count.fetch_add(1, Ordering::Relaxed)).keep();
        let before = breaker.snapshot();
        control(&breaker);
        control(&breaker);
        assert_eq!(breaker.snapshot(), before);
        assert_eq!(events.load(Ordering::Relaxed), 0);
    }
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    let first = breaker.isolate();
    scope.advance(SECOND);
    let before = breaker.snapshot();
    let second = breaker.isolate();
    assert_eq!(breaker.snapshot(), before);
    drop((first, second));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn open_for_on_an_open_breaker_replaces_the_time_that_is_left_alone() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    fail(&breaker);
    fail(&breaker);
    scope.advance(SECOND * 4);
    let before = breaker.snapshot();
    assert_eq!((before.state, before.calls, before.failures), (State::Open, Some(2), Some(2)));
    for left in [SECOND * 60, SECOND, Duration::ZERO, SECOND * 3] {
        breaker.open_for(left);
        let after = breaker.snapshot();
        assert_eq!((after.remaining_cooldown, after.cooldown), (Some(left), Some(left)));
        assert_eq!((after.episode, after.time_in_state), (before.episode, before.time_in_state));
        assert_eq!((after.calls, after.failures), (before.calls, before.failures));
    }
    scope.advance(SECOND * 3);
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn observe_while_observing_forgets_nothing() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    breaker.observe();
    fail(&breaker);
    fail(&breaker);
    breaker.try_acquire().unwrap().success();
    breaker.observe();
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.snapshot().observed_rejections, 2);
    breaker.reset();
    breaker.observe();
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.snapshot().observed_rejections, 2, "that was another observation");
}

#[test]
fn observed_cooldown_that_has_fully_elapsed_rejects_no_more() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    let observed = || breaker.snapshot().observed_rejections;
    let trip = || (0..2).for_each(|_| fail(&breaker));
    let succeed = || breaker.try_acquire().unwrap().success();
    breaker.observe();
    trip();
    scope.advance(Duration::from_millis(9_999));
    succeed();
    assert_eq!(observed(), 1);
    scope.advance(Duration::from_millis(1));
    succeed();
    assert_eq!(observed(), 1, "the cooldown is over");
    trip();
    assert_eq!(observed(), 1);
    succeed();
    assert_eq!(observed(), 2, "and another has begun");
}

/// Counts those of its kind that are alive; its drop may panic.
struct Payload(Arc<AtomicU64>, bool);

impl Drop for Payload {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        assert!(!self.1, "on purpose");
    }
}

#[test]
fn payload_of_a_panicking_listener_is_dropped() {
    for panics in [false, true] {
        let scope = Scope::enter();
        let breaker = breaker(&scope);
        let alive = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&alive);
        scope
            .registry()
            .on_event(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                panic_any(Payload(Arc::clone(&count), panics));
            })
            .keep();
        for _ in 0..10 {
            breaker.reset();
        }
        assert_eq!(alive.load(Ordering::Relaxed), 0);
        assert_eq!(breaker.snapshot().episode, 10);
    }
}

#[test]
fn listener_of_a_transition_is_told_once_of_the_rejection_of_its_own_call() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, inner) = (Arc::clone(&seen), Arc::downgrade(&breaker));
    breaker
        .on_event(move |event| {
            log.lock().unwrap().push(event.kind);
            assert!(inner.upgrade().unwrap().try_acquire().is_err());
        })
        .keep();
    breaker.force_open();
    assert!(breaker.try_acquire().is_err());
    let seen = seen.lock().unwrap();
    // The rejection that follows from being told of a rejection is not told.
    let rejected = EventKind::Rejected { state: State::Isolated };
    assert!(matches!(seen[0], EventKind::Transition { .. }));
    assert_eq!(seen[1..], [rejected; 2]);
    assert_eq!(breaker.snapshot().rejections, 4);
}

#[test]
fn handle_of_an_isolation_that_was_ended_does_not_end_a_later_one() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    let first = breaker.isolate();
    breaker.reset();
    let second = breaker.isolate();
    drop(first);
    assert_eq!(breaker.state(), State::Isolated);
    drop(second);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn success_that_would_not_open_begins_no_observed_cooldown() {
    let scope = Scope::enter();
    let breaker = breaker(&scope);
    breaker.observe();
    fail(&breaker);
    (0..3).for_each(|_| breaker.try_acquire().unwrap().success());
    assert_eq!(breaker.snapshot().observed_rejections, 0);
}
