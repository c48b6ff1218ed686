//! Events, listeners and what is read.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Event, Registry, State, Subscription};

use crate::{COOLDOWN, breaker, cooled_down, ends, fail, recover, transition, trip};

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

/// [E2]
#[test]
fn events_of_many_threads_chain_and_no_listener_runs_twice_at_once() {
    let breaker = Arc::new(Breaker::new("chain", Config::new()));
    let (log, subscription) = logged(&breaker);
    let (busy, overlaps) = (AtomicBool::new(false), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&overlaps);
    let alone = breaker.on_event(move |_| {
        count.fetch_add(u32::from(busy.swap(true, Ordering::SeqCst)), Ordering::SeqCst);
        std::thread::yield_now();
        busy.store(false, Ordering::SeqCst);
    });
    std::thread::scope(|threads| {
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

/// [E3]
#[test]
fn listener_that_panics_disturbs_neither_breaker_nor_call_nor_the_others() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let panics = breaker.on_event(|_| panic!("a listener's own trouble"));
    let (log, subscription) = logged(&breaker);
    let reply = breaker.call(|| -> crate::Reply { crate::DOWN });
    assert_eq!(reply, crate::DOWN);
    assert_eq!(breaker.state(), State::Open);
    scope.advance(COOLDOWN);
    recover(&breaker);
    assert_eq!(log.lock().unwrap().len(), 3);
    drop((panics, subscription));
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

/// [E6]
#[test]
fn reading_twice_reads_the_same() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.window_time(COOLDOWN));
    let read_twice = || {
        let first = breaker.snapshot();
        let _ = (breaker.state(), breaker.is_call_permitted(), scope.registry().snapshots());
        assert_eq!(breaker.snapshot(), first);
    };
    read_twice();
    let probe = breaker.try_acquire().unwrap();
    read_twice();
    scope.advance(COOLDOWN);
    read_twice();
    probe.success();
    scope.advance(COOLDOWN / 20);
    fail(&breaker);
    read_twice();
    breaker.reset();
    read_twice();
}
