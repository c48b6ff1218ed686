//! `slow_call` and `slow_rate`. The body itself moves the clock.

use breakerbox::testing::Scope;
use breakerbox::{ManualClock, State, circuit_breaker};

use crate::{CallError, ms};

#[circuit_breaker(name = "slow", threshold = 2, slow_call = "100ms", cooldown = "1s")]
fn slow_fails(clock: &ManualClock, takes: u64) -> Result<(), CallError> {
    clock.advance(ms(takes));
    Ok(())
}

#[circuit_breaker(
    name = "share",
    slow_call = "100ms",
    slow_rate = 0.5,
    window = 4,
    min_calls = 4,
    cooldown = "1s"
)]
async fn slow_share(clock: ManualClock, takes: u64, ends: bool) -> Result<(), CallError> {
    clock.advance(ms(takes));
    if !ends {
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn state(scope: &Scope, name: &str) -> State {
    scope.registry().get(name).unwrap().state()
}

#[test]
fn slow_call_without_a_rate_is_a_failure_from_exactly_its_bound() {
    let scope = Scope::enter();
    slow_fails(scope.clock(), 99).unwrap();
    slow_fails(scope.clock(), 100).unwrap();
    assert_eq!(scope.registry().get("slow").unwrap().snapshot().consecutive_failures, 1);
    slow_fails(scope.clock(), 5_000).unwrap();
    assert_eq!(state(&scope, "slow"), State::Open);
}

#[test]
fn slow_probe_reopens_and_a_quick_one_closes() {
    let scope = Scope::enter();
    slow_fails(scope.clock(), 100).unwrap();
    slow_fails(scope.clock(), 100).unwrap();
    scope.advance(ms(1_000));
    slow_fails(scope.clock(), 100).unwrap();
    assert_eq!(state(&scope, "slow"), State::Open);
    scope.advance(ms(1_000));
    slow_fails(scope.clock(), 99).unwrap();
    assert_eq!(state(&scope, "slow"), State::Closed);
}

#[tokio::test]
async fn slow_rate_trips_on_slow_successes() {
    let scope = Scope::enter();
    for takes in [1, 100, 1] {
        slow_share(scope.clock().clone(), takes, true).await.unwrap();
    }
    assert_eq!(state(&scope, "share"), State::Closed);
    slow_share(scope.clock().clone(), 100, true).await.unwrap();
    let snapshot = scope.registry().get("share").unwrap().snapshot();
    assert_eq!(
        (snapshot.state, snapshot.slow_calls, snapshot.failures),
        (State::Open, Some(2), Some(0))
    );
    assert_eq!(snapshot.slow_rate, Some(0.5));
}

#[tokio::test]
async fn call_cancelled_after_it_was_slow_counts_as_slow_and_before_as_nothing() {
    let scope = Scope::enter();
    for takes in [99, 100, 100] {
        let call = slow_share(scope.clock().clone(), takes, false);
        tokio::select! {
            biased;
            _ = call => unreachable!("it never ends"),
            () = std::future::ready(()) => {}
        }
    }
    let snapshot = scope.registry().get("share").unwrap().snapshot();
    assert_eq!((snapshot.calls, snapshot.slow_calls), (Some(2), Some(2)));
}
