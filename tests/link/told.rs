//! What a link tells: the record is open, closed, has counted failures, or is suspect.

use std::time::Duration;

use breaker_core::link::{Opening, Probe, Told};
use breakerbox::{Breaker, Config, Reason, State};

use crate::{DOWN, SECOND, Stage, UP, call, opening, rejected, token};

#[test]
fn closed_breaker_that_is_told_open_rejects_for_that_long_and_reports_nothing() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    let under_way = breaker.try_acquire().unwrap();
    breaker.told(Told::Open(opening(4)));
    assert_eq!((stage.state(), stage.last_reason()), (State::Open, Reason::Peer));
    assert_eq!(rejected(call(UP)), 4 * SECOND);
    under_way.failure();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.late_outcomes, snapshot.episode), (1, 1));
    assert_eq!(stage.link.noted(), [""; 0]);
}

#[test]
fn first_call_waits_for_what_the_link_knows() {
    let stage = Stage::enter();
    stage.link.meets_with(Told::Open(opening(4)));
    assert_eq!(rejected(call(UP)), 4 * SECOND);
    assert_eq!(stage.link.noted(), ["svc met"]);
}

#[test]
fn first_call_in_a_record_that_is_due_asks_for_the_probe() {
    let stage = Stage::enter();
    stage.link.meets_with(Told::Open(opening(0)));
    stage.link.probes([Probe::Wait(3 * SECOND), Probe::Go(token(6))]);
    assert_eq!(rejected(call(UP)), 3 * SECOND);
    stage.scope.advance(3 * SECOND);
    call(UP).unwrap();
    let wanted = [
        "svc met",
        "svc due, for 10s",
        "svc due, for 10s",
        "svc open to half-open: cooldown over",
        "svc half-open to closed: probes succeeded, by 6",
    ];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn open_breaker_stays_open_for_the_longer_of_both_in_the_same_episode() {
    let stage = Stage::enter();
    stage.start();
    for (told, wanted) in [(4, 4), (2, 4), (9, 9)] {
        stage.breaker().told(Told::Open(opening(told)));
        assert_eq!((stage.left(), stage.breaker().snapshot().episode), (wanted * SECOND, 1));
    }
}

#[test]
fn time_that_a_control_has_set_stands() {
    let stage = Stage::enter();
    stage.start();
    stage.breaker().open_for(SECOND);
    stage.breaker().told(Told::Open(opening(9)));
    assert_eq!(stage.left(), SECOND);
    stage.breaker().told(Told::Closed);
    assert_eq!(stage.state(), State::Open);
    stage.scope.advance(SECOND);
    stage.breaker().told(Told::Closed);
    assert_eq!((stage.state(), stage.last_reason()), (State::Closed, Reason::Peer));
}

#[test]
fn state_that_was_set_by_hand_stands_whatever_is_told() {
    for control in [Breaker::force_open, Breaker::disable] {
        let stage = Stage::enter();
        stage.start();
        let breaker = stage.breaker();
        control(&breaker);
        let before = breaker.snapshot();
        for told in
            [Told::Open(opening(9)), Told::Closed, Told::Failures(2), Told::Suspect, Told::Nothing]
        {
            breaker.told(told);
            assert_eq!(breaker.snapshot(), before, "{told:?}");
        }
    }
}

#[test]
fn observing_breaker_counts_what_it_would_reject() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    breaker.observe();
    breaker.told(Told::Open(opening(4)));
    for _ in 0..3 {
        call(UP).unwrap();
        stage.scope.advance(2 * SECOND);
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.observed_rejections), (State::Observing, 2));
}

#[test]
fn breaker_that_was_told_open_closes_when_the_record_does() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    breaker.told(Told::Open(opening(60)));
    breaker.told(Told::Closed);
    assert_eq!((stage.state(), stage.last_reason()), (State::Closed, Reason::Peer));
    call(UP).unwrap();
    assert_eq!(stage.link.noted(), [""; 0]);
}

#[test]
fn own_cooldown_is_kept_though_the_record_is_closed() {
    let stage = Stage::enter();
    stage.ripen();
    let breaker = stage.breaker();
    stage.link.probes([Probe::Go(token(5))]);
    call(DOWN).unwrap_err();
    breaker.told(Told::Closed);
    assert_eq!(stage.state(), State::Open);
    // Another process has the next lease, and closes the record before it is over.
    breaker.told(Told::Open(opening(30)));
    assert_eq!(stage.left(), 30 * SECOND);
    stage.scope.advance(9 * SECOND);
    breaker.told(Told::Closed);
    assert_eq!(stage.state(), State::Open);
    stage.scope.advance(SECOND);
    breaker.told(Told::Closed);
    assert_eq!((stage.state(), stage.last_reason()), (State::Closed, Reason::Peer));
}

#[test]
fn half_open_breaker_heeds_an_opening_by_which_its_lease_is_void_and_no_other() {
    let stage = Stage::enter();
    stage.ripen();
    let breaker = stage.breaker();
    stage.link.probes([Probe::Go(token(5))]);
    let probe = breaker.try_acquire().unwrap();
    // A lease of another process, or none: the open is that of the record still.
    breaker.told(Told::Open(opening(30)));
    assert_eq!(stage.state(), State::HalfOpen);
    stage.link.forget();
    let (left, began) = (30 * SECOND, token(6));
    breaker.told(Told::Open(Opening { left, began, ..opening(0) }));
    assert_eq!((stage.state(), stage.left()), (State::Open, 30 * SECOND));
    probe.success();
    assert_eq!(stage.state(), State::Open);
    assert_eq!(stage.link.noted(), ["svc back 5"]);
}

#[test]
fn half_open_breaker_closes_with_the_record() {
    let stage = Stage::enter();
    stage.ripen();
    let breaker = stage.breaker();
    stage.link.probes([Probe::Go(token(5))]);
    let probe = breaker.try_acquire().unwrap();
    breaker.told(Told::Closed);
    assert_eq!((stage.state(), stage.last_reason()), (State::Closed, Reason::Peer));
    probe.failure();
    assert_eq!(stage.state(), State::Closed);
}

#[test]
fn failures_that_are_told_never_open_by_themselves() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    let failures = || breaker.snapshot().consecutive_failures;
    for (told, wanted) in [(1, 1), (2, 2), (3, 2), (u16::MAX, 2), (0, 0), (2, 2)] {
        breaker.told(Told::Failures(told));
        assert_eq!((failures(), stage.state()), (wanted, State::Closed));
    }
    call(DOWN).unwrap_err();
    assert_eq!((stage.state(), stage.last_reason()), (State::Open, Reason::ConsecutiveFailures));
    assert_eq!(breaker.totals().failures(breakerbox::FailureKind::Error), 1);
}

#[test]
fn suspicion_sets_the_count_and_never_adds_to_it() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    for _ in 0..3 {
        breaker.told(Told::Suspect);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    }
    call(UP).unwrap();
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    breaker.told(Told::Suspect);
    call(DOWN).unwrap_err();
    assert_eq!(stage.state(), State::Open);
}

#[test]
fn breaker_without_a_threshold_counts_nothing_that_it_is_told() {
    let stage = Stage::enter();
    let rates = Config::builder().failure_rate(0.5).min_calls(4).build().unwrap();
    let breaker = stage.scope.registry().get_or_insert("rates", rates).unwrap();
    breaker.try_acquire().unwrap().failure();
    for told in [Told::Suspect, Told::Failures(2)] {
        breaker.told(told);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    }
}

#[test]
fn back_off_goes_on_where_the_record_is() {
    let stage = Stage::enter();
    let growing = Config::builder().threshold(1).cooldown(SECOND).backoff(2.0).build().unwrap();
    let breaker = stage.scope.registry().get_or_insert("growing", growing).unwrap();
    breaker.told(Told::Open(Opening { openings: 3, ..opening(4) }));
    assert_eq!(breaker.snapshot().openings, 3);
    stage.scope.advance(4 * SECOND);
    breaker.try_acquire().unwrap().failure();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.openings, snapshot.cooldown), (4, Some(8 * SECOND)));
    breaker.told(Told::Open(Opening { openings: 6, ..opening(60) }));
    assert_eq!(breaker.snapshot().openings, 6);
}

#[test]
fn for_ever_is_for_ever() {
    let stage = Stage::enter();
    stage.start();
    stage.breaker().told(Told::Open(Opening { left: Duration::MAX, ..opening(0) }));
    assert_eq!(stage.breaker().snapshot().remaining_cooldown, None);
    assert_eq!(rejected(call(UP)), Duration::MAX);
}
