//! With the attribute: what is inside of the function is inside of the breaker.

use std::future::ready;

use backon::{ConstantBuilder, Retryable};
use breakerbox::{BreakerError, State, circuit_breaker};
use tokio::time::timeout;

use super::{Ill, SECOND, is_rejection};
use crate::retries::TeaError;
use crate::server::Mood;

type Answer = Result<String, TeaError>;

fn two_retries() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(SECOND).with_max_times(2)
}

#[circuit_breaker(name = "each-attempt", threshold = 2)]
async fn attempt(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn retry_around_breaker_counts_each_attempt() {
    let ill = Ill::start(Mood::Down).await;
    let answer = (|| attempt(&ill))
        .retry(two_retries())
        .when(|error| !BreakerError::is_rejection_in(error))
        .sleep(|_| ready(()))
        .await;
    assert!(is_rejection(&answer), "the second retry: {answer:?}");
    assert_eq!((ill.server.received(), ill.state("each-attempt")), (2, State::Open));
}

#[circuit_breaker(name = "all-attempts", threshold = 2)]
async fn all_attempts(ill: &Ill) -> Answer {
    (|| ill.ask()).retry(two_retries()).sleep(|_| ready(())).await
}

#[tokio::test]
async fn breaker_around_retry_counts_the_last_attempt() {
    let ill = Ill::start(Mood::Down).await;
    for call in 1..=2 {
        assert!(matches!(all_attempts(&ill).await, Err(TeaError::Http(_))));
        assert_eq!(ill.server.received(), 3 * call);
    }
    assert_eq!(ill.state("all-attempts"), State::Open);
    assert!(is_rejection(&all_attempts(&ill).await));
    assert_eq!(ill.server.received(), 6, "no attempt while it is open");
}

#[circuit_breaker(name = "timeout-inside", threshold = 2)]
async fn timeout_inside(ill: &Ill) -> anyhow::Result<String> {
    Ok(timeout(5 * SECOND, ill.ask()).await??)
}

#[circuit_breaker(name = "timeout-inside", timeout = "5s")]
async fn timeout_as_key(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn breaker_around_timeout_counts_a_failure() {
    let ill = Ill::start(Mood::Hanging).await;
    let (answer, ()) = tokio::join!(timeout_inside(&ill), ill.server.keeps_waiting(1, 5 * SECOND));
    assert!(answer.unwrap_err().is::<tokio::time::error::Elapsed>());
    assert_eq!(ill.failures("timeout-inside"), 1);

    // The head has come, and the body does not.
    ill.server.set(Mood::Dripping);
    let (answer, ()) = tokio::join!(timeout_as_key(&ill), ill.server.keeps_waiting(2, 5 * SECOND));
    assert!(matches!(answer, Err(TeaError::Breaker(BreakerError::TimedOut { .. }))));
    assert_eq!(ill.state("timeout-inside"), State::Open);
}

#[circuit_breaker(name = "walks-away", threshold = 2)]
async fn patient(ill: &Ill) -> Answer {
    ill.ask().await
}

#[circuit_breaker(name = "is-left", threshold = 2, on_cancel = "failure")]
async fn impatient(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn timeout_around_breaker_counts_nothing_unless_cancelled_calls_fail() {
    let ill = Ill::start(Mood::Hanging).await;
    for call in 1..=5 {
        let waits = timeout(5 * SECOND, patient(&ill));
        let (answer, ()) = tokio::join!(waits, ill.server.keeps_waiting(call, 5 * SECOND));
        assert!(answer.is_err());
    }
    assert_eq!((ill.state("walks-away"), ill.failures("walks-away")), (State::Closed, 0));
    for call in 6..=7 {
        let waits = timeout(5 * SECOND, impatient(&ill));
        let (answer, ()) = tokio::join!(waits, ill.server.keeps_waiting(call, 5 * SECOND));
        assert!(answer.is_err());
    }
    assert_eq!(ill.state("is-left"), State::Open);
}

#[circuit_breaker(name = "attempt-in-time", threshold = 2, timeout = "5s")]
async fn attempt_in_time(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn retry_around_breaker_around_timeout_retries_what_timed_out() {
    let ill = Ill::start(Mood::Hanging).await;
    let attempts = (|| attempt_in_time(&ill))
        .retry(two_retries())
        .when(|error| !BreakerError::is_rejection_in(error))
        .sleep(|_| ready(()));
    let time_passes = async {
        ill.server.keeps_waiting(1, 5 * SECOND).await;
        ill.server.keeps_waiting(2, 5 * SECOND).await;
    };
    let (answer, ()) = tokio::join!(attempts, time_passes);
    assert!(is_rejection(&answer), "the second retry: {answer:?}");
    assert_eq!((ill.server.received(), ill.state("attempt-in-time")), (2, State::Open));
}

#[circuit_breaker(name = "outer", threshold = 3)]
async fn outer(ill: &Ill) -> Answer {
    inner(ill).await
}

#[circuit_breaker(
    name = "careful",
    threshold = 3,
    ignore = Err(error) if BreakerError::is_rejection_in(error)
)]
async fn careful(ill: &Ill) -> Answer {
    inner(ill).await
}

#[circuit_breaker(name = "inner", threshold = 1)]
async fn inner(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn breaker_around_breaker_counts_its_rejections_unless_it_ignores_them() {
    let ill = Ill::start(Mood::Down).await;
    assert!(matches!(careful(&ill).await, Err(TeaError::Http(_))));
    for _ in 0..5 {
        assert!(is_rejection(&careful(&ill).await));
    }
    assert_eq!((ill.state("careful"), ill.failures("careful")), (State::Closed, 1));
    for failures in 1..=3 {
        assert!(is_rejection(&outer(&ill).await));
        assert_eq!(ill.failures("outer"), failures % 3, "none counts on in an open breaker");
    }
    assert_eq!((ill.state("outer"), ill.server.received()), (State::Open, 1));
}

#[circuit_breaker(name = "twice", threshold = 4)]
async fn twice(ill: &Ill) -> Answer {
    once(ill).await
}

#[circuit_breaker(name = "twice")]
async fn once(ill: &Ill) -> Answer {
    ill.ask().await
}

#[tokio::test]
async fn breaker_around_itself_counts_a_failure_twice() {
    let ill = Ill::start(Mood::Down).await;
    assert!(twice(&ill).await.is_err());
    assert_eq!(ill.failures("twice"), 2);
    assert!(twice(&ill).await.is_err());
    assert_eq!((ill.state("twice"), ill.server.received()), (State::Open, 2));
}
