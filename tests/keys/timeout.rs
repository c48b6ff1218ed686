//! `timeout`: bounds the call on tokio's clock, which these tests pause.

use std::future::pending;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Cause, State, circuit_breaker};
use futures_util::FutureExt;

use crate::CallError;

#[circuit_breaker(name = "bounded", threshold = 2, timeout = "10s")]
async fn bounded(hangs: bool) -> Result<&'static str, CallError> {
    if hangs { pending().await } else { Ok("done") }
}

#[circuit_breaker(
    name = "answered",
    threshold = 2,
    timeout = "10s",
    fallback_on = "failure",
    fallback = |_hangs, cause| match cause {
        Cause::TimedOut(BreakerError::TimedOut { after, .. }) => Ok(format!("late after {after:?}")),
        other => Ok(format!("{other:?}")),
    }
)]
async fn answered(hangs: bool) -> Result<String, CallError> {
    if hangs { pending().await } else { Ok("done".into()) }
}

#[circuit_breaker(name = "mapped", timeout = "1s", error = |error| error.to_string())]
async fn mapped() -> Result<(), String> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn timeout_that_runs_out_is_a_failure_with_an_error_of_its_own() {
    let scope = Scope::enter();
    assert_eq!(bounded(false).await, Ok("done"));
    for _ in 0..2 {
        let Err(CallError::Breaker(error)) = bounded(true).await else { panic!("it hangs") };
        assert!(!error.is_rejection());
        assert!(matches!(error, BreakerError::TimedOut { after, .. } if after.as_secs() == 10));
        assert_eq!(error.name(), "bounded");
    }
    assert_eq!(scope.registry().get("bounded").unwrap().state(), State::Open);
    assert!(bounded(false).await.unwrap_err().is_rejection());
}

#[tokio::test(start_paused = true)]
async fn timeout_outside_counts_as_nothing_and_inside_as_a_failure() {
    // [C10]
    #[circuit_breaker(name = "outside", threshold = 1)]
    async fn outside() -> Result<(), CallError> {
        pending().await
    }
    let scope = Scope::enter();
    let ended = tokio::time::timeout(Duration::from_secs(1), outside()).await;
    assert!(ended.is_err());
    assert_eq!(scope.registry().get("outside").unwrap().state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn fallback_for_failures_is_told_that_the_time_ran_out() {
    let _scope = Scope::enter();
    assert_eq!(answered(false).await.unwrap(), "done");
    assert_eq!(answered(true).await.unwrap(), "late after 10s");
}

#[tokio::test(start_paused = true)]
async fn timeout_becomes_an_error_by_the_mapping_of_rejections() {
    let _scope = Scope::enter();
    let said = mapped().await.unwrap_err();
    assert_eq!(said, "call through circuit breaker `mapped` did not end within 1s");
}

#[circuit_breaker(name = "limits", threshold = 1, cooldown = "1s", probes = 2, timeout = "10s")]
async fn patient(hangs: bool) -> Result<(), CallError> {
    if hangs { pending().await } else { Ok(()) }
}

#[circuit_breaker(name = "limits", timeout = "4s")]
async fn hasty() -> Result<(), CallError> {
    pending().await
}

#[circuit_breaker(name = "limits")]
async fn unlimited() -> Result<(), CallError> {
    pending().await
}

/// [H9]
#[tokio::test(start_paused = true)]
async fn probe_keeps_its_slot_for_the_timeout_of_its_own_function() {
    for first_is_patient in [true, false] {
        let scope = Scope::enter();
        let _ = patient(true).await;
        let breaker = scope.registry().get("limits").unwrap();
        assert_eq!(breaker.state(), State::Open);
        scope.advance(Duration::from_secs(1));
        // Both begin in one millisecond.
        let (mut long, mut short) = (Box::pin(patient(true)), Box::pin(hasty()));
        if first_is_patient {
            assert!((&mut long).now_or_never().is_none());
        }
        assert!((&mut short).now_or_never().is_none());
        assert!((&mut long).now_or_never().is_none());
        scope.advance(Duration::from_millis(3_999));
        assert!(!breaker.is_call_permitted());
        scope.advance(Duration::from_millis(1));
        // One slot is free. Without a `timeout`, the default of `probe_timeout` holds.
        let mut third = Box::pin(unlimited());
        assert!((&mut third).now_or_never().is_none());
        assert!(!breaker.is_call_permitted());
        drop(short);
        assert!(!breaker.is_call_permitted(), "its slot was taken before");
        scope.advance(Duration::from_secs(1));
        let mut fourth = Box::pin(unlimited());
        assert!((&mut fourth).now_or_never().is_none());
        scope.advance(Duration::from_millis(999));
        drop((third, fourth));
        assert!(breaker.is_call_permitted(), "the slot of the last one is free");
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
        scope.advance(Duration::from_millis(4_001));
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
        drop(long);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_eq!(patient(false).await, Ok(()));
        assert_eq!(breaker.state(), State::Closed);
        assert!(scope.registry().conflicts().is_empty(), "a timeout is no tuning");
    }
}
