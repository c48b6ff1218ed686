//! Calls that hang while their breaker is tuned anew, and what they return later.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, Outcome, Permit, State, Verdict};

use super::{FOUND, MS, SLOW, begin, breaker_of, totals, windows};

fn retune(breaker: &Breaker, config: ConfigBuilder) {
    breaker.reconfigure(config.cooldown(Duration::from_secs(10)).build().unwrap());
}

#[test]
fn failure_of_a_hanging_call_is_not_added_to_another_window() {
    let minute = Duration::from_secs(60);
    let tune = || Config::builder().slow_rate(1.0).min_calls(5).slow_call(SLOW);
    for (before, after) in [
        (tune().window_calls(100), tune().window_calls(10)),
        (tune().window_time(minute), tune().window_calls(10)),
        (tune().window_time(minute), tune().window_time(minute / 2)),
        (tune().window_calls(100), tune().window_time(minute)),
    ] {
        let scope = Scope::enter();
        let breaker = breaker_of(&scope, before);
        for _ in 0..60 {
            begin(&breaker).success();
        }
        let hanging = [(); 3].map(|()| begin(&breaker));
        scope.advance(FOUND);
        begin(&breaker).success();
        retune(&breaker, after);
        begin(&breaker).success();
        for permit in hanging {
            assert_eq!(permit.run(|| 7, |_| Outcome::Failure), 7);
        }
        assert_eq!(totals(&breaker), [1, 0, 0]);
    }
}

#[test]
fn change_of_slow_call_loses_no_outcome_and_counts_none_twice() {
    for bounds in [[SLOW, 5 * SLOW], [5 * SLOW, SLOW], [SLOW, SLOW / 2]] {
        let scope = Scope::enter();
        let tune = |slow| Config::builder().failure_rate(1.0).window_calls(100).slow_call(slow);
        let breaker = breaker_of(&scope, Config::builder().failure_rate(1.0).window_calls(100));
        retune(&breaker, tune(bounds[0]));
        let mut out = Vec::new();
        let mut begun = 0;
        for round in 0..30 {
            out.extend([(); 2].map(|()| begin(&breaker)));
            begun += 2;
            scope.advance(SLOW / 4);
            retune(&breaker, tune(bounds[round % 2]));
            if round % 3 == 0 {
                out.remove(0).success();
            }
        }
        out.into_iter().rev().for_each(Permit::success);
        assert_eq!(totals(&breaker)[0], begun, "{bounds:?}");
    }
}

#[test]
fn call_that_is_out_when_slow_call_changes_is_found_by_the_new_one() {
    for (before, after) in [(SLOW, 2 * SLOW), (2 * SLOW, SLOW)] {
        let scope = Scope::enter();
        let tune = |slow| Config::builder().threshold(5).slow_call(slow);
        let breaker = breaker_of(&scope, Config::builder().threshold(5));
        retune(&breaker, tune(before));
        let hanging = begin(&breaker);
        scope.advance(MS);
        retune(&breaker, tune(after));
        begin(&breaker).success();
        scope.advance(after - 2 * MS);
        begin(&breaker).ignore();
        assert_eq!(breaker.snapshot().consecutive_failures, 0, "not slow yet");
        scope.advance(SLOW);
        begin(&breaker).ignore();
        assert_eq!(breaker.snapshot().consecutive_failures, 1, "{before:?} to {after:?}");
        hanging.failure();
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    }
}

#[test]
fn failure_that_has_left_the_window_does_not_count_for_a_threshold() {
    for window in windows() {
        let scope = Scope::enter();
        let breaker = breaker_of(&scope, window.slow_rate(1.0).threshold(1).min_calls(10));
        let hanging = begin(&breaker);
        scope.advance(FOUND);
        begin(&breaker).success();
        scope.advance(Duration::from_secs(70));
        (0..10).for_each(|_| begin(&breaker).success());
        hanging.failure();
        assert_eq!(breaker.state(), State::Closed);
    }
}

#[test]
fn failure_that_is_added_opens_for_as_long_as_it_asks() {
    for window in windows() {
        let scope = Scope::enter();
        let config = window.slow_rate(1.0).failure_rate(0.2).min_calls(5);
        let breaker = breaker_of(&scope, config);
        let hanging = begin(&breaker);
        (0..4).for_each(|_| begin(&breaker).success());
        scope.advance(FOUND);
        begin(&breaker).ignore();
        let wait = Duration::from_secs(90);
        hanging.record(Verdict::from(Outcome::Failure).retry_after(wait));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.cooldown), (State::Open, Some(wait)));
    }
}

#[test]
fn failure_that_trips_at_once_does_so_though_its_call_has_hung() {
    for window in windows() {
        let scope = Scope::enter();
        let breaker = breaker_of(&scope, window.slow_rate(1.0).min_calls(5));
        let hanging = begin(&breaker);
        scope.advance(FOUND);
        begin(&breaker).ignore();
        hanging.record(Verdict::from(Outcome::Failure).trip());
        assert_eq!(breaker.state(), State::Open);
    }
}

#[test]
fn failures_of_very_many_hanging_calls_are_all_added() {
    let scope = Scope::enter();
    let config = Config::builder().slow_rate(1.0).min_calls(10_000).window_calls(10_000);
    let breaker = breaker_of(&scope, config);
    let hanging: Vec<_> = (0..5_000).map(|_| begin(&breaker)).collect();
    scope.advance(FOUND);
    begin(&breaker).ignore();
    assert_eq!(totals(&breaker), [5_000, 0, 5_000]);
    hanging.into_iter().for_each(Permit::failure);
    assert_eq!(totals(&breaker), [5_000, 5_000, 5_000]);
}
