//! All ends that a call can have.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use breaker_core::{CallTotals, Config, FailureKind, Outcome, Registry, State, Verdict};
use breaker_tower::BreakerLayer;
use futures_util::FutureExt;
use tower::{Layer, Service, ServiceBuilder, service_fn};

use crate::fake::{Ask, Fake, Refused, ask, is_rejected, poll_ready, stage, staged, threshold};

#[test]
fn call_future_that_is_dropped_counts_as_nothing_and_gives_its_slot_back() {
    let mut on = stage();
    on.breaker.half_open();
    assert!(poll_ready(&mut on.service).is_ready());
    let mut call = on.service.call(Ask::Hang);
    assert!((&mut call).now_or_never().is_none());
    assert!(on.breaker.try_acquire().is_err(), "the slot is taken");
    drop(call);
    assert_eq!(on.breaker.state(), State::HalfOpen);
    assert!(on.breaker.try_acquire().is_ok());
}

#[test]
fn call_future_that_is_never_polled_counts_as_nothing() {
    let mut on = stage();
    on.breaker.half_open();
    assert!(poll_ready(&mut on.service).is_ready());
    drop(on.service.call(Ask::Answer));
    assert_eq!(on.breaker.state(), State::HalfOpen);
    assert!(on.breaker.try_acquire().is_ok());
}

#[test]
fn dropped_call_is_a_failure_where_the_layer_says_so() {
    for polls in [0, 1] {
        let mut on = staged(BreakerLayer::cancel_is_failure);
        assert!(poll_ready(&mut on.service).is_ready());
        let mut call = on.service.call(Ask::Hang);
        for _ in 0..polls {
            assert!((&mut call).now_or_never().is_none());
        }
        drop(call);
        assert_eq!(on.breaker.state(), State::Open, "after {polls} polls");
    }
}

#[test]
fn hanging_call_that_is_dropped_is_slow() {
    let slow = Config::builder().threshold(1).slow_call(Duration::from_secs(1)).build().unwrap();
    let scope = breaker_core::testing::Scope::enter();
    let mut service = BreakerLayer::named("slow", slow).unwrap().layer(Fake::default());
    assert!(poll_ready(&mut service).is_ready());
    let mut call = service.call(Ask::Hang);
    assert!((&mut call).now_or_never().is_none());
    scope.advance(Duration::from_secs(2));
    drop(call);
    assert_eq!(Registry::global().get("slow").unwrap().state(), State::Open);
}

#[test]
fn panic_in_the_call_is_a_failure_and_unwinds_on() {
    let mut on = stage();
    let panicked = catch_unwind(AssertUnwindSafe(|| ask(&mut on.service, Ask::PanicInCall)));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in call"));
    assert_eq!(on.breaker.state(), State::Open);
    assert_eq!(on.breaker.totals().failures(FailureKind::Panicked), 1);
}

/// A runtime catches the panic first, and drops the future later.
#[test]
fn panic_in_the_future_is_a_failure_and_unwinds_on() {
    let mut on = stage();
    assert!(poll_ready(&mut on.service).is_ready());
    let mut call = on.service.call(Ask::PanicInFuture);
    let panicked = catch_unwind(AssertUnwindSafe(|| (&mut call).now_or_never()));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in the future"));
    drop(call);
    assert_eq!(on.breaker.state(), State::Open);
    assert_eq!(on.breaker.totals().failures(FailureKind::Panicked), 1);
}

#[test]
fn panic_of_the_judge_is_a_failure() {
    let mut on = stage();
    let judge = |_: Result<&u32, &Refused>| -> Outcome { panic!("in the judge") };
    let layer = BreakerLayer::sharing("service").unwrap().judge(judge);
    let mut service = layer.layer(Fake::default());
    let panicked = catch_unwind(AssertUnwindSafe(|| ask(&mut service, Ask::Answer)));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in the judge"));
    assert_eq!(on.breaker.state(), State::Open);
    assert!(is_rejected(&ask(&mut on.service, Ask::Answer)));
}

/// Outside a test scope, where the layer has the breaker's word cached.
#[test]
fn call_that_the_word_alone_admits_ends_in_each_way() {
    let layer = || BreakerLayer::named("by-its-word", threshold(9)).unwrap();
    let mut service = layer().layer(Fake::default());
    assert!(ask(&mut service, Ask::Answer).is_ok());
    let breaker = Registry::global().get("by-its-word").unwrap();
    let failures = || breaker.snapshot().consecutive_failures;
    assert!(ask(&mut service, Ask::Fail).is_err());
    assert_eq!(failures(), 1);
    for panics in [Ask::PanicInCall, Ask::PanicInFuture] {
        assert!(catch_unwind(AssertUnwindSafe(|| ask(&mut service, panics))).is_err());
    }
    assert_eq!(failures(), 3);
    let mut impatient = layer().cancel_is_failure().layer(Fake::default());
    for (service, after) in [(&mut service, 3), (&mut impatient, 4)] {
        assert!(poll_ready(service).is_ready());
        let mut call = service.call(Ask::Hang);
        assert!((&mut call).now_or_never().is_none());
        drop(call);
        assert_eq!(failures(), after);
    }
    assert_eq!(breaker.totals().failures(FailureKind::Panicked), 2);
    assert!(ask(&mut service, Ask::Answer).is_ok());
    assert_eq!(failures(), 0);
}

#[test]
fn future_that_is_polled_after_its_end_is_pending() {
    let mut on = stage();
    for (request, is_ok) in [(Ask::Answer, true), (Ask::Fail, false), (Ask::Answer, false)] {
        assert!(poll_ready(&mut on.service).is_ready());
        let mut call = on.service.call(request);
        assert_eq!((&mut call).now_or_never().unwrap().is_ok(), is_ok);
        assert!((&mut call).now_or_never().is_none());
    }
}

#[test]
fn judge_may_trip_ignore_and_ask_for_a_cooldown() {
    let on = stage();
    let judge = |result: Result<&u32, &Refused>| match result {
        Ok(1) => Verdict::from(Outcome::Failure).trip().retry_after(Duration::from_secs(90)),
        Ok(2) => Outcome::Ignored.into(),
        _ => Outcome::Success.into(),
    };
    let layer = BreakerLayer::with(on.breaker.clone()).judge(judge);
    let mut service = layer.layer(service_fn(|number| async move { Ok::<u32, Refused>(number) }));
    on.breaker.half_open();
    assert_eq!(ask(&mut service, 2).unwrap(), 2);
    assert_eq!(on.breaker.state(), State::HalfOpen, "an ignored answer");
    assert_eq!(ask(&mut service, 1).unwrap(), 1, "the answer itself goes on");
    assert_eq!(on.breaker.snapshot().cooldown, Some(Duration::from_secs(90)));
}

#[test]
fn hint_is_asked_for_failures_alone() {
    let on = stage();
    let hint = |result: Result<&u32, &Refused>| {
        assert!(result.is_err(), "asked for a success");
        Some(Duration::from_secs(45))
    };
    let layer = BreakerLayer::with(on.breaker.clone()).retry_after(hint);
    let mut service = layer.layer(Fake::default());
    assert!(ask(&mut service, Ask::Answer).is_ok());
    assert!(ask(&mut service, Ask::Fail).is_err());
    assert_eq!(on.breaker.snapshot().cooldown, Some(Duration::from_secs(45)));
}

#[test]
fn errors_come_as_the_type_that_the_program_asks_for() {
    #[derive(Debug)]
    enum Mine {
        Refused,
        Rejected,
    }
    impl From<Refused> for Mine {
        fn from(_: Refused) -> Self {
            Mine::Refused
        }
    }
    impl From<breaker_core::BreakerError> for Mine {
        fn from(error: breaker_core::BreakerError) -> Self {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
            Mine::Rejected
        }
    }
    let _on = stage();
    let layer = BreakerLayer::sharing("service").unwrap().error::<Mine>();
    let mut service = layer.layer(Fake::default());
    assert!(matches!(ask(&mut service, Ask::Fail), Err(Mine::Refused)));
    assert!(matches!(ask(&mut service, Ask::Fail), Err(Mine::Rejected)));
}

/// Two attributes on one function nest like this, and so does a retry between two layers.
#[test]
fn rejection_by_an_inner_breaker_is_ignored_by_the_outer_one() {
    let on = stage();
    let counted = Config::builder().threshold(1).count_calls(true).build().unwrap();
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::named("outer", counted).unwrap())
        .service(Fake::default());
    assert!(ask(&mut service, Ask::Fail).is_err());
    let outer = Registry::global().get("outer").unwrap();
    assert_eq!(outer.state(), State::Open, "a failure is one");
    outer.reset();

    on.breaker.force_open();
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::named("outer", counted).unwrap())
        .layer(BreakerLayer::sharing("service").unwrap())
        .service(Fake::default());
    assert!(is_rejected(&ask(&mut service, Ask::Answer)));
    assert_eq!(outer.state(), State::Closed);
    let CallTotals { ignored, failures, .. } = outer.totals().calls.unwrap();
    assert_eq!((ignored, failures), (1, 1));
}
