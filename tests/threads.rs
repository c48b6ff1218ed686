//! Eight threads on one breaker: nothing recorded is lost, and it trips once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use breakerbox::{Breaker, BreakerError, Clock, Config, EventKind, State};

const THREADS: u64 = 8;

#[test]
fn ten_million_outcomes_in_a_time_window_are_all_there() {
    let (clock, _hand) = Clock::manual();
    let window = Config::builder().threshold(65_535).window_time(Duration::from_secs(10));
    let breaker = Breaker::new("sums", window.build().unwrap()).with_clock(clock);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for call in 0..1_250_000 {
                    let permit = breaker.try_acquire().unwrap();
                    // One in a hundred fails, never many in a row.
                    if call % 100 == 99 { permit.failure() } else { permit.success() }
                }
            });
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
        let (start, ran) = (Barrier::new(8), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..1_000 {
                        let answer: Result<(), BreakerError> = breaker.call(|| {
                            ran.fetch_add(1, Ordering::Relaxed);
                            Err(rejection())
                        });
                        assert!(answer.is_err());
                    }
                });
            }
        });
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{config:?}");
        assert_eq!(trips.load(Ordering::Relaxed), 1);
        // All that ran were counted, or were under way when it tripped.
        let ran = ran.load(Ordering::Relaxed);
        let recorded = snapshot.failures.unwrap_or(1_000);
        assert!(recorded >= 1_000, "{config:?}");
        assert_eq!(ran, recorded + snapshot.late_outcomes, "{config:?}");
        assert!(ran < 1_000 + THREADS);
    }
}

fn rejection() -> BreakerError {
    let breaker = Breaker::new("any", Config::new());
    breaker.force_open();
    breaker.try_acquire().unwrap_err()
}
