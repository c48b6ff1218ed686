//! Rings of fallbacks that answer failures and timeouts, through breakers that do not trip.

use std::pin::Pin;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Cause, circuit_breaker};
use support::{DOWN, Fault, Reply, named};

/// Fallbacks that answer failures, through breakers that do not trip.
mod failing {
    use super::{Cause, DOWN, Pin, Reply, circuit_breaker};

    #[circuit_breaker(name = "fails-one", threshold = 60000, fallback_on = "failure", fallback = two)]
    pub(super) fn one(n: u32) -> Reply {
        if n == 0 { DOWN } else { Ok(n) }
    }

    #[circuit_breaker(name = "fails-two", threshold = 60000, fallback_on = "failure", fallback = one)]
    fn two(n: u32) -> Reply {
        if n < 2 { DOWN } else { Ok(n + 100) }
    }

    #[circuit_breaker(
        name = "fails-later",
        threshold = 60000,
        fallback_on = "failure",
        fallback = |n, cause: Cause<Reply>| { let _ = cause; later(n).await }
    )]
    pub(super) fn later(n: u32) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if n == 0 { DOWN } else { Ok(n) }
        })
    }
}

#[test]
fn ring_of_failures_ends_with_the_failure() {
    let scope = Scope::enter();
    assert_eq!(failing::one(0), DOWN);
    assert_eq!(failing::one(1), Ok(1));
    assert_eq!(named(&scope, "fails-one").snapshot().consecutive_failures, 0);
    assert_eq!(failing::one(0), DOWN);
    assert_eq!(named(&scope, "fails-one").snapshot().consecutive_failures, 2);
    assert_eq!(named(&scope, "fails-two").snapshot().consecutive_failures, 2);
}

#[tokio::test]
async fn async_ring_of_failures_ends_with_the_failure() {
    let scope = Scope::enter();
    assert_eq!(failing::later(0).await, DOWN);
    assert_eq!(named(&scope, "fails-later").snapshot().consecutive_failures, 2);
}

#[tokio::test(start_paused = true)]
async fn ring_of_timeouts_ends() {
    #[circuit_breaker(
        name = "times-out",
        timeout = "1s",
        threshold = 60000,
        fallback_on = "failure",
        fallback = |n| later(n).await
    )]
    fn later(n: u32) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            std::future::pending::<()>().await;
            Ok(n)
        })
    }
    #[circuit_breaker(
        name = "times-out-plainly",
        timeout = "1s",
        threshold = 60000,
        failure = None,
        fallback_on = "failure",
        fallback = |n| Box::pin(plainly(n)).await
    )]
    async fn plainly(n: u32) -> Option<u32> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Some(n)
    }
    let _scope = Scope::enter();
    match later(1).await {
        Err(Fault::Rejected(BreakerError::TimedOut { name, .. })) => assert_eq!(name, "times-out"),
        other => panic!("{other:?} is no timeout"),
    }
    assert_eq!(plainly(3).await, Some(3), "the second call has no timeout");
}
