//! Threads that record at once: each outcome and each rejection is counted, and counted once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Clock, Config, EventKind, State};
use support::{DOWN, Reply, breaker, fail, together};

const THREADS: u32 = 8;
const LONG: Duration = Duration::from_secs(1_000);

#[test]
fn ten_million_outcomes_in_a_time_window_are_all_there() {
    let (clock, _hand) = Clock::manual();
    let window = Config::builder().threshold(65_535).window_time(Duration::from_secs(10));
    let breaker = Breaker::new("sums", window.build().unwrap()).with_clock(clock);
    together(THREADS, |_| {
        for call in 0..1_250_000 {
            let permit = breaker.try_acquire().unwrap();
            // One in a hundred fails, never many in a row.
            if call % 100 == 99 { permit.failure() } else { permit.success() }
        }
    });
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.calls, snapshot.failures), (Some(10_000_000), Some(100_000)));
    assert_eq!((snapshot.state, snapshot.late_outcomes), (State::Closed, 0));
}

#[test]
fn failures_of_many_threads_trip_exactly_once_at_the_threshold() {
    for config in [
        Config::builder().threshold(1_000),
        Config::builder().failure_count(1_000).window_time(Duration::from_secs(10)),
        Config::builder().failure_count(1_000).window_calls(100_000),
    ] {
        let (clock, _hand) = Clock::manual();
        let breaker = Breaker::new("trip", config.build().unwrap()).with_clock(clock);
        let breaker = Arc::new(breaker);
        let trips = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&trips);
        let _subscription = breaker.on_event(move |event| {
            if let EventKind::Transition { .. } = event.kind {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let ran = AtomicU64::new(0);
        together(THREADS, |_| {
            for _ in 0..1_000 {
                let answer: Reply = breaker.call(|| {
                    ran.fetch_add(1, Ordering::Relaxed);
                    DOWN
                });
                assert!(answer.is_err());
            }
        });
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{config:?}");
        assert_eq!(trips.load(Ordering::Relaxed), 1);
        // Each body that ran was counted, or was under way when the breaker tripped.
        let ran = ran.load(Ordering::Relaxed);
        let recorded = snapshot.failures.unwrap_or(1_000);
        assert!(recorded >= 1_000, "{config:?}");
        assert_eq!(ran, recorded + snapshot.late_outcomes, "{config:?}");
        assert!(ran < 1_000 + u64::from(THREADS));
    }
}

/// [R11]
#[test]
fn failures_and_rejections_of_many_threads_are_all_counted() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(60_000));
    together(THREADS, |_| (0..1_000).for_each(|_| fail(&breaker)));
    assert_eq!(u32::from(breaker.snapshot().consecutive_failures), THREADS * 1_000);
    breaker.force_open();
    together(THREADS, |_| (0..1_000).for_each(|_| assert!(breaker.try_acquire().is_err())));
    assert_eq!(breaker.snapshot().rejections, u64::from(THREADS) * 1_000);
}

/// Each state begins a millisecond after the one before it.
#[test]
fn snapshot_beside_trips_shows_the_cooldown_of_its_own_state() {
    let (clock, hand) = Clock::manual();
    hand.advance(LONG);
    let second = Duration::from_secs(1);
    let config = Config::builder().threshold(1).cooldown(second).build().unwrap();
    let breaker = Breaker::new("torn", config).with_clock(clock);
    let over = AtomicBool::new(false);
    thread::scope(|threads| {
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
    thread::scope(|threads| {
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
