//! The count of failures in a row: which calls it counts, and when it begins anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, State, circuit_breaker};
use support::{
    COOLDOWN, DOWN, Fault, Reply, breaker, cooled_down, fail, named, now, recover, succeed, trip,
};

/// [C1] Polly, Vert.x, arcly-http.
#[test]
fn success_starts_the_count_of_failures_in_a_row_anew() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    for _ in 0..1_000 {
        fail(&breaker);
        fail(&breaker);
        succeed(&breaker);
    }
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    assert_eq!(breaker.state(), State::Closed);
}

/// [C2]
#[test]
fn failure_in_half_open_reopens_whatever_the_threshold() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    fail(&breaker);
    fail(&breaker);
    trip(&breaker);
    scope.advance(COOLDOWN);
    trip(&breaker);
    assert!(breaker.try_acquire().is_err());
}

/// [C3] Disyuntor.
#[test]
fn breaker_that_recovered_takes_its_whole_threshold_again() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(3));
    for _ in 0..3 {
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed);
        trip(&breaker);
        scope.advance(COOLDOWN);
        recover(&breaker);
    }
}

/// [C3b] opencodex.
#[test]
fn breaker_closed_by_hand_takes_its_whole_threshold_again() {
    let close: [fn(&Breaker); 4] = [
        Breaker::reset,
        |breaker| {
            breaker.open();
            breaker.close();
        },
        |breaker| drop(breaker.isolate()),
        |breaker| {
            breaker.disable();
            breaker.reset();
        },
    ];
    for close in close {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config.threshold(3));
        fail(&breaker);
        fail(&breaker);
        close(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed);
        trip(&breaker);
    }
}

/// [C4] Opossum.
#[test]
fn rejected_call_counts_as_no_failure() {
    let scope = Scope::enter();
    let tune = |config: ConfigBuilder| config.threshold(2).window_calls(100);
    let breaker = breaker(&scope, tune);
    fail(&breaker);
    trip(&breaker);
    for _ in 0..100 {
        assert!(breaker.try_acquire().is_err());
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.rejections, snapshot.episode), (100, 1));
    assert_eq!((snapshot.calls, snapshot.failures), (Some(2), Some(2)));
    scope.advance(COOLDOWN);
    recover(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

/// Polly, Opossum.
#[test]
fn ignored_or_cancelled_call_does_not_start_the_count_anew() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(2));
    fail(&breaker);
    breaker.try_acquire().unwrap().ignore();
    drop(breaker.try_acquire().unwrap());
    trip(&breaker);
}

/// [C13] Cockatiel, pybreaker.
#[test]
fn ignored_or_cancelled_probe_does_not_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    for _ in 0..3 {
        breaker.try_acquire().unwrap().ignore();
        drop(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
        assert_eq!(breaker.snapshot().probe_successes, 0);
    }
    recover(&breaker);
}

/// gobreaker.
#[test]
fn slow_failures_trip_however_long_they_take() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.threshold(20));
    for _ in 0..20 {
        let permit = breaker.try_acquire().unwrap();
        scope.advance(COOLDOWN * 360);
        permit.failure();
    }
    assert_eq!(breaker.state(), State::Open);
}

/// [C10]
#[tokio::test(start_paused = true)]
async fn calls_all_abandoned_trip_where_the_timeout_is_inside_or_on_cancel_says_so() {
    #[circuit_breaker(name = "inside", threshold = 3)]
    async fn inside() -> Reply {
        let answer = std::future::pending::<Reply>();
        tokio::time::timeout(Duration::from_secs(1), answer).await.unwrap_or(DOWN)
    }
    #[circuit_breaker(name = "bounded", threshold = 3, timeout = "1s")]
    async fn bounded() -> Reply {
        std::future::pending().await
    }
    #[circuit_breaker(name = "abandoned", threshold = 3, on_cancel = "failure")]
    async fn abandoned() -> Reply {
        std::future::pending().await
    }
    let scope = Scope::enter();
    for _ in 0..3 {
        assert_eq!(inside().await, DOWN);
        assert!(!bounded().await.unwrap_err().is_rejection());
        assert!(tokio::time::timeout(Duration::from_secs(1), abandoned()).await.is_err());
    }
    for name in ["inside", "bounded", "abandoned"] {
        assert_eq!(named(&scope, name).state(), State::Open, "{name}");
    }
}

/// [C11] The attribute guards the making of a stream; its end is told by a permit.
#[test]
fn stream_that_breaks_off_counts_where_a_permit_goes_with_it() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let permit = breaker.try_acquire_owned().unwrap();
    let mut stream = [Ok(1), Ok(2), DOWN].into_iter();
    assert_eq!(breaker.state(), State::Closed, "it has begun, and that is all");
    match stream.by_ref().find(Reply::is_err) {
        Some(_) => permit.failure(),
        None => permit.success(),
    }
    assert_eq!(breaker.state(), State::Open);
}

#[derive(Debug)]
struct Wrapped(Fault);

#[circuit_breaker(
    name = "lists",
    threshold = 1,
    cooldown = "10s",
    failure = Err(Wrapped(Fault::Down)),
    error = |error| Wrapped(Fault::Rejected(error))
)]
async fn listed(reply: Reply) -> Result<u32, Wrapped> {
    std::future::ready(()).await;
    reply.map_err(Wrapped)
}

/// [C13]
#[test]
fn unlisted_error_is_a_success_and_a_listed_one_counts_though_wrapped() {
    let scope = Scope::enter();
    let call = |reply| now(listed(reply));
    assert!(matches!(call(Err(Fault::BadRequest)), Err(Wrapped(Fault::BadRequest))));
    assert_eq!(named(&scope, "lists").state(), State::Closed);
    assert!(call(DOWN).is_err());
    assert_eq!(named(&scope, "lists").state(), State::Open);
    scope.advance(COOLDOWN);
    assert!(call(Err(Fault::BadRequest)).is_err());
    assert_eq!(named(&scope, "lists").state(), State::Closed, "it closes, too");
}

/// [E6]
#[test]
fn observing_twice_begins_anew() {
    let breaker = Breaker::new("observed", Config::builder().threshold(1).build().unwrap());
    breaker.observe();
    fail(&breaker);
    breaker.reset();
    breaker.observe();
    for _ in 0..7 {
        breaker.try_acquire().unwrap().success();
    }
    assert_eq!(breaker.snapshot().observed_rejections, 0);
    let unwinds = || breaker.try_acquire().map(|_| panic!("in the body"));
    assert!(catch_unwind(AssertUnwindSafe(unwinds)).is_err());
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.snapshot().observed_rejections, 1);
}
