//! A link that counts failures.

use breaker_core::link::{Opening, Tally, Told};
use breakerbox::{Config, FailureKind, Outcome, Reason, State, Verdict, circuit_breaker};
use support::COOLDOWN;

use crate::{DOWN, Reply, SECOND, Stage, UP, call, opening, rejected};

#[circuit_breaker(
    name = "svc",
    threshold = 3,
    cooldown = "10s",
    failure_rate = 0.9,
    window = "10s"
)]
fn in_window(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "svc", threshold = 3, cooldown = "10s", failure_count = 50, window = 60)]
fn in_calls(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(
    name = "svc",
    threshold = 3,
    cooldown = "10s",
    slow_call = "5s",
    count_calls = true
)]
fn timed(reply: Reply) -> Reply {
    reply
}

fn counting() -> Stage {
    let stage = Stage::enter();
    stage.link.counts();
    stage
}

#[test]
fn failures_elsewhere_count_with_ours_whatever_the_way_of_the_call() {
    for call in [call as fn(Reply) -> Reply, in_window, in_calls, timed] {
        let stage = counting();
        call(UP).unwrap();
        stage.link.forget();
        stage.link.tallies([
            Tally::Row(1),
            Tally::Row(2),
            Tally::Open(Opening { own: true, ..opening(10) }),
        ]);
        for wanted in [1, 2] {
            call(DOWN).unwrap_err();
            assert_eq!(stage.breaker().snapshot().consecutive_failures, wanted);
        }
        call(DOWN).unwrap_err();
        assert_eq!((stage.state(), stage.left()), (State::Open, COOLDOWN));
        assert_eq!(stage.last_reason(), Reason::ConsecutiveFailures);
        assert_eq!(rejected(call(UP)), COOLDOWN);
        let asked = |row| format!("svc failed {row} of 3, 10s of 10s, opening 1");
        let wanted = [
            asked(1),
            asked(2),
            asked(3),
            "svc closed to open: consecutive failures, known".to_owned(),
        ];
        assert_eq!(stage.link.noted(), wanted);
        assert_eq!(stage.breaker().totals().failures(FailureKind::Error), 3);
    }
}

#[test]
fn failure_that_others_have_made_the_last_opens_at_once() {
    let stage = counting();
    stage.start();
    stage.link.tallies([Tally::Open(Opening { own: true, ..opening(10) })]);
    call(DOWN).unwrap_err();
    assert_eq!((stage.state(), stage.last_reason()), (State::Open, Reason::ConsecutiveFailures));
}

#[test]
fn failure_that_finds_the_record_open_opens_for_the_rest_of_it() {
    let stage = counting();
    stage.start();
    stage.link.tallies([Tally::Open(opening(4))]);
    call(DOWN).unwrap_err();
    assert_eq!((stage.state(), stage.last_reason()), (State::Open, Reason::Peer));
    assert_eq!(stage.left(), 4 * SECOND);
    assert_eq!(stage.link.noted(), ["svc failed 1 of 3, 10s of 10s, opening 1"]);
    stage.breaker().told(Told::Closed);
    assert_eq!(stage.state(), State::Closed);
}

#[test]
fn count_follows_the_record_and_totals_follow_the_calls() {
    let stage = counting();
    stage.start();
    stage.link.tallies([Tally::Row(2), Tally::Row(1), Tally::Row(7)]);
    for wanted in [2, 1, 2] {
        call(DOWN).unwrap_err();
        assert_eq!(stage.breaker().snapshot().consecutive_failures, wanted);
    }
    call(UP).unwrap();
    let breaker = stage.breaker();
    assert_eq!(breaker.totals().failures(FailureKind::Error), 3);
    assert_eq!((breaker.snapshot().consecutive_failures, stage.state()), (0, State::Closed));
}

#[test]
fn success_is_told_if_it_breaks_a_row_and_otherwise_not() {
    for call in [call as fn(Reply) -> Reply, in_window, in_calls, timed] {
        let stage = counting();
        call(UP).unwrap();
        stage.link.forget();
        call(UP).unwrap();
        assert_eq!(stage.link.noted(), [""; 0]);
        stage.link.tallies([Tally::Row(1)]);
        call(DOWN).unwrap_err();
        stage.link.forget();
        for _ in 0..2 {
            call(UP).unwrap();
        }
        assert_eq!(stage.link.noted(), ["svc recovered"]);
        stage.breaker().told(Told::Failures(2));
        call(UP).unwrap();
        assert_eq!(stage.link.noted(), ["svc recovered"]);
    }
}

#[test]
fn failure_is_counted_alone_if_the_link_says_so() {
    let stage = counting();
    stage.ripen();
    assert_eq!((stage.state(), stage.last_reason()), (State::Open, Reason::ConsecutiveFailures));
}

#[test]
fn link_that_does_not_count_hears_of_no_failure() {
    let stage = Stage::enter();
    stage.start();
    call(DOWN).unwrap_err();
    call(UP).unwrap();
    assert_eq!(stage.link.noted(), [""; 0]);
}

#[test]
fn threshold_that_comes_and_goes_with_the_config_is_heeded() {
    let stage = counting();
    stage.start();
    let breaker = stage.breaker();
    let rates = Config::builder().failure_rate(0.5).build().unwrap();
    breaker.reconfigure(rates);
    call(DOWN).unwrap_err();
    assert_eq!(stage.link.noted(), [""; 0]);
    breaker.reconfigure(Config::builder().threshold(2).cooldown(SECOND).build().unwrap());
    call(DOWN).unwrap_err();
    assert_eq!(stage.link.noted()[0], "svc failed 2 of 2, 1s of 1s, opening 1");
}

#[test]
fn hint_of_the_last_failure_is_how_long_it_would_open() {
    let stage = counting();
    stage.start();
    let hinted = Verdict::from(Outcome::Failure).retry_after(60 * SECOND);
    stage.breaker().try_acquire().unwrap().record(hinted);
    assert_eq!(stage.link.noted(), ["svc failed 1 of 3, 60s of 10s, opening 1"]);
    // The record keeps a day at most, and the breaker what it was asked for.
    stage.link.tallies([Tally::Open(Opening { own: true, ..opening(5) })]);
    stage.breaker().try_acquire().unwrap().record(hinted);
    assert_eq!(stage.left(), 60 * SECOND);
}

#[test]
fn failure_that_trips_at_once_is_no_failure_more_but_a_trip() {
    let stage = counting();
    stage.start();
    let trip = Verdict::from(Outcome::Failure).trip();
    stage.breaker().try_acquire().unwrap().record(trip);
    let wanted = ["svc closed to open: a failure that trips at once"];
    assert_eq!(stage.link.noted(), wanted);
}
