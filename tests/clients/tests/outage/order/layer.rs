//! With tower's layers: a layer that is added first is outside of those that follow.

use std::future::{Ready, ready};

use breakerbox::tower::BreakerLayer;
use breakerbox::{BreakerError, Config, State, circuit_breaker};
use tower::retry::{Policy, RetryLayer};
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

use super::{Ill, SECOND};
use crate::retries::TeaError;
use crate::server::Mood;

/// Retries so often, until a rejection.
#[derive(Clone)]
struct Retries(u32);

impl<T, E: AsError> Policy<(), T, E> for Retries {
    type Future = Ready<()>;

    fn retry(&mut self, (): &mut (), result: &mut Result<T, E>) -> Option<Ready<()>> {
        let error = result.as_ref().err()?;
        if BreakerError::is_rejection_in(error.as_error()) {
            return None;
        }
        self.0 = self.0.checked_sub(1)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}

/// The errors of the two services that are retried here.
trait AsError {
    fn as_error(&self) -> &(dyn std::error::Error + 'static);
}

impl AsError for BoxError {
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        &**self
    }
}

impl AsError for TeaError {
    fn as_error(&self) -> &(dyn std::error::Error + 'static) {
        self
    }
}

/// A layer that opens after two failures.
fn breaker(name: &str) -> BreakerLayer {
    BreakerLayer::named(name, Config::builder().threshold(2)).unwrap()
}

fn is_rejected(error: &BoxError) -> bool {
    BreakerError::is_rejection_in(&**error)
}

#[tokio::test]
async fn retry_around_breaker_counts_each_attempt() {
    let ill = Ill::start(Mood::Down).await;
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(Retries(9)))
        .layer(breaker("each-attempt"))
        .service(service_fn(|()| ill.ask()));
    let error = service.oneshot(()).await.unwrap_err();
    assert!(is_rejected(&error), "the second retry: {error:?}");
    assert_eq!((ill.server.received(), ill.state("each-attempt")), (2, State::Open));
}

#[tokio::test]
async fn breaker_around_retry_counts_the_last_attempt() {
    let ill = Ill::start(Mood::Down).await;
    let mut service = ServiceBuilder::new()
        .layer(breaker("all-attempts"))
        .layer(RetryLayer::new(Retries(2)))
        .service(service_fn(|()| ill.ask()));
    for call in 1..=2 {
        let error = service.ready().await.unwrap().call(()).await.unwrap_err();
        assert!(!is_rejected(&error));
        assert_eq!(ill.server.received(), 3 * call);
    }
    assert_eq!(ill.state("all-attempts"), State::Open);
    assert!(is_rejected(&service.ready().await.unwrap().call(()).await.unwrap_err()));
    assert_eq!(ill.server.received(), 6, "no attempt while it is open");
}

#[tokio::test]
async fn breaker_around_timeout_counts_a_failure() {
    let ill = Ill::start(Mood::Hanging).await;
    let mut service = ServiceBuilder::new()
        .layer(breaker("timeout-inside"))
        .timeout(5 * SECOND)
        .service(service_fn(|()| ill.ask()));
    for call in 1..=2 {
        let answer = service.ready().await.unwrap().call(());
        let (answer, ()) = tokio::join!(answer, ill.server.keeps_waiting(call, 5 * SECOND));
        assert!(answer.unwrap_err().is::<Elapsed>());
    }
    assert_eq!(ill.state("timeout-inside"), State::Open);
}

#[tokio::test]
async fn timeout_around_breaker_counts_nothing_unless_cancelled_calls_fail() {
    let ill = Ill::start(Mood::Hanging).await;
    for (name, layer, after) in [
        ("walks-away", breaker("walks-away"), State::Closed),
        ("is-left", breaker("is-left").cancel_is_failure(), State::Open),
    ] {
        let mut service = ServiceBuilder::new()
            .timeout(5 * SECOND)
            .layer(layer)
            .service(service_fn(|()| ill.ask()));
        for _ in 0..2 {
            let requests = ill.server.received() + 1;
            let answer = service.ready().await.unwrap().call(());
            let (answer, ()) = tokio::join!(answer, ill.server.keeps_waiting(requests, 5 * SECOND));
            assert!(answer.unwrap_err().is::<Elapsed>());
        }
        assert_eq!(ill.state(name), after);
    }
}

#[tokio::test]
async fn retry_around_breaker_around_timeout_retries_what_timed_out() {
    let ill = Ill::start(Mood::Hanging).await;
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(Retries(9)))
        .layer(breaker("attempt-in-time"))
        .timeout(5 * SECOND)
        .service(service_fn(|()| ill.ask()));
    let time_passes = async {
        ill.server.keeps_waiting(1, 5 * SECOND).await;
        ill.server.keeps_waiting(2, 5 * SECOND).await;
    };
    let (answer, ()) = tokio::join!(service.oneshot(()), time_passes);
    assert!(is_rejected(&answer.unwrap_err()), "the second retry");
    assert_eq!((ill.server.received(), ill.state("attempt-in-time")), (2, State::Open));
}

#[tokio::test]
async fn breaker_around_breaker_ignores_its_rejections() {
    let ill = Ill::start(Mood::Down).await;
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::named("outer", Config::builder().threshold(3)).unwrap())
        .layer(breaker("inner"))
        .service(service_fn(|()| ill.ask()));
    for call in 1..=9 {
        let error = service.ready().await.unwrap().call(()).await.unwrap_err();
        assert_eq!(is_rejected(&error), call > 2);
    }
    assert_eq!((ill.state("outer"), ill.failures("outer")), (State::Closed, 2));
    assert_eq!((ill.state("inner"), ill.server.received()), (State::Open, 2));
}

#[circuit_breaker(name = "function", threshold = 2)]
async fn guarded(ill: &Ill) -> Result<String, TeaError> {
    ill.ask().await
}

#[tokio::test]
async fn breaker_layer_around_a_guarded_function_counts_rejections_that_it_cannot_see() {
    let ill = Ill::start(Mood::Down).await;
    let layer = BreakerLayer::named("around", Config::builder().threshold(4)).unwrap();
    let mut service = ServiceBuilder::new().layer(layer).service(service_fn(|()| guarded(&ill)));
    for call in 1..=4 {
        let error = service.ready().await.unwrap().call(()).await.unwrap_err();
        assert_eq!(is_rejected(&error), call > 2);
    }
    assert_eq!((ill.state("around"), ill.server.received()), (State::Open, 2));
}
