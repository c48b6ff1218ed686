//! A panic in the body is a failure, and unwinds on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{State, Verdict, circuit_breaker};
use futures_util::FutureExt;
use support::{Fault, Reply, named, now};

#[circuit_breaker(name = "panics", threshold = 2, cooldown = "1s")]
fn fetch(panics: bool) -> Reply {
    assert!(!panics, "a bug in the body");
    Ok(1)
}

#[circuit_breaker(name = "panics", threshold = 2, cooldown = "1s")]
async fn fetch_async(panics: bool) -> Reply {
    tokio::task::yield_now().await;
    assert!(!panics, "a bug in the body");
    Ok(1)
}

#[circuit_breaker(
    name = "panics",
    threshold = 2,
    cooldown = "1s",
    fallback = Ok(0),
    fallback_on = "failure"
)]
async fn fetch_or_fall_back(panics: bool) -> Reply {
    tokio::task::yield_now().await;
    assert!(!panics, "a bug in the body");
    Ok(1)
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().unwrap_or_default()
}

#[test]
fn panic_counts_as_a_failure_and_unwinds_on() {
    let scope = Scope::enter();
    let panic = catch_unwind(|| fetch(true)).unwrap_err();
    assert_eq!(message(&*panic), "a bug in the body");
    let breaker = named(&scope, "panics");
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    assert!(catch_unwind(|| fetch(true)).is_err());
    assert_eq!(breaker.state(), State::Open);
    scope.advance(Duration::from_secs(1));
    assert!(catch_unwind(|| fetch(true)).is_err(), "a probe");
    assert_eq!(breaker.state(), State::Open, "reopened");
    scope.advance(Duration::from_secs(1));
    assert_eq!(fetch(false), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test]
async fn panic_in_a_poll_counts_as_a_failure() {
    let scope = Scope::enter();
    let caught = AssertUnwindSafe(fetch_async(true)).catch_unwind().await;
    assert_eq!(message(&*caught.unwrap_err()), "a bug in the body");
    let breaker = named(&scope, "panics");
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    let caught = AssertUnwindSafe(fetch_or_fall_back(true)).catch_unwind();
    assert!(caught.await.is_err(), "no fallback for it");
    assert_eq!(breaker.state(), State::Open);
}

#[tokio::test]
async fn panic_in_a_spawned_task_counts_though_its_future_is_dropped_later() {
    let scope = Scope::enter();
    for _ in 0..2 {
        let task = tokio::spawn(fetch_async(true));
        assert!(task.await.unwrap_err().is_panic());
    }
    let breaker = named(&scope, "panics");
    assert_eq!(breaker.state(), State::Open);
    scope.advance(Duration::from_secs(1));
    let task = tokio::spawn(fetch_or_fall_back(true));
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(breaker.state(), State::Open, "a probe, which reopened");
    assert_eq!(breaker.snapshot().episode, 3);
}

/// A permit counts a timed call, and does so at the call's end.
#[test]
fn future_dropped_long_after_its_poll_panicked_is_one_failure() {
    let scope = Scope::enter();
    let plain = breakerbox::Config::builder();
    let timed = plain.slow_call(Duration::from_secs(1));
    for (name, config, at_once) in [("plain", plain, 1), ("timed", timed, 0)] {
        let config = config.build().unwrap();
        let breaker = scope.registry().get_or_insert(name, config).unwrap();
        let body = std::future::poll_fn(|_| -> std::task::Poll<Reply> { panic!("in the poll") });
        let mut call = Box::pin(breaker.call_async(body));
        assert!(catch_unwind(AssertUnwindSafe(|| now(&mut call))).is_err());
        let before = breaker.snapshot().consecutive_failures;
        assert_eq!(before, at_once, "{name}: not dropped yet");
        drop(call);
        assert_eq!(breaker.snapshot().consecutive_failures, 1, "{name}");
    }
}

/// [MAC-157]
#[test]
fn future_dropped_by_an_unrelated_panic_is_cancelled() {
    let scope = Scope::enter();
    let mut context = Context::from_waker(Waker::noop());
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut call = Box::pin(fetch_async(false));
        assert!(call.as_mut().poll(&mut context).is_pending());
        panic!("elsewhere");
    }));
    assert!(result.is_err());
    let breaker = named(&scope, "panics");
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

/// The conversion of an output into a verdict is the user's code too.
#[test]
fn verdict_that_panics_in_the_making_is_a_failure_and_frees_the_slot() {
    struct Unsure;
    impl From<Unsure> for Verdict {
        fn from(_: Unsure) -> Self {
            panic!("no verdict")
        }
    }
    let scope = Scope::enter();
    let config = breakerbox::Config::builder().threshold(1).build().unwrap();
    let breaker = scope.registry().get_or_insert("unsure", config).unwrap();
    for by_hand in [true, false] {
        breaker.half_open();
        let probe = breaker.try_acquire().unwrap();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if by_hand { probe.record(Unsure) } else { probe.run(|| (), |()| Unsure) }
        }));
        assert!(ended.is_err());
        assert_eq!(breaker.state(), State::Open, "by hand: {by_hand}");
        breaker.half_open();
        let _probe = breaker.try_acquire().unwrap();
        assert!(breaker.try_acquire().is_err(), "this thread is inside of no probe");
    }
}

/// [H6]
#[test]
fn classifier_that_panics_counts_as_a_failure_and_frees_the_slot() {
    #[circuit_breaker(
        name = "classifier",
        threshold = 1,
        cooldown = "1s",
        failure(Ok(n) if check(*n), Err(_))
    )]
    fn judged(n: u32) -> Reply {
        Ok(n)
    }
    fn check(n: u32) -> bool {
        assert!(n != 13, "a bug in the classifier");
        false
    }
    let scope = Scope::enter();
    assert_eq!(judged(1), Ok(1));
    assert!(catch_unwind(|| judged(13)).is_err());
    let breaker = named(&scope, "classifier");
    assert_eq!(breaker.state(), State::Open);
    scope.advance(Duration::from_secs(1));
    assert!(catch_unwind(|| judged(13)).is_err(), "in a probe");
    assert_eq!(breaker.snapshot().episode, 3, "which reopened");
    scope.advance(Duration::from_secs(1));
    assert_eq!(judged(1), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn panic_caught_inside_the_body_is_the_bodys_own_affair() {
    #[circuit_breaker(name = "inside", threshold = 1)]
    fn careful() -> Reply {
        Ok(catch_unwind(|| panic!("caught")).unwrap_or(7))
    }
    let scope = Scope::enter();
    assert_eq!(careful(), Ok(7));
    assert_eq!(named(&scope, "inside").state(), State::Closed);
}

#[test]
fn call_made_while_the_thread_unwinds_is_judged_by_its_own_outcome() {
    #[circuit_breaker(name = "panics", failure(Err(Fault::Down)))]
    async fn fetch_ready() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    struct CallsWhenDropped;
    impl Drop for CallsWhenDropped {
        fn drop(&mut self) {
            assert_eq!(fetch(false), Ok(1));
            assert_eq!(now(fetch_ready()), Ok(1));
        }
    }
    let scope = Scope::enter();
    assert!(catch_unwind(|| fetch(true)).is_err());
    let unwinding = catch_unwind(|| {
        let _calls = CallsWhenDropped;
        panic!("elsewhere");
    });
    assert!(unwinding.is_err());
    let breaker = named(&scope, "panics");
    assert_eq!(breaker.snapshot().consecutive_failures, 0, "successes");
}
