//! Results of calls that were admitted before the breaker moved on.

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Permit, State};

use crate::{COOLDOWN, breaker, cooled_down, fail, recover, trip};

type Ending = fn(Permit<Arc<Breaker>>);

const ENDINGS: [Ending; 4] = [Permit::success, Permit::failure, Permit::ignore, drop];

/// A call is admitted while closed, the breaker trips and moves on, and then
/// the call ends: in none of the four ways may it change anything.
fn result_from_before_is_dropped(later: fn(&Scope, &Breaker)) {
    for end in ENDINGS {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config.threshold(2));
        let old = breaker.try_acquire_owned().unwrap();
        fail(&breaker);
        trip(&breaker);
        later(&scope, &breaker);
        let before = breaker.snapshot();
        end(old);
        let mut after = breaker.snapshot();
        assert_eq!(after.late_outcomes, before.late_outcomes + 1, "told");
        after.late_outcomes = before.late_outcomes;
        assert_eq!(after, before);
    }
}

#[test]
fn opossum_result_from_before_the_trip_does_not_change_open() {
    result_from_before_is_dropped(|_, breaker| assert_eq!(breaker.state(), State::Open));
}

#[test]
fn tower_resilience_result_from_before_the_trip_does_not_decide_for_the_probe() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        std::mem::forget(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
    });
}

#[test]
fn nv_redfish_result_from_before_the_trip_gives_back_no_slot() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        drop(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
    });
}

#[test]
fn failsafe_rs_result_from_before_the_trip_does_not_count_after_recovery() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        recover(breaker);
        fail(breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn breaker_2_result_from_before_the_trip_does_not_change_a_second_open() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        trip(breaker);
    });
}

#[test]
fn failsafe_go_result_from_before_the_trip_does_not_undo_what_is_done_by_hand() {
    result_from_before_is_dropped(|_, breaker| breaker.force_open());
    result_from_before_is_dropped(|_, breaker| breaker.disable());
    result_from_before_is_dropped(|_, breaker| {
        breaker.reset();
        fail(breaker);
    });
}

#[test]
fn nora_probe_that_comes_back_late_frees_no_slot_and_decides_for_no_later_half_open() {
    for end in ENDINGS {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let [hung, lost] = [(); 2].map(|()| {
            let probe = breaker.try_acquire_owned().unwrap();
            scope.advance(COOLDOWN);
            probe
        });
        let successor = breaker.try_acquire().unwrap();
        end(hung);
        if breaker.state() == State::HalfOpen {
            assert!(breaker.try_acquire().is_err(), "no slot is freed twice");
        }
        successor.failure();
        breaker.half_open();
        let probe = breaker.try_acquire().unwrap();
        let late = breaker.snapshot().late_outcomes;
        end(lost);
        assert_eq!(breaker.state(), State::HalfOpen);
        assert!(breaker.try_acquire().is_err(), "nor one of a later half-open");
        assert_eq!(breaker.snapshot().late_outcomes, late + 1);
        probe.success();
        assert_eq!(breaker.state(), State::Closed);
    }
}

#[test]
fn ldbc_probe_that_succeeds_after_another_failed_does_not_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(2));
    let (one, two) = (breaker.try_acquire().unwrap(), breaker.try_acquire());
    one.failure();
    two.unwrap().success();
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().remaining_cooldown, Some(COOLDOWN));
}

/// [H10]
#[test]
fn openab_failures_that_arrive_while_open_do_not_prolong_it() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let flying: Vec<_> = (0..10).map(|_| breaker.try_acquire().unwrap()).collect();
    for permit in flying {
        permit.failure();
        scope.advance(COOLDOWN / 10);
    }
    assert_eq!(breaker.snapshot().episode, 1, "one trip");
    assert!(breaker.is_call_permitted(), "ten seconds after the first");
    recover(&breaker);
}

#[test]
fn resilience4j_cooldown_of_an_earlier_trip_does_not_end_a_later_one() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    trip(&breaker);
    scope.advance(COOLDOWN / 2);
    breaker.reset();
    trip(&breaker);
    scope.advance(COOLDOWN / 2);
    assert!(!breaker.is_call_permitted());
    scope.advance(COOLDOWN / 2);
    recover(&breaker);
}
