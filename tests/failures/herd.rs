//! Herds and races, on real threads and tasks. The interleavings one by one are
//! explored in `breaker-core/tests/loom/`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, Registry, State, circuit_breaker};

use crate::{
    COOLDOWN, DOWN, Fault, MS, Reply, breaker, cooled_down, ends, fail, named, transition, trip,
};

const THREADS: u32 = 16;
const ROUNDS: u32 = 50;

/// Runs `f` on so many threads that start together, and collects what they return.
fn together<T: Send>(f: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS as usize);
    let run = |thread| {
        start.wait();
        f(thread)
    };
    std::thread::scope(|threads| {
        let run = &run;
        let all: Vec<_> = (0..THREADS).map(|n| threads.spawn(move || run(n))).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// [R1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn herd_of_threads_or_tasks_in_half_open_gets_its_probes_and_no_more() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(2));
    let permits = together(|_| breaker.try_acquire().ok());
    assert_eq!(permits.iter().flatten().count(), 2);
    drop(permits);
    let ask = |_| {
        let breaker = Arc::clone(&breaker);
        tokio::spawn(async move { breaker.try_acquire_owned().ok() })
    };
    let tasks: Vec<_> = (0..THREADS).map(ask).collect();
    let mut permits = Vec::new();
    for task in tasks {
        permits.extend(task.await.unwrap());
    }
    assert_eq!(permits.len(), 2);
}

/// [R2]
#[test]
fn arrivals_after_the_transition_are_gated_as_well() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let first = together(|_| breaker.try_acquire().ok());
    assert_eq!(first.iter().flatten().count(), 1);
    for _ in 0..ROUNDS {
        assert!(together(|_| breaker.try_acquire().is_err()).into_iter().all(|it| it));
    }
}

/// [R3]
#[test]
fn probes_taken_and_given_back_at_once_never_exceed_their_number() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(3));
    let (out, most) = (AtomicU32::new(0), AtomicU32::new(0));
    together(|_| {
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
    assert_eq!(together(|_| breaker.try_acquire().ok()).iter().flatten().count(), 3);
}

/// [R4]
#[test]
fn caller_that_meets_the_trip_is_no_probe_before_the_cooldown() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        scope.advance(COOLDOWN * 100);
        let breaker = breaker(&scope, |config| config);
        together(|thread| {
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
        let failed = together(|thread| {
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
        together(|thread| {
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
    let scope = Scope::enter();
    let opened = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&opened);
    let subscription = scope.registry().on_event(move |event| {
        count.fetch_add(u32::from(transition(event).is_some()), Ordering::SeqCst);
    });
    let (all, handle) = (Barrier::new(THREADS as usize), scope.handle());
    let replies = together(|_| {
        let _entered = handle.enter();
        fail_together(&all)
    });
    assert!(replies.into_iter().all(|reply| reply == DOWN));
    assert_eq!(named(&scope, "together").snapshot().episode, 1);
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    drop(subscription);
}

/// [R8]
#[test]
fn success_beside_a_failed_probe_overrides_neither_state_nor_backoff() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(2).backoff(2.0));
    let (one, two) = (breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap());
    one.failure();
    two.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.cooldown), (State::Open, Some(COOLDOWN * 2)));
    assert_eq!(snapshot.late_outcomes, 1);
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
    together(|_| {
        let _entered = handle.enter();
        judged_once(&judged, &all).unwrap();
    });
    assert_eq!(judged.into_inner(), THREADS, "each call once");
    assert_eq!(told.load(Ordering::SeqCst), 1, "one trip");
    let breaker = named(&scope, "once");
    together(|_| (0..100).for_each(|_| if_open(&breaker, Breaker::reset, Breaker::open)));
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
        together(|thread| {
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

/// [R11]
#[test]
fn failures_and_rejections_of_many_threads_are_all_counted() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(65_535));
    together(|_| (0..1_000).for_each(|_| fail(&breaker)));
    assert_eq!(u32::from(breaker.snapshot().consecutive_failures), THREADS * 1_000);
    breaker.force_open();
    together(|_| (0..1_000).for_each(|_| assert!(breaker.try_acquire().is_err())));
    assert_eq!(breaker.snapshot().rejections, u64::from(THREADS) * 1_000);
}

/// [R12]
#[test]
fn first_uses_of_one_name_that_race_share_a_breaker_and_its_counts() {
    #[circuit_breaker(name = "first", threshold = 1_000)]
    fn one() -> Reply {
        DOWN
    }
    #[circuit_breaker(name = "first")]
    fn two() -> Reply {
        DOWN
    }
    let scope = Scope::enter();
    let handle = scope.handle();
    let found = together(|thread| {
        let _entered = handle.enter();
        // Four call `two`: with the default threshold of five, which holds until `one` has run,
        // they cannot trip the breaker.
        let _ = if thread % 4 == 3 { two() } else { one() };
        Registry::global().get("first").unwrap()
    });
    assert!(found.iter().all(|breaker| Arc::ptr_eq(breaker, &found[0])));
    assert_eq!(u32::from(found[0].snapshot().consecutive_failures), THREADS);
}

/// [R13] An old call ends when the twenty bits of an episode that a window keeps
/// have come round.
#[test]
fn result_from_a_million_episodes_ago_is_dropped() {
    let scope = Scope::enter();
    let tune = |config: breakerbox::ConfigBuilder| config.threshold(2).window_calls(10);
    let breaker = breaker(&scope, tune);
    let old = breaker.try_acquire().unwrap();
    for _ in 0..1 << 20 {
        breaker.reset();
    }
    fail(&breaker);
    let before = breaker.snapshot();
    old.failure();
    let after = breaker.snapshot();
    assert_eq!(after.late_outcomes, 1);
    assert_eq!((after.state, after.consecutive_failures), (State::Closed, 1));
    assert_eq!((after.calls, after.failures), (before.calls, before.failures));
}

/// [R13] Half of the twenty bits go by while no closed call is recorded: a service
/// that is down for three days, under a cooldown of a second.
#[test]
fn window_counts_again_after_half_a_million_episodes_without_a_record() {
    let scope = Scope::enter();
    let config = Config::builder().failure_count(2).window_calls(10).cooldown(MS);
    let breaker = scope.registry().get_or_insert("long", config.build().unwrap()).unwrap();
    fail(&breaker);
    trip(&breaker);
    for _ in 0..=1 << 18 {
        scope.advance(MS);
        trip(&breaker);
    }
    scope.advance(MS);
    crate::recover(&breaker);
    fail(&breaker);
    assert_eq!(breaker.snapshot().failures, Some(1));
    trip(&breaker);
    assert!(matches!(breaker.try_acquire(), Err(BreakerError::Open { .. })));
    assert!(Fault::from(breaker.try_acquire().unwrap_err()).is_rejection());
}
