//! `backoff`, `cooldown_max`, `jitter`, `retry_after`.

use std::time::Duration;

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(
    name = "backoff",
    threshold = 1,
    cooldown = "100ms",
    backoff = 2.0,
    cooldown_max = "500ms"
)]
fn growing(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(
    name = "hint",
    threshold = 2,
    cooldown = "1s",
    cooldown_max = "60s",
    retry_after = |output| match output {
        Err(CallError::Service(Error::Busy { retry_after })) => Some(Duration::from_secs(*retry_after)),
        _ => None,
    }
)]
async fn hinted(outcome: Result<(), Error>) -> Result<(), CallError> {
    std::future::ready(()).await;
    answer(outcome)
}

fn cooldown(scope: &Scope, name: &str) -> Option<Duration> {
    scope.registry().get(name).unwrap().snapshot().cooldown
}

/// [T5]
#[test]
fn cooldown_grows_with_each_failed_half_open_and_starts_anew_after_the_close() {
    let scope = Scope::enter();
    let _ = growing(DOWN);
    for wanted in [100, 200, 400, 500, 500] {
        assert_eq!(cooldown(&scope, "backoff"), Some(ms(wanted)));
        scope.advance(ms(wanted - 1));
        assert!(growing(Ok(())).unwrap_err().is_rejection());
        scope.advance(ms(1));
        let _ = growing(DOWN);
    }
    scope.advance(ms(500));
    growing(Ok(())).unwrap();
    let _ = growing(DOWN);
    assert_eq!(cooldown(&scope, "backoff"), Some(ms(100)));
}

#[tokio::test]
async fn hint_of_the_failure_that_trips_is_the_cooldown() {
    let scope = Scope::enter();
    let busy = |retry_after| Err(Error::Busy { retry_after });
    let _ = hinted(busy(50)).await; // does not trip
    let _ = hinted(busy(7)).await;
    assert_eq!(cooldown(&scope, "hint"), Some(ms(7_000)));
    scope.advance(ms(7_000));
    let _ = hinted(busy(3_600)).await;
    assert_eq!(cooldown(&scope, "hint"), Some(ms(60_000)), "bounded");
    scope.advance(ms(60_000));
    let _ = hinted(DOWN).await;
    assert_eq!(cooldown(&scope, "hint"), Some(ms(1_000)), "without a hint, as ever");
}
