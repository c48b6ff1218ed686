//! Tests of the rules, of their messages, and of configs laid over others.

use core::time::Duration;

use super::*;

/// A parameter that breaks its rule, with the key and the words that the error must contain.
type Spoiled = (fn(ConfigBuilder) -> ConfigBuilder, &'static str, &'static str);

const MS: Duration = Duration::from_millis(1);

/// [H5, C8]
#[test]
fn broken_rule_names_key_range_and_value() {
    let broken: [Spoiled; 35] = [
        (|b| b.threshold(0), "threshold", "must be between 1 and 65535, found `0`"),
        (|b| b.threshold(65_536), "threshold", "must be between 1 and 65535, found `65536`"),
        (|b| b.threshold(u64::MAX), "threshold", "found `18446744073709551615`"),
        (|b| b.failure_rate(0.0), "failure_rate", "must be above 0 and at most 1, found `0`"),
        (|b| b.failure_rate(1.01), "failure_rate", "found `1.01`"),
        (|b| b.failure_rate(-1.0), "failure_rate", "found `-1`"),
        (|b| b.failure_rate(f64::NAN), "failure_rate", "found `NaN`"),
        (|b| b.failure_count(0), "failure_count", "must be between 1 and 1000000, found `0`"),
        (|b| b.failure_count(11).window_calls(10), "failure_count", "not exceed the calls"),
        (|b| b.window_calls(0), "window", "must be between 1 and 1000000 calls, found `0`"),
        (|b| b.window_calls(1_000_001), "window", "found `1000001`"),
        (|b| b.window_time(9 * MS), "window", "must be between 10ms and 24h long, found `9ms`"),
        (|b| b.window_time(Duration::MAX), "window", "must be between 10ms and 24h long"),
        (|b| b.window_buckets(10 * MS, 0), "window", "between 1 and 60 buckets, found `0`"),
        (|b| b.window_buckets(10 * MS, 61), "window", "found `61`"),
        (|b| b.min_calls(0), "min_calls", "must be between 1 and 1000000, found `0`"),
        (|b| b.min_calls(6).window_calls(5), "min_calls", "must not exceed the calls of `window`"),
        (|b| b.slow_call(Duration::ZERO), "slow_call", "must be more than zero"),
        (|b| b.slow_rate(0.5), "slow_rate", "needs `slow_call` to be set, found `0.5`"),
        (|b| b.slow_call(MS).slow_rate(1.5), "slow_rate", "must be above 0 and at most 1"),
        (|b| b.cooldown(Duration::ZERO), "cooldown", "must be more than zero, found `0ns`"),
        (|b| b.backoff(0.9), "backoff", "must be a number from 1 on, found `0.9`"),
        (|b| b.backoff(f64::INFINITY), "backoff", "found `inf`"),
        (|b| b.cooldown_max(MS), "cooldown_max", "must not be less than `cooldown`, found `1ms`"),
        (|b| b.jitter(-0.1), "jitter", "must be between 0 and 1, found `-0.1`"),
        (|b| b.jitter(1.1), "jitter", "found `1.1`"),
        (|b| b.probes(0), "probes", "must be between 1 and 255, found `0`"),
        (|b| b.probes(256), "probes", "must be between 1 and 255, found `256`"),
        (|b| b.success_threshold(0), "success_threshold", "between 1 and 255, found `0`"),
        (|b| b.success_threshold(999), "success_threshold", "found `999`"),
        (|b| b.backoff_reset(MS), "backoff_reset", "needs `backoff` and `cooldown_max`"),
        (|b| b.backoff_reset(MS).backoff(2.0), "backoff_reset", "to be set, found `1ms`"),
        (|b| b.backoff_reset(MS).cooldown_max(Duration::MAX), "backoff_reset", "needs `backoff`"),
        (
            |b| b.backoff_reset(Duration::ZERO).backoff(2.0).cooldown_max(Duration::MAX),
            "backoff_reset",
            "must be more than zero",
        ),
        (|b| b.probe_timeout(Duration::ZERO), "probe_timeout", "must be more than zero"),
    ];
    for (spoil, key, words) in broken {
        let error = spoil(Config::builder()).build().unwrap_err();
        assert_eq!(error.key(), key);
        let said = error.to_string();
        assert!(said.starts_with(&format!("`{key}` ")) && said.contains(words), "{said}");
    }
}

#[test]
fn defaults_are_those_documented() {
    let config = Config::new();
    assert_eq!((config.threshold(), config.cooldown()), (Some(5), Duration::from_secs(30)));
    assert_eq!((config.probes(), config.success_threshold()), (1, 1));
    assert_eq!(config.probe_timeout(), Duration::from_secs(30));
    assert_eq!((config.window(), config.backoff(), config.jitter()), (None, 1.0, 0.0));
    let rated = Config::builder().failure_rate(1.0).build().unwrap();
    assert_eq!((rated.threshold(), rated.window()), (None, Some(Window::Calls(100))));
    assert_eq!(rated.min_calls(), 10);
    let small = Config::builder().failure_rate(0.5).window_calls(4).build().unwrap();
    assert_eq!(small.min_calls(), 4);
}

#[test]
fn tuning_spelled_out_equals_the_same_by_default() {
    let spelled = Config::builder().threshold(5).cooldown(Duration::from_secs(30)).probes(1);
    assert_eq!(spelled.build(), Ok(Config::new()));
}

#[test]
fn what_is_laid_over_wins_and_the_rest_stays() {
    let base = Config::builder().threshold(3).probes(2).build().unwrap();
    let over = Config::builder().threshold(7).jitter(0.5);
    let both = over.or(base.to_builder()).build().unwrap();
    assert_eq!((both.threshold(), both.probes(), both.jitter()), (Some(7), 2, 0.5));
    let rate = Config::builder().failure_rate(0.5);
    let default = rate.or(Config::new().to_builder()).build().unwrap();
    assert_eq!(default.threshold(), None, "the default threshold was nobody's wish");
}
