//! Results of calls that were admitted before the breaker moved on.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, ConfigBuilder, EventKind, Permit, State, circuit_breaker};
use support::{COOLDOWN, DOWN, MS, Reply, breaker, fail, named, recover, transition, trip};

type Ending = fn(Permit<Arc<Breaker>>);

const ENDINGS: [Ending; 4] = [Permit::success, Permit::failure, Permit::ignore, drop];

/// Asserts that a call from before a trip changes nothing when it ends, however it ends. `later`
/// leads the breaker on from the trip to the state in which the call ends.
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

/// Opossum.
#[test]
fn result_from_before_the_trip_does_not_change_open() {
    result_from_before_is_dropped(|_, breaker| assert_eq!(breaker.state(), State::Open));
}

/// [L1, L2, L4] tower-resilience.
#[test]
fn result_from_before_the_trip_does_not_decide_for_the_probe() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        std::mem::forget(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
    });
}

/// [L4] nv-redfish.
#[test]
fn result_from_before_the_trip_gives_back_no_slot() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        drop(breaker.try_acquire().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
    });
}

/// failsafe-rs.
#[test]
fn result_from_before_the_trip_does_not_count_after_recovery() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        recover(breaker);
        fail(breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

/// breaker 2.
#[test]
fn result_from_before_the_trip_does_not_change_a_second_open() {
    result_from_before_is_dropped(|scope, breaker| {
        scope.advance(COOLDOWN);
        trip(breaker);
    });
}

/// [L3] failsafe-go.
#[test]
fn result_from_before_the_trip_does_not_undo_a_manual_control() {
    let controls: [fn(&Scope, &Breaker); 6] = [
        |_, breaker| breaker.force_open(),
        |_, breaker| breaker.disable(),
        |_, breaker| breaker.observe(),
        |_, breaker| breaker.half_open(),
        |_, breaker| breaker.open_for(COOLDOWN),
        |_, breaker| {
            breaker.reset();
            fail(breaker);
        },
    ];
    controls.into_iter().for_each(result_from_before_is_dropped);
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

/// [H10] openab.
#[test]
fn failures_that_arrive_while_open_do_not_prolong_it() {
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

/// [L8] Resilience4j.
#[test]
fn cooldown_of_an_earlier_opening_does_not_end_a_later_one() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    fail(&breaker);
    scope.advance(COOLDOWN - MS);
    breaker.reset();
    trip(&breaker);
    scope.advance(MS);
    assert!(!breaker.is_call_permitted(), "the first would be over");
    assert!(breaker.try_acquire().is_err());
    scope.advance(COOLDOWN - MS);
    recover(&breaker);
}

/// [R13] The old call ends after 2^20 episodes: a window keeps twenty bits of an episode's number.
#[test]
fn result_from_a_million_episodes_ago_is_dropped() {
    let scope = Scope::enter();
    let tune = |config: ConfigBuilder| config.threshold(2).window_calls(10);
    let breaker = breaker(&scope, tune);
    let old = breaker.try_acquire().unwrap();
    for _ in 0..1 << 20 {
        breaker.reset();
    }
    fail(&breaker);
    let before = breaker.snapshot();
    old.failure();
    let after = breaker.snapshot();
    assert_eq!(after.late_outcomes, 1);
    assert_eq!((after.state, after.consecutive_failures), (State::Closed, 1));
    assert_eq!((after.calls, after.failures), (before.calls, before.failures));
}
