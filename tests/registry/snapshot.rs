//! Reading a breaker changes nothing, and shows its state and counters.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Registry, State};

use crate::{global, parse};

const SECOND: Duration = Duration::from_secs(1);

fn reads_the_same_twice(breaker: &Breaker, state: State) {
    let first = breaker.snapshot();
    let _ = breaker.is_call_permitted();
    assert_eq!(breaker.snapshot(), first);
    assert_eq!((breaker.state(), first.state), (state, state));
}

/// [E6]
#[test]
fn snapshot_read_twice_is_equal_in_every_state() {
    let scope = Scope::enter();
    assert!(parse("x").is_err());
    let breaker = global("parse");
    reads_the_same_twice(&breaker, State::Open);
    scope.advance(SECOND * 2);
    reads_the_same_twice(&breaker, State::Open);
    let probe = breaker.try_acquire().unwrap();
    reads_the_same_twice(&breaker, State::HalfOpen);
    scope.advance(SECOND * 2);
    reads_the_same_twice(&breaker, State::HalfOpen);
    probe.success();
    reads_the_same_twice(&breaker, State::Closed);
    breaker.force_open();
    reads_the_same_twice(&breaker, State::Isolated);
    breaker.disable();
    reads_the_same_twice(&breaker, State::Disabled);
}

#[test]
fn snapshot_tells_the_counters_of_each_state() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(2).probes(3).success_threshold(3);
    let config = config.cooldown(SECOND).build().unwrap();
    let breaker = Registry::global().get_or_insert("told", config).unwrap();
    breaker.try_acquire().unwrap().failure();
    scope.advance(SECOND);
    let closed = breaker.snapshot();
    assert_eq!((closed.episode, closed.consecutive_failures), (0, 1));
    assert_eq!((closed.time_in_state, closed.remaining_cooldown), (SECOND, None));

    breaker.try_acquire().unwrap().failure();
    scope.advance(SECOND / 4);
    assert!(breaker.try_acquire().is_err());
    let open = breaker.snapshot();
    assert_eq!((open.episode, open.consecutive_failures), (1, 0));
    assert_eq!(open.time_in_state, SECOND / 4);
    assert_eq!(open.remaining_cooldown, Some(SECOND * 3 / 4));
    assert_eq!(open.rejections, 1);

    scope.advance(SECOND * 2);
    assert_eq!(breaker.snapshot().remaining_cooldown, Some(Duration::ZERO));
    let _probe = breaker.try_acquire().unwrap();
    breaker.try_acquire().unwrap().success();
    let half_open = breaker.snapshot();
    assert_eq!((half_open.episode, half_open.time_in_state), (2, Duration::ZERO));
    assert_eq!((half_open.probes_in_flight, half_open.probe_successes), (1, 1));
    assert_eq!(half_open.remaining_cooldown, None);
}

/// Without a threshold they decide nothing, and are shown all the same.
#[test]
fn failures_in_a_row_are_read_off_a_window_of_calls() {
    let _scope = Scope::enter();
    let rate = Config::builder().failure_rate(0.9).window_calls(20);
    let breaker = Registry::global().get_or_insert("read-off", rate.build().unwrap()).unwrap();
    let row = || breaker.snapshot().consecutive_failures;
    let fail = || breaker.try_acquire().unwrap().failure();
    (0..3).for_each(|_| fail());
    assert_eq!(row(), 3);
    breaker.try_acquire().unwrap().success();
    assert_eq!(row(), 0);
    (0..2).for_each(|_| fail());
    breaker.try_acquire().unwrap().ignore();
    fail();
    assert_eq!(row(), 3, "what is ignored ends no row");
}

#[test]
fn reset_clears_what_decides_and_keeps_what_is_told() {
    let _scope = Scope::enter();
    assert!(parse("x").is_err());
    assert!(parse("1").is_err());
    let breaker = global("parse");
    breaker.reset();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 0));
    assert_eq!((snapshot.rejections, snapshot.episode), (1, 2));
}

#[test]
fn new_tuning_keeps_state_and_counters() {
    let scope = Scope::enter();
    let tune = |failures, cooldown| {
        let config = Config::builder().threshold(failures).cooldown(cooldown);
        config.build().unwrap()
    };
    let breaker = Registry::global().get_or_insert("tuned", tune(3, SECOND));
    let breaker = breaker.unwrap();
    breaker.try_acquire().unwrap().failure();
    breaker.reconfigure(tune(2, SECOND * 2));
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    breaker.try_acquire().unwrap().failure();
    assert_eq!(breaker.state(), State::Open);
    breaker.reconfigure(tune(2, SECOND));
    scope.advance(SECOND);
    assert!(!breaker.is_call_permitted(), "it runs its old length");
    scope.advance(SECOND);
    assert!(breaker.is_call_permitted());
}
