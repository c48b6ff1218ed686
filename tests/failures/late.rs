//! Results of calls from before.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, EventKind, Permit, State, circuit_breaker};

use crate::{COOLDOWN, DOWN, Reply, breaker, fail, named, recover, transition, trip};

type Ending = fn(Permit<Arc<Breaker>>);

const ENDINGS: [Ending; 4] = [Permit::success, Permit::failure, Permit::ignore, drop];

/// Half-open with its probe out, and a call from before the trip still under way.
fn half_open_with_an_old_call(end: Ending) -> Arc<Breaker> {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let old = breaker.try_acquire_owned().unwrap();
    trip(&breaker);
    scope.advance(COOLDOWN);
    std::mem::forget(breaker.try_acquire().unwrap());
    end(old);
    breaker
}

/// [L1]
#[test]
fn success_from_before_the_trip_does_not_close_half_open() {
    let breaker = half_open_with_an_old_call(Permit::success);
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.snapshot().probe_successes, 0);
}

/// [L2]
#[test]
fn failure_from_before_the_trip_does_not_reopen() {
    let breaker = half_open_with_an_old_call(Permit::failure);
    assert_eq!((breaker.state(), breaker.snapshot().episode), (State::HalfOpen, 2));
}

/// [L3]
#[test]
fn result_of_whatever_age_panics_in_no_state() {
    let states: [fn(&Scope, &Breaker); 8] = [
        |_, breaker| trip(breaker),
        |scope, breaker| {
            trip(breaker);
            scope.advance(COOLDOWN);
            std::mem::forget(breaker.try_acquire().unwrap());
        },
        |_, breaker| breaker.half_open(),
        |_, breaker| breaker.reset(),
        |_, breaker| breaker.force_open(),
        |_, breaker| breaker.disable(),
        |_, breaker| breaker.observe(),
        |_, breaker| breaker.open_for(COOLDOWN),
    ];
    for reach in states {
        for end in ENDINGS {
            let scope = Scope::enter();
            let breaker = breaker(&scope, |config| config);
            let old = breaker.try_acquire_owned().unwrap();
            reach(&scope, &breaker);
            let before = breaker.snapshot();
            end(old);
            let after = breaker.snapshot();
            assert_eq!((after.state, after.episode), (before.state, before.episode));
            assert_eq!(after.probes_in_flight, before.probes_in_flight);
        }
    }
}

/// [L4]
#[test]
fn late_neutral_outcome_gives_back_no_slot_of_another_episode() {
    for end in [Permit::ignore as Ending, drop] {
        let breaker = half_open_with_an_old_call(end);
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
        assert!(breaker.try_acquire().is_err(), "the probe still has the slot");
    }
}

/// [L5]
#[test]
fn call_belongs_to_the_episode_in_which_it_began() {
    #[circuit_breaker(name = "begun", threshold = 1, cooldown = "10s")]
    fn during(meanwhile: &dyn Fn(), reply: Reply) -> Reply {
        meanwhile();
        reply
    }
    let scope = Scope::enter();
    assert_eq!(during(&|| (), Ok(1)), Ok(1));
    let breaker = named(&scope, "begun");
    let outage = || {
        trip(&breaker);
        scope.advance(COOLDOWN);
        recover(&breaker);
    };
    assert_eq!(during(&outage, DOWN), DOWN);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 3));
    assert_eq!(snapshot.late_outcomes, 1);
}

/// [L6]
#[test]
fn dropped_result_is_counted_and_told() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let late = Arc::new(Mutex::new(0));
    let count = Arc::clone(&late);
    let subscription = breaker.on_event(move |event| {
        *count.lock().unwrap() += u32::from(event.kind == EventKind::Late);
    });
    let calls: Vec<_> = (0..4).map(|_| breaker.try_acquire_owned().unwrap()).collect();
    trip(&breaker);
    for (call, end) in calls.into_iter().zip(ENDINGS) {
        end(call);
    }
    assert_eq!(breaker.snapshot().late_outcomes, 4);
    assert_eq!(*late.lock().unwrap(), 4);
    drop(subscription);
}

/// [L7]
#[test]
fn failure_that_arrives_while_open_tells_of_no_second_opening() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let subscription = breaker.on_event(move |event| log.lock().unwrap().extend(transition(event)));
    let calls: Vec<_> = (0..10).map(|_| breaker.try_acquire().unwrap()).collect();
    calls.into_iter().for_each(Permit::failure);
    assert_eq!(*told.lock().unwrap(), [(State::Closed, State::Open)]);
    drop(subscription);
}

/// [L8]
#[test]
fn cooldown_of_an_earlier_opening_does_not_end_a_later_one() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    fail(&breaker);
    scope.advance(COOLDOWN - crate::MS);
    breaker.reset();
    trip(&breaker);
    scope.advance(crate::MS);
    assert!(!breaker.is_call_permitted(), "the first would be over");
    assert!(breaker.try_acquire().is_err());
    scope.advance(COOLDOWN - crate::MS);
    recover(&breaker);
}
