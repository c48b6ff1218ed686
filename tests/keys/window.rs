//! `failure_rate`, `failure_count`, `window`, `min_calls`.

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(name = "rate", failure_rate = 0.5, window = 4, min_calls = 4)]
fn by_rate(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "timed", failure_rate = 0.5, window = "10s", min_calls = 3)]
fn by_timed_rate(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "count", failure_count = 3, window = "1s", cooldown = "1s")]
async fn by_count(outcome: Result<(), Error>) -> Result<(), CallError> {
    std::future::ready(()).await;
    answer(outcome)
}

#[circuit_breaker(name = "both", threshold = 2, failure_rate = 0.9, window = 100)]
fn by_both(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

fn state(scope: &Scope, name: &str) -> State {
    scope.registry().get(name).unwrap().state()
}

#[test]
fn rate_is_judged_from_the_minimum_on_and_on_failures_only() {
    let scope = Scope::enter();
    for outcome in [Ok(()), DOWN, DOWN] {
        let _ = by_rate(outcome);
    }
    by_rate(Ok(())).unwrap();
    assert_eq!(state(&scope, "rate"), State::Closed, "a success never trips");
    let _ = by_rate(DOWN);
    assert_eq!(state(&scope, "rate"), State::Open);
    assert!(by_rate(Ok(())).unwrap_err().is_rejection());
}

/// [C5] tower-resilience.
#[test]
fn rate_window_slides_after_a_thousand_successes() {
    let scope = Scope::enter();
    for _ in 0..1_000 {
        by_rate(Ok(())).unwrap();
    }
    let _ = by_rate(DOWN);
    assert_eq!(state(&scope, "rate"), State::Closed);
    let _ = by_rate(DOWN);
    assert_eq!(state(&scope, "rate"), State::Open);
}

/// [C5]
#[test]
fn time_window_forgets_what_is_too_old() {
    let scope = Scope::enter();
    let _ = by_timed_rate(DOWN);
    let _ = by_timed_rate(DOWN);
    scope.advance(ms(10_000));
    let _ = by_timed_rate(DOWN);
    assert_eq!(state(&scope, "timed"), State::Closed);
    let snapshot = scope.registry().get("timed").unwrap().snapshot();
    assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(1)));
    assert_eq!(snapshot.failure_rate, None, "too few calls");
}

#[tokio::test]
async fn count_trips_on_failures_not_in_a_row_and_starts_empty_after_the_close() {
    let scope = Scope::enter();
    for outcome in [DOWN, Ok(()), DOWN, Ok(())] {
        let _ = by_count(outcome).await;
    }
    assert_eq!(state(&scope, "count"), State::Closed);
    let _ = by_count(DOWN).await;
    assert_eq!(state(&scope, "count"), State::Open);
    assert_eq!(scope.registry().get("count").unwrap().snapshot().failures, Some(3));
    scope.advance(ms(1_000));
    by_count(Ok(())).await.unwrap();
    let snapshot = scope.registry().get("count").unwrap().snapshot();
    assert_eq!((snapshot.state, snapshot.failures), (State::Closed, Some(0)));
    let _ = by_count(DOWN).await;
    let _ = by_count(DOWN).await;
    assert_eq!(state(&scope, "count"), State::Closed);
}

#[test]
fn threshold_and_rate_together_trip_by_either() {
    let scope = Scope::enter();
    let _ = by_both(DOWN);
    let _ = by_both(DOWN);
    assert_eq!(state(&scope, "both"), State::Open);
}
