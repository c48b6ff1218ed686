//! Rejections say how long to wait. The first tests wait on the real clock: time
//! itself is their subject.

use std::thread::sleep;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, Permit, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

const HALF_A_MILLISECOND: Duration = Duration::from_micros(500);

#[circuit_breaker(name = "waits-sync", threshold = 1, cooldown = HALF_A_MILLISECOND)]
fn half(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "waits-keyed", key = key, threshold = 1, cooldown = "7ms")]
fn keyed(key: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "waits-jitter", threshold = 1, cooldown = "13ms", jitter = 0.5)]
fn spread(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "waits-async", threshold = 1, cooldown = "23ms")]
async fn later(outcome: Result<(), Error>) -> Result<(), CallError> {
    std::future::ready(answer(outcome)).await
}

/// Calls again after the time that a rejection has told. Returns false if there was none.
fn waits_as_told(call: impl Fn(Result<(), Error>) -> Result<(), CallError>) -> bool {
    let _ = call(DOWN);
    let Err(CallError::Breaker(error)) = call(Ok(())) else { return false };
    sleep(error.retry_after().unwrap());
    assert_eq!(call(Ok(())), Ok(()), "after {error}");
    true
}

#[test]
fn caller_that_waits_as_told_is_not_rejected() {
    let mut told = 0;
    for round in 0..15 {
        let key = (round % 3).to_string();
        told += u32::from(waits_as_told(half));
        told += u32::from(waits_as_told(|outcome| keyed(&key, outcome)));
        told += u32::from(waits_as_told(spread));
    }
    assert!(told > 15, "{told}");
}

#[tokio::test]
async fn async_caller_that_waits_as_told_is_not_rejected() {
    for _ in 0..15 {
        let _ = later(DOWN).await;
        let Err(CallError::Breaker(error)) = later(Ok(())).await else { continue };
        tokio::time::sleep(error.retry_after().unwrap()).await;
        assert_eq!(later(Ok(())).await, Ok(()), "after {error}");
    }
}

#[test]
fn core_says_how_long_to_wait_in_every_way_it_rejects() {
    let config = Config::builder().threshold(1).cooldown(ms(1)).probe_timeout(ms(9)).build();
    let breaker = Breaker::new("waits", config.unwrap());
    for length in [1, 2, 5, 9, 11, 19, 21].map(ms) {
        breaker.open_for(length);
        let Err(error) = breaker.call(|| Ok::<_, BreakerError>(())) else { continue };
        sleep(error.retry_after().unwrap());
        assert!(breaker.is_call_permitted(), "{length:?}");
        let probe = breaker.try_acquire().unwrap();
        // The probe has the slot. Its caller is told for how long at most.
        let Err(error) = breaker.try_acquire() else { continue };
        sleep(error.retry_after().unwrap());
        assert!(breaker.is_call_permitted(), "{error}");
        breaker.try_acquire().unwrap().success();
        probe.ignore();
    }
}

fn half_open(scope: &Scope, tune: fn(ConfigBuilder) -> ConfigBuilder) -> std::sync::Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(ms(1_000))).build().unwrap();
    let breaker = scope.registry().get_or_insert("saturated", config).unwrap();
    breaker.half_open();
    breaker
}

fn told(breaker: &Breaker) -> Option<Duration> {
    let error = breaker.try_acquire().unwrap_err();
    assert!(matches!(error, BreakerError::Saturated { .. }));
    error.retry_after()
}

#[test]
fn saturated_breaker_tells_when_its_oldest_probe_loses_its_slot() {
    let scope = Scope::enter();
    let breaker = half_open(&scope, |config| config.probes(2).success_threshold(9));
    let first = breaker.try_acquire().unwrap();
    scope.advance(ms(400));
    let second = breaker.try_acquire().unwrap();
    assert_eq!(told(&breaker), Some(ms(600)));
    scope.advance(ms(599));
    assert_eq!(told(&breaker), Some(ms(1)));
    scope.advance(ms(1));
    let third = breaker.try_acquire().unwrap();
    assert_eq!(told(&breaker), Some(ms(400)), "the second is the oldest now");
    [first, third].into_iter().for_each(Permit::success);
    let _fourth = breaker.try_acquire().unwrap();
    assert_eq!(told(&breaker), Some(ms(400)));
    drop(second);
    assert_eq!(breaker.snapshot().probe_successes, 2);
}

#[test]
fn probe_for_ever_leaves_nothing_to_tell() {
    let scope = Scope::enter();
    let breaker = half_open(&scope, |config| config.probe_timeout(Duration::MAX));
    let probe = breaker.try_acquire().unwrap();
    assert_eq!(told(&breaker), None);
    drop(probe);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn clock_between_two_milliseconds_cuts_no_wait_short() {
    for (start, length) in [(300, 1_000), (999, 1_500), (1, 500), (500, 2_001)] {
        let scope = Scope::enter();
        let micros = Duration::from_micros;
        let config = Config::builder().threshold(1).cooldown(micros(length)).build().unwrap();
        let breaker = scope.registry().get_or_insert("odd", config).unwrap();
        scope.advance(micros(start));
        breaker.try_acquire().unwrap().failure();
        let wait = breaker.try_acquire().unwrap_err().retry_after().unwrap();
        assert!(wait >= micros(length), "{wait:?} of {length}");
        scope.advance(micros(length - 1));
        assert!(breaker.try_acquire().is_err(), "not before its end");
        scope.advance(wait.saturating_sub(micros(length - 1)));
        assert!(breaker.try_acquire().is_ok(), "told to wait {wait:?} of {length}");
    }
}
