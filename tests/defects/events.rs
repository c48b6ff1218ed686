//! Events, their listeners, and reads.

use std::panic::panic_any;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, BreakerError, Config, Event, EventKind, Registry, State, Subscription, circuit_breaker,
};
use support::{COOLDOWN, breaker, ends, fail, recover, transition, trip};

type Log = Arc<Mutex<Vec<(State, State)>>>;

fn logged(breaker: &Arc<Breaker>) -> (Log, Subscription) {
    let log = Log::default();
    let copy = Arc::clone(&log);
    let listener = move |event: &Event| copy.lock().unwrap().extend(transition(event));
    (log, breaker.on_event(listener))
}

/// [E1]
#[test]
fn listener_that_uses_the_breaker_does_not_lock_up() {
    ends(|| {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config);
        let inner = Arc::clone(&breaker);
        let listener = move |event: &Event| {
            let _ = (inner.state(), inner.snapshot(), inner.is_call_permitted());
            drop(inner.on_event(|_| ()));
            if transition(event).is_some_and(|(_, to)| to == State::Open) {
                assert!(inner.try_acquire().is_err());
                inner.reset();
                inner.try_acquire().unwrap().success();
            }
        };
        let subscription = breaker.on_event(listener);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed);
        drop(subscription);
    });
}

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
        let may_leave = Mutex::new(may_leave);
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

/// [E2]
#[test]
fn events_of_many_threads_chain_and_no_listener_runs_twice_at_once() {
    let breaker = Arc::new(Breaker::new("chain", Config::new()));
    let (log, subscription) = logged(&breaker);
    let (busy, overlaps) = (AtomicBool::new(false), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&overlaps);
    let alone = breaker.on_event(move |_| {
        count.fetch_add(u32::from(busy.swap(true, Ordering::SeqCst)), Ordering::SeqCst);
        thread::yield_now();
        busy.store(false, Ordering::SeqCst);
    });
    thread::scope(|threads| {
        for thread in 0..8 {
            let breaker = &breaker;
            threads.spawn(move || {
                for _ in 0..200 {
                    if thread % 2 == 0 { breaker.reset() } else { breaker.force_open() }
                }
            });
        }
    });
    let log = log.lock().unwrap();
    assert_eq!(log.len() as u64, breaker.snapshot().episode, "each once");
    assert!(log.windows(2).all(|pair| pair[0].1 == pair[1].0), "in order");
    assert_eq!(overlaps.load(Ordering::SeqCst), 0);
    drop((subscription, alone));
}

/// [E2]
#[test]
fn listener_removed_by_another_is_not_called_any_more() {
    let breaker = Arc::new(Breaker::new("removal", Config::new()));
    let second = Arc::new(Mutex::new(None));
    let holder = Arc::clone(&second);
    let first = breaker.on_event(move |_| drop(holder.lock().unwrap().take()));
    let called = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&called);
    let removed = breaker.on_event(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    *second.lock().unwrap() = Some(removed);
    breaker.force_open();
    assert_eq!(called.load(Ordering::SeqCst), 0, "its subscription is gone");
    drop(first);
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

/// [E4]
#[test]
fn each_transition_has_one_event() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let (log, subscription) = logged(&breaker);
    let (closed, open, half_open) = (State::Closed, State::Open, State::HalfOpen);
    trip(&breaker);
    scope.advance(COOLDOWN);
    trip(&breaker);
    scope.advance(COOLDOWN);
    recover(&breaker);
    let outage = [
        (closed, open),
        (open, half_open),
        (half_open, open),
        (open, half_open),
        (half_open, closed),
    ];
    assert_eq!(std::mem::take(&mut *log.lock().unwrap()), outage);
    breaker.force_open();
    breaker.force_open();
    breaker.disable();
    breaker.observe();
    breaker.reset();
    drop(breaker.isolate());
    let by_hand = [
        (closed, State::Isolated),
        (State::Isolated, State::Disabled),
        (State::Disabled, State::Observing),
        (State::Observing, closed),
        (closed, State::Isolated),
        (State::Isolated, closed),
    ];
    assert_eq!(*log.lock().unwrap(), by_hand);
    drop(subscription);
}

/// [E5]
#[test]
fn listener_of_a_removed_breaker_is_freed_with_it() {
    let registry = Registry::new();
    let breaker = registry.get_or_insert("gone", Config::new()).unwrap();
    let owned = Arc::new(());
    let (listener, breakers) = (Arc::downgrade(&owned), Arc::downgrade(&breaker));
    breaker.on_event(move |_| drop(Arc::clone(&owned))).keep();
    (0..100).for_each(|_| breaker.open());
    (0..100).for_each(|_| breaker.reset());
    drop(breaker);
    assert!(listener.upgrade().is_some());
    drop(registry.remove("gone"));
    assert!(breakers.upgrade().is_none() && listener.upgrade().is_none());
    assert!(registry.snapshots().is_empty());
}

#[circuit_breaker(name = "evicted", threshold = 1, key = key)]
fn keyed(key: u32) -> Result<u32, BreakerError> {
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
