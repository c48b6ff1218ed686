//! Other people's code at work inside ours: listeners, destructors, keys.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, EventKind, Registry, State, circuit_breaker};

use super::{COOLDOWN, breaker, ends, fail, trip};

/// [E1]
#[test]
fn listener_whose_own_calls_are_rejected_is_told_once() {
    ends(|| {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config);
        let (told, count) = mpsc::channel();
        let inner = Arc::downgrade(&breaker);
        let _subscription = breaker.on_event(move |event| {
            if let EventKind::Rejected { .. } = event.kind {
                told.send(()).unwrap();
                assert!(inner.upgrade().unwrap().try_acquire().is_err());
            }
        });
        trip(&breaker);
        assert!(breaker.try_acquire().is_err());
        assert_eq!(count.try_iter().count(), 1);
        assert_eq!(breaker.snapshot().rejections, 2, "both are counted");
    });
}

/// [E1, H8]
#[test]
fn probe_whose_listener_is_stuck_is_replaced_after_its_time() {
    ends(|| {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config);
        trip(&breaker);
        let (leave, may_leave) = mpsc::channel::<()>();
        let may_leave = std::sync::Mutex::new(may_leave);
        let (entered, is_in) = mpsc::channel();
        let _subscription = breaker.on_event(move |event| {
            if let EventKind::Transition { to: State::HalfOpen, .. } = event.kind {
                entered.send(()).unwrap();
                let _ = may_leave.lock().unwrap().recv();
            }
        });
        scope.advance(COOLDOWN);
        thread::scope(|threads| {
            threads.spawn(|| drop(breaker.try_acquire()));
            is_in.recv().unwrap();
            scope.advance(Duration::from_secs(3_600));
            breaker.try_acquire().unwrap().success();
            assert_eq!(breaker.state(), State::Closed);
            drop(leave);
        });
    });
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a payload's own trouble");
    }
}

/// [E3]
#[test]
fn panic_whose_payload_panics_harms_neither_call_nor_events() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let subscription = breaker.on_event(|_| panic_any(Bomb));
    trip(&breaker);
    scope.advance(COOLDOWN);
    breaker.try_acquire().unwrap().success();
    drop(subscription);
    let (told, events) = mpsc::channel();
    let _subscription = breaker.on_event(move |event| told.send(event.episode).unwrap());
    breaker.reset();
    assert_eq!(events.try_iter().collect::<Vec<_>>(), [4]);
}

#[circuit_breaker(name = "evicted", threshold = 1, key = key)]
fn keyed(key: u32) -> Result<u32, breakerbox::BreakerError> {
    Ok(key)
}

/// [R10]
#[test]
fn listener_that_asks_the_registry_when_it_goes_with_its_breaker_does_not_deadlock() {
    struct Asks(Registry);
    impl Drop for Asks {
        fn drop(&mut self) {
            let _ = self.0.len();
        }
    }
    ends(|| {
        let scope = Scope::enter();
        let registry = scope.registry().clone();
        registry.set_max_keys(1);
        keyed(1).unwrap();
        let asks = Asks(registry.clone());
        registry.get_key("evicted", 1).unwrap().on_event(move |_| _ = &asks).keep();
        keyed(2).unwrap();
        assert!(registry.get_key("evicted", 1).is_none());
    });
}

/// [E6]
#[test]
fn observing_twice_begins_anew() {
    let breaker = Breaker::new("observed", Config::builder().threshold(1).build().unwrap());
    breaker.observe();
    fail(&breaker);
    breaker.reset();
    breaker.observe();
    for _ in 0..7 {
        breaker.try_acquire().unwrap().success();
    }
    assert_eq!(breaker.snapshot().observed_rejections, 0);
    let unwinds = || breaker.try_acquire().map(|_| panic!("in the body"));
    assert!(catch_unwind(AssertUnwindSafe(unwinds)).is_err());
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.snapshot().observed_rejections, 1);
}

/// [G2]
#[test]
fn tuning_from_a_file_is_checked_by_itself_and_reported_if_it_does_not_fit() {
    let registry = Registry::new();
    let tune = || Config::builder();
    assert!(registry.configure("a", tune().slow_rate(0.5)).is_ok(), "the rest may be declared");
    assert!(registry.configure("a", tune().cooldown_max(COOLDOWN)).is_ok());
    registry.configure("a", tune().min_calls(50)).unwrap();
    let small = tune().failure_rate(0.5).window_calls(20).build().unwrap();
    let breaker = registry.get_or_insert("a", small).unwrap();
    assert_eq!(registry.invalid_overrides().len(), 1);
    let error = registry.configure_all(tune().threshold(0)).unwrap_err();
    assert_eq!(error.to_string(), "`threshold` must be between 1 and 65535, found `0`");
    registry.configure_all(tune().probes(2)).unwrap();
    registry.configure("a", tune().min_calls(5)).unwrap();
    assert!(registry.invalid_overrides().is_empty(), "repaired");
    for _ in 0..5 {
        fail(&breaker);
    }
    assert_eq!(breaker.state(), State::Open);
}
