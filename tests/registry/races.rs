//! Threads that race for the first use of one name.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use breakerbox::testing::{Handle, Scope};
use breakerbox::{Breaker, Clock, Config, Registry, State, circuit_breaker};

use crate::{Reply, global};

const THREADS: u16 = 32;
const LONG: Duration = Duration::from_secs(1_000);

#[circuit_breaker(name = "raced", threshold = 1_000)]
fn fail() -> Reply {
    Err("down".into())
}

#[circuit_breaker(name = "raced", threshold = 1_000)]
async fn fail_async() -> Reply {
    std::future::ready(()).await;
    Err("down".into())
}

/// Each thread's first use is a failed call: through the functions, or by name.
fn first_use(thread: u16) {
    match thread % 3 {
        0 => assert!(fail().is_err()),
        1 => assert!(futures_util::FutureExt::now_or_never(fail_async()).unwrap().is_err()),
        _ => {
            let config = Config::builder().threshold(1_000).build().unwrap();
            let breaker = Registry::global().get_or_insert("raced", config);
            breaker.unwrap().try_acquire().unwrap().failure();
        }
    }
}

fn race(scope: Option<&Scope>) {
    let start = Barrier::new(THREADS.into());
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            let (start, handle) = (&start, scope.map(Scope::handle));
            threads.spawn(move || {
                let _entered = handle.as_ref().map(Handle::enter);
                start.wait();
                first_use(thread);
            });
        }
    });
    let snapshot = global("raced").snapshot();
    assert_eq!(snapshot.consecutive_failures, THREADS, "they add up");
    assert!(Registry::global().conflicts().is_empty());
}

#[test]
fn functions_that_race_for_the_first_use_share_one_breaker() {
    race(None);
}

#[test]
fn functions_that_race_in_a_scope_share_one_breaker() {
    for _ in 0..20 {
        let scope = Scope::enter();
        race(Some(&scope));
        assert_eq!(scope.registry().len(), 1);
    }
}

#[test]
fn callers_of_get_or_insert_that_race_all_get_the_same() {
    for _ in 0..20 {
        let registry = Registry::new();
        let start = Barrier::new(THREADS.into());
        let get = || {
            start.wait();
            registry.get_or_insert("same", Config::new()).unwrap()
        };
        let all: Vec<Arc<Breaker>> = std::thread::scope(|threads| {
            let all: Vec<_> = (0..THREADS).map(|_| threads.spawn(get)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])));
        assert_eq!(registry.len(), 1);
    }
}

#[test]
fn two_tunings_that_race_yield_one_breaker_and_one_conflict() {
    for _ in 0..20 {
        let registry = Registry::new();
        let start = Barrier::new(2);
        let insert = |threshold| {
            let config = Config::builder().threshold(threshold).build().unwrap();
            start.wait();
            registry.get_or_insert("torn", config).is_ok()
        };
        let (one, two) = std::thread::scope(|threads| {
            let two = threads.spawn(|| insert(2));
            (insert(1), two.join().unwrap())
        });
        assert!(one != two, "the first one rules");
        assert_eq!((registry.len(), registry.conflicts().len()), (1, 1));
        let breaker = registry.get("torn").unwrap();
        breaker.try_acquire().unwrap().failure();
        assert_eq!(breaker.is_call_permitted(), two);
    }
}

/// The state before began a millisecond earlier.
#[test]
fn snapshot_beside_trips_shows_the_cooldown_of_its_own_state() {
    let (clock, hand) = Clock::manual();
    hand.advance(LONG);
    let second = Duration::from_secs(1);
    let config = Config::builder().threshold(1).cooldown(second).build().unwrap();
    let breaker = Breaker::new("torn", config).with_clock(clock);
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                breaker.reset();
                hand.advance(Duration::from_millis(1));
                breaker.open();
            }
        });
        for _ in 0..20_000 {
            let seen = breaker.snapshot();
            if seen.state == State::Open {
                assert_eq!(seen.cooldown, Some(second), "{seen:?}");
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn failures_beside_new_configs_are_counted_once_each() {
    const FAILURES: u16 = 20_000;
    let rate = Config::builder().failure_rate(1.0).min_calls(1_000_000).window_time(LONG);
    let calls = |n| Config::builder().threshold(60_000).window_calls(n);
    // The window counts them, and is never full enough to trip.
    let in_window = |n| Config::builder().failure_rate(1.0).window_calls(n).min_calls(n);
    let configs = [
        rate.threshold(60_000),
        calls(100),
        calls(1_000),
        in_window(1_000_000),
        in_window(999_999),
        in_window(999_999).threshold(60_000),
        Config::builder().threshold(60_000),
    ]
    .map(|config| config.build().unwrap());
    let breaker = Breaker::new("beside", configs[0]);
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let changes = threads.spawn(|| {
            let mut changes = 0_usize;
            while !over.load(Ordering::Relaxed) {
                breaker.reconfigure(configs[changes % configs.len()]);
                changes += 1;
            }
            changes
        });
        for _ in 0..FAILURES {
            breaker.try_acquire().unwrap().failure();
        }
        over.store(true, Ordering::Relaxed);
        assert!(changes.join().unwrap() > 0);
    });
    breaker.reconfigure(configs[1]);
    assert_eq!(breaker.snapshot().consecutive_failures, FAILURES);
}
