//! Threads whose calls meet at a transition: at a trip, a close, a reset.
//!
//! `breaker-core/tests/loom/` goes through the interleavings one by one.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Registry, State, circuit_breaker};
use support::{
    COOLDOWN, DOWN, Reply, breaker, cooled_down, ends, fail, named, together, transition,
};

const THREADS: u32 = 16;
const ROUNDS: u32 = 50;

/// [R2]
#[test]
fn arrivals_after_the_transition_are_gated_as_well() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let first = together(THREADS, |_| breaker.try_acquire().ok());
    assert_eq!(first.iter().flatten().count(), 1);
    for _ in 0..ROUNDS {
        assert!(together(THREADS, |_| breaker.try_acquire().is_err()).into_iter().all(|it| it));
    }
}

/// [R3]
#[test]
fn probes_taken_and_given_back_at_once_never_exceed_their_number() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(3));
    let (out, most) = (AtomicU32::new(0), AtomicU32::new(0));
    together(THREADS, |_| {
        for _ in 0..2_000 {
            if let Ok(permit) = breaker.try_acquire() {
                most.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                out.fetch_sub(1, Ordering::SeqCst);
                permit.ignore();
            }
        }
    });
    assert!((1..=3).contains(&most.into_inner()));
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    assert_eq!(together(THREADS, |_| breaker.try_acquire().ok()).iter().flatten().count(), 3);
}

/// [R4]
#[test]
fn caller_that_meets_the_trip_is_no_probe_before_the_cooldown() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        scope.advance(COOLDOWN * 100);
        let breaker = breaker(&scope, |config| config);
        together(THREADS, |thread| {
            if thread == 0 {
                return fail(&breaker);
            }
            for _ in 0..20 {
                match breaker.try_acquire() {
                    Ok(permit) => permit.ignore(),
                    Err(error) => assert_eq!(error.retry_after(), Some(COOLDOWN)),
                }
            }
        });
        assert_eq!((breaker.state(), breaker.snapshot().episode), (State::Open, 1));
    }
}

/// [R5]
#[test]
fn failure_admitted_right_after_the_close_is_not_erased_by_it() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let probe = Mutex::new(Some(breaker.try_acquire().unwrap()));
        let failed = together(THREADS, |thread| {
            if thread == 0 {
                probe.lock().unwrap().take().unwrap().success();
                return false;
            }
            breaker.try_acquire().is_ok_and(|permit| {
                permit.failure();
                true
            })
        });
        let wanted = if failed.contains(&true) { State::Open } else { State::Closed };
        assert_eq!(breaker.state(), wanted);
    }
}

/// [R6]
#[test]
fn success_from_before_a_reset_does_not_clear_what_was_counted_after_it() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config.threshold(1_000));
        fail(&breaker);
        let old: Vec<_> = (0..THREADS).map(|_| breaker.try_acquire().unwrap()).collect();
        let old = Mutex::new(old);
        together(THREADS, |thread| {
            if thread == 0 {
                breaker.reset();
                return fail(&breaker);
            }
            let permit = old.lock().unwrap().pop().unwrap();
            permit.success();
        });
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    }
}

#[circuit_breaker(name = "together", threshold = 16)]
fn fail_together(all: &Barrier) -> Reply {
    all.wait();
    DOWN
}

/// [R7]
#[test]
fn failures_that_reach_the_threshold_together_trip_once_and_keep_their_errors() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        let opened = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&opened);
        let subscription = scope.registry().on_event(move |event| {
            count.fetch_add(u32::from(transition(event).is_some()), Ordering::SeqCst);
        });
        let (all, handle) = (Barrier::new(THREADS as usize), scope.handle());
        let replies = together(THREADS, |_| {
            let _entered = handle.enter();
            fail_together(&all)
        });
        assert!(replies.into_iter().all(|reply| reply == DOWN));
        let snapshot = named(&scope, "together").snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.late_outcomes, 0, "no failure was lost");
        assert_eq!(opened.load(Ordering::SeqCst), 1);
        drop(subscription);
    }
}

#[circuit_breaker(
    name = "once",
    threshold = 1,
    failure(Err(_), Ok(n) if judged.fetch_add(1, Ordering::SeqCst) > 0 && *n > 0)
)]
fn judged_once(judged: &AtomicU32, all: &Barrier) -> Reply {
    all.wait();
    Ok(1)
}

/// [R9]
#[test]
fn transition_tried_again_tells_and_judges_once() {
    let scope = Scope::enter();
    let (judged, told) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&told);
    let subscription = scope.registry().on_event(move |event| {
        count.fetch_add(u32::from(transition(event).is_some()), Ordering::SeqCst);
    });
    let (all, handle) = (Barrier::new(THREADS as usize), scope.handle());
    together(THREADS, |_| {
        let _entered = handle.enter();
        judged_once(&judged, &all).unwrap();
    });
    assert_eq!(judged.into_inner(), THREADS, "each call once");
    assert_eq!(told.load(Ordering::SeqCst), 1, "one trip");
    let breaker = named(&scope, "once");
    together(THREADS, |_| (0..100).for_each(|_| if_open(&breaker, Breaker::reset, Breaker::open)));
    let episodes = breaker.snapshot().episode;
    assert_eq!(u64::from(told.load(Ordering::SeqCst)), episodes);
    drop(subscription);
}

fn if_open(breaker: &Breaker, then: fn(&Breaker), otherwise: fn(&Breaker)) {
    if breaker.state() == State::Open { then(breaker) } else { otherwise(breaker) }
}

/// [R10]
#[test]
fn breakers_whose_listeners_use_each_other_and_the_registry_do_not_lock_up() {
    ends(|| {
        let registry = Registry::new();
        let config = Config::builder().threshold(1).build().unwrap();
        let [one, two] = ["one", "two"].map(|name| registry.get_or_insert(name, config).unwrap());
        for (mine, other) in [(&one, "two"), (&two, "one")] {
            let registry = registry.clone();
            let listener = move |_: &_| {
                let other = registry.get(other).unwrap();
                let _ = (other.snapshot(), registry.snapshots(), other.on_event(|_| ()));
                let _ = registry.get_or_insert("three", Config::new());
                if_open(&other, Breaker::reset, |_| ());
            };
            mine.on_event(listener).keep();
        }
        let breakers = [&one, &two];
        together(THREADS, |thread| {
            for _ in 0..ROUNDS {
                fail_if_closed(breakers[thread as usize % 2]);
            }
        });
    });
}

fn fail_if_closed(breaker: &Breaker) {
    if let Ok(permit) = breaker.try_acquire() {
        permit.failure();
    }
}
