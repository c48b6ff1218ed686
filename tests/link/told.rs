//! The states that a link tells: the record is open, closed, has counted failures, or is suspect.

use std::time::Duration;

use breaker_core::link::{Opening, Probe, Told};
use breakerbox::{Breaker, Config, Outcome, Reason, State, Verdict};
use support::COOLDOWN;

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
fn breaker_that_was_told_open_goes_by_what_it_is_told_last() {
    let stage = Stage::enter();
    stage.start();
    for told in [4, 2, 9] {
        stage.breaker().told(Told::Open(opening(told)));
        assert_eq!(
            (stage.left(), stage.breaker().snapshot().episode),
            (Duration::from_secs(told), 1)
        );
    }
}

#[test]
fn own_cooldown_is_made_longer_by_what_is_told_and_never_shorter() {
    let stage = Stage::enter();
    stage.start();
    for _ in 0..3 {
        call(DOWN).unwrap_err();
    }
    for (told, wanted) in [(4, 10), (30, 30), (20, 20), (4, 10), (12, 12)] {
        stage.breaker().told(Told::Open(opening(told)));
        assert_eq!((stage.left(), stage.breaker().snapshot().episode), (wanted * SECOND, 1));
    }
}

#[test]
fn breaker_that_waits_for_a_probe_elsewhere_hears_that_it_has_ended_early() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Wait(120 * SECOND), Probe::Go(token(9))]);
    assert_eq!(rejected(call(UP)), 120 * SECOND);
    stage.breaker().told(Told::Open(Opening { began: token(6), ..opening(5) }));
    assert_eq!((rejected(call(UP)), stage.breaker().snapshot().episode), (5 * SECOND, 1));
    stage.scope.advance(5 * SECOND);
    call(UP).unwrap();
    assert_eq!(stage.state(), State::Closed);
}

#[test]
fn half_open_breaker_that_waits_for_a_probe_elsewhere_hears_that_it_was_given_up() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(120 * SECOND), Probe::Go(token(9))]);
    let breaker = stage.breaker();
    let _hangs = breaker.try_acquire().unwrap();
    stage.scope.advance(COOLDOWN);
    assert_eq!(rejected(call(UP)), 120 * SECOND);
    breaker.told(Told::Open(opening(3)));
    assert_eq!(rejected(call(UP)), 3 * SECOND);
    stage.scope.advance(3 * SECOND);
    call(UP).unwrap();
    assert_eq!(stage.state(), State::Closed);
}

#[test]
fn hint_of_a_late_failure_does_not_lengthen_what_another_process_has_set() {
    let hinted = Verdict::from(Outcome::Failure).retry_after(60 * SECOND);
    let stage = Stage::enter();
    stage.start();
    let late = stage.breaker().try_acquire_owned().unwrap();
    stage.breaker().told(Told::Open(opening(4)));
    late.record(hinted);
    assert_eq!((stage.left(), stage.link.noted()), (4 * SECOND, vec![]));

    let stage = Stage::enter();
    stage.start();
    let late = stage.breaker().try_acquire_owned().unwrap();
    for _ in 0..3 {
        call(DOWN).unwrap_err();
    }
    stage.scope.advance(COOLDOWN);
    stage.link.probes([Probe::Wait(3 * SECOND)]);
    assert_eq!(rejected(call(UP)), 3 * SECOND);
    late.record(hinted);
    assert_eq!(stage.left(), 3 * SECOND);
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
    for (openings, left) in [(6, 60), (7, 60), (8, 2)] {
        breaker.told(Told::Open(Opening { openings, ..opening(left) }));
        assert_eq!(breaker.snapshot().openings, openings);
    }
}

#[test]
fn for_ever_is_for_ever() {
    let stage = Stage::enter();
    stage.start();
    stage.breaker().told(Told::Open(Opening { left: Duration::MAX, ..opening(0) }));
    assert_eq!(stage.breaker().snapshot().remaining_cooldown, None);
    assert_eq!(rejected(call(UP)), Duration::MAX);
}
