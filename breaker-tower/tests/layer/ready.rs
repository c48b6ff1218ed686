//! Readiness: the polls and calls that reach the inner service, and on which instance.

use std::task::Poll;
use std::time::Duration;

use breaker_core::{FailureKind, Registry, State};
use breaker_tower::BreakerLayer;
use futures_util::FutureExt;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Service, ServiceBuilder, ServiceExt};

use crate::fake::{Ask, Fake, Readiness, ask, is_rejected, poll_ready, stage, threshold};

#[test]
fn inner_service_that_is_never_ready_does_not_block_a_rejection() {
    let mut on = stage();
    on.log.set(Readiness::Never);
    on.breaker.force_open();
    assert!(is_rejected(&ask(&mut on.service, Ask::Answer)));
    assert_eq!(on.log.counts(), (0, 0), "the inner service was not touched");
}

#[test]
fn inner_service_that_is_not_ready_holds_calls_back() {
    let mut on = stage();
    on.log.set(Readiness::Never);
    assert!(poll_ready(&mut on.service).is_pending());
    on.log.set(Readiness::Always);
    assert_eq!(ask(&mut on.service, Ask::Answer).unwrap(), 42);
}

#[test]
fn nothing_is_held_between_ready_and_call() {
    let mut on = stage();
    on.breaker.half_open();
    assert!(poll_ready(&mut on.service).is_ready());
    assert!(on.breaker.try_acquire().is_ok(), "the one slot is free");
}

#[test]
fn breaker_that_opens_between_ready_and_call_rejects() {
    let mut on = stage();
    assert!(poll_ready(&mut on.service).is_ready());
    on.breaker.force_open();
    assert!(is_rejected(&on.service.call(Ask::Answer).now_or_never().unwrap()));
    assert_eq!(on.log.counts(), (1, 0));
    on.breaker.reset();
    assert_eq!(ask(&mut on.service, Ask::Answer).unwrap(), 42, "and it can be called again");
}

#[test]
fn breaker_that_closes_between_ready_and_call_lets_the_call_make_it_ready() {
    let mut on = stage();
    on.breaker.force_open();
    assert!(poll_ready(&mut on.service).is_ready());
    on.breaker.reset();
    assert_eq!(on.service.call(Ask::Answer).now_or_never().unwrap().unwrap(), 42);
    assert_eq!(on.log.counts(), (1, 1));
}

#[test]
fn call_waits_for_an_inner_service_that_is_not_ready_yet() {
    let mut on = stage();
    on.breaker.force_open();
    assert!(poll_ready(&mut on.service).is_ready());
    on.breaker.half_open();
    on.log.set(Readiness::Never);
    let mut call = on.service.call(Ask::Answer);
    assert!((&mut call).now_or_never().is_none());
    assert!(on.breaker.try_acquire().is_err(), "the call is the probe");
    on.log.set(Readiness::Always);
    assert_eq!(call.now_or_never().unwrap().unwrap(), 42);
    assert_eq!(on.breaker.state(), State::Closed);
    assert_eq!(on.log.waiting(), 1, "one instance keeps its place in the queue");
    assert_eq!(ask(&mut on.service, Ask::Answer).unwrap(), 42, "the service has another instance");
}

#[test]
fn call_that_waits_and_is_dropped_gives_its_slot_back() {
    let mut on = stage();
    on.breaker.force_open();
    assert!(poll_ready(&mut on.service).is_ready());
    on.breaker.half_open();
    on.log.set(Readiness::Never);
    let call = on.service.call(Ask::Answer);
    assert!(on.breaker.try_acquire().is_err());
    drop(call);
    assert!(on.breaker.try_acquire().is_ok());
    assert_eq!(on.log.counts().1, 0);
}

#[test]
fn error_of_poll_ready_is_the_inner_one_and_counts_as_nothing() {
    let mut on = stage();
    on.log.set(Readiness::Fails);
    let Poll::Ready(Err(error)) = poll_ready(&mut on.service) else { panic!("no error") };
    assert_eq!(error.to_string(), "refused");
    assert_eq!(on.breaker.state(), State::Closed);
    assert_eq!(on.breaker.totals().failures(FailureKind::Error), 0);
}

#[test]
fn error_of_poll_ready_in_a_call_counts_as_nothing() {
    for late in [false, true] {
        let mut on = stage();
        on.breaker.force_open();
        assert!(poll_ready(&mut on.service).is_ready());
        on.breaker.half_open();
        on.log.set(if late { Readiness::Never } else { Readiness::Fails });
        let mut call = on.service.call(Ask::Answer);
        if late {
            assert!((&mut call).now_or_never().is_none());
            on.log.set(Readiness::Fails);
        }
        assert_eq!(call.now_or_never().unwrap().unwrap_err().to_string(), "refused");
        assert_eq!(on.breaker.state(), State::HalfOpen);
        assert!(on.breaker.try_acquire().is_ok(), "the slot is free");
    }
}

/// `Fake` panics if the wrong instance is called.
#[test]
fn clone_of_a_service_that_is_ready_is_not_ready_itself() {
    let mut on = stage();
    assert!(poll_ready(&mut on.service).is_ready());
    let mut clone = on.service.clone();
    assert_eq!(clone.call(Ask::Answer).now_or_never().unwrap().unwrap(), 42);
    assert_eq!(on.service.call(Ask::Answer).now_or_never().unwrap().unwrap(), 42);
    assert_eq!(on.log.counts(), (2, 2));
}

#[tokio::test]
async fn rejected_call_gives_a_reserved_slot_of_the_inner_service_back() {
    let on = stage();
    let mut one = ServiceBuilder::new()
        .layer(BreakerLayer::sharing("service").unwrap())
        .layer(ConcurrencyLimitLayer::new(1))
        .service(Fake::default());
    let mut other = one.clone();
    one.ready().await.unwrap();
    on.breaker.force_open();
    assert!(is_rejected(&one.call(Ask::Answer).await));
    on.breaker.half_open();
    assert_eq!(ask(&mut other, Ask::Answer).unwrap(), 42, "`one` holds no slot of the limit");
}

#[tokio::test]
async fn concurrency_limit_inside_lets_one_call_after_the_other_through() {
    let _on = stage();
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::sharing("service").unwrap())
        .layer(ConcurrencyLimitLayer::new(1))
        .service(Fake::default());
    for _ in 0..3 {
        let hanging = service.ready().await.unwrap().call(Ask::Hang);
        assert!(poll_ready(&mut service).is_pending(), "the limit is used up");
        drop(hanging);
        assert_eq!(service.ready().await.unwrap().call(Ask::Answer).await.unwrap(), 42);
    }
}

#[test]
fn layer_with_keys_asks_the_inner_service_for_admitted_calls_alone() {
    let _on = stage();
    let fake = Fake::default();
    let log = std::sync::Arc::clone(&fake.log);
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::named("keyed", threshold(1)).unwrap().key(|ask: &Ask| match ask {
            Ask::Fail => Some("ill"),
            Ask::Answer => Some("well"),
            _ => None,
        }))
        .service(fake);
    assert!(ask(&mut service, Ask::Fail).is_err_and(|error| error.to_string() == "refused"));
    assert_eq!(log.counts(), (1, 1));
    log.set(Readiness::Never);
    assert!(is_rejected(&ask(&mut service, Ask::Fail)));
    assert_eq!(log.counts(), (1, 1), "a rejection reaches nothing");
    let mut waits = service.call(Ask::Answer);
    assert!((&mut waits).now_or_never().is_none());
    log.set(Readiness::Always);
    assert_eq!(waits.now_or_never().unwrap().unwrap(), 42);
    let states = |key| Registry::global().get_key("keyed", key).unwrap().state();
    assert_eq!((states("ill"), states("well")), (State::Open, State::Closed));
    assert!(Registry::global().get("keyed").is_none());
    drop(service.call(Ask::Hang));
    assert!(Registry::global().get("keyed").is_some(), "a call without a key");
}

#[test]
fn cooldown_that_ends_lets_a_probe_through() {
    let mut on = stage();
    assert!(ask(&mut on.service, Ask::Fail).is_err());
    assert!(is_rejected(&ask(&mut on.service, Ask::Answer)));
    on.scope.advance(Duration::from_secs(30));
    assert_eq!(ask(&mut on.service, Ask::Answer).unwrap(), 42);
    assert_eq!(on.breaker.state(), State::Closed);
}
