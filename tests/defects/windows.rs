//! Windows of calls and of time: what slides out of them, and when they are judged.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, State};
use support::{COOLDOWN, MS, breaker, fail, recover, succeed, trip};

/// A breaker that judges a window only.
fn windowed(tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Breaker {
    let config = tune(Config::builder().cooldown(COOLDOWN)).build().unwrap();
    Breaker::new("window", config)
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

/// [R13] A service that is down for three days, under a cooldown of a second: half of the twenty
/// bits of an episode's number go by without a recorded call.
#[test]
fn window_counts_again_after_half_a_million_episodes_without_a_record() {
    let scope = Scope::enter();
    let config = Config::builder().failure_count(2).window_calls(10).cooldown(MS);
    let breaker = scope.registry().get_or_insert("long", config.build().unwrap()).unwrap();
    fail(&breaker);
    trip(&breaker);
    for _ in 0..=1 << 18 {
        scope.advance(MS);
        trip(&breaker);
    }
    scope.advance(MS);
    recover(&breaker);
    fail(&breaker);
    assert_eq!(breaker.snapshot().failures, Some(1));
    trip(&breaker);
}
