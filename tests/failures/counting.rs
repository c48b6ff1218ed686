//! What counts, and as what.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, State, circuit_breaker};
use futures_util::FutureExt;

use crate::{COOLDOWN, DOWN, Fault, MS, Reply, breaker, cooled_down, fail, named, succeed, trip};

/// A breaker that judges a window only.
fn windowed(tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Breaker {
    let config = tune(Config::builder().cooldown(COOLDOWN)).build().unwrap();
    Breaker::new("window", config)
}

/// [C1]
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

/// [C3b]
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

/// [C4]
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
}

/// [C5]
#[test]
fn window_of_ten_calls_has_forgotten_a_thousand_successes() {
    let breaker = windowed(|c| c.failure_rate(0.5).window_calls(10).min_calls(10));
    (0..1_000).for_each(|_| succeed(&breaker));
    (0..4).for_each(|_| fail(&breaker));
    assert_eq!(breaker.state(), State::Closed);
    trip(&breaker);
}

/// [C6]
#[test]
fn window_is_judged_with_the_call_that_fills_it() {
    let breaker = windowed(|c| c.failure_rate(1.0).window_calls(3).min_calls(3));
    fail(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    trip(&breaker);
}

/// [C7]
#[test]
fn counts_of_records_that_expire_end_at_zero() {
    let scope = Scope::enter();
    let tune = |config: ConfigBuilder| {
        config.threshold(1_000).window_time(MS * 100).slow_call(MS).slow_rate(1.0).min_calls(1_000)
    };
    let breaker = breaker(&scope, tune);
    for n in 0..500_u32 {
        let permit = breaker.try_acquire().unwrap();
        scope.advance(MS * (n % 3));
        if n % 2 == 0 {
            permit.failure();
        } else {
            permit.success();
        }
        let now = breaker.snapshot();
        assert!(now.failures <= now.calls && now.slow_calls <= now.calls, "{now:?}");
        assert!(now.calls <= Some(110), "a hundred milliseconds of them");
    }
    for _ in 0..3 {
        scope.advance(MS * 100);
        let now = breaker.snapshot();
        assert_eq!((now.calls, now.failures, now.slow_calls), (Some(0), Some(0), Some(0)));
    }
}

/// [C8]
#[test]
fn window_of_one_call_works_and_of_none_is_refused_and_gaps_empty_it() {
    let scope = Scope::enter();
    let single = windowed(|config| config.failure_rate(1.0).window_calls(1));
    succeed(&single);
    trip(&single);
    let none = Config::builder().failure_rate(1.0);
    assert_eq!(none.window_calls(0).build().unwrap_err().key(), "window");
    assert_eq!(none.window_time(Duration::ZERO).build().unwrap_err().key(), "window");
    assert_eq!(none.min_calls(0).build().unwrap_err().key(), "min_calls");

    let breaker = breaker(&scope, |config| config.threshold(9).window_time(MS * 10));
    for gap in [10, 11, 19, 20, 1_000, 86_400_000] {
        fail(&breaker);
        scope.advance(MS * gap);
        assert_eq!(breaker.snapshot().calls, Some(0), "{gap} ms later");
    }
}

/// [C9]
#[tokio::test]
async fn cancelled_call_is_no_failure() {
    #[circuit_breaker(name = "stopped", threshold = 1)]
    async fn stream() -> Reply {
        std::future::pending().await
    }
    let scope = Scope::enter();
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = stream() => unreachable!("it never ends"),
            () = std::future::ready(()) => {}
        }
    }
    let snapshot = named(&scope, "stopped").snapshot();
    assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 0));
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

/// [C12] Documented so; a window of time is for those who want otherwise.
#[test]
fn failures_days_apart_are_in_a_row_and_not_in_a_window_of_time() {
    let scope = Scope::enter();
    let day = Duration::from_secs(86_400);
    let in_a_row = breaker(&scope, |config| config.threshold(2));
    let config = Config::builder().failure_count(2).window_time(day / 2).build().unwrap();
    let within = scope.registry().get_or_insert("within", config).unwrap();
    fail(&in_a_row);
    fail(&within);
    scope.advance(day);
    trip(&in_a_row);
    fail(&within);
    assert_eq!(within.state(), State::Closed);
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
    let call = |reply| listed(reply).now_or_never().unwrap();
    assert!(matches!(call(Err(Fault::BadRequest)), Err(Wrapped(Fault::BadRequest))));
    assert_eq!(named(&scope, "lists").state(), State::Closed);
    assert!(call(DOWN).is_err());
    assert_eq!(named(&scope, "lists").state(), State::Open);
    scope.advance(COOLDOWN);
    assert!(call(Err(Fault::BadRequest)).is_err());
    assert_eq!(named(&scope, "lists").state(), State::Closed, "it closes, too");
    let ignored = cooled_down(&scope, |config| config);
    ignored.try_acquire().unwrap().ignore();
    assert_eq!(ignored.state(), State::HalfOpen, "what is ignored does not");
}
