//! Half-open: its slots, its probes and its verdict.

use std::panic::catch_unwind;
use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, Permit, State, circuit_breaker};
use support::{COOLDOWN, DOWN, MS, Reply, cooled_down, fail, named, recover, succeed, trip};

/// [H5] tower-resilience.
#[test]
fn zero_probes_are_refused() {
    let none = Config::builder().probes(0);
    assert_eq!(none.build().unwrap_err().key(), "probes");
    assert!(catch_unwind(|| none.build_const()).is_err());
    let none = Config::builder().success_threshold(0);
    assert_eq!(none.build().unwrap_err().key(), "success_threshold");
}

/// [H4] circuitbreaker-rs.
#[test]
fn success_threshold_above_the_probes_can_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(1).success_threshold(5));
    for _ in 0..4 {
        succeed(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen);
    }
    recover(&breaker);
}

#[test]
fn success_threshold_below_the_probes_closes_at_once() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(5).success_threshold(2));
    let mut probes: Vec<_> = (0..5).map(|_| breaker.try_acquire().unwrap()).collect();
    probes.pop().unwrap().success();
    assert_eq!(breaker.state(), State::HalfOpen);
    probes.pop().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
    probes.pop().unwrap().failure();
    assert_eq!(breaker.state(), State::Closed, "a late one");
}

/// [H7] Resilience4j.
#[test]
fn question_whether_a_call_may_pass_takes_no_slot() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let before = breaker.snapshot();
    for _ in 0..100 {
        assert!(breaker.is_call_permitted());
        assert_eq!(breaker.state(), State::Open);
    }
    assert_eq!(breaker.snapshot(), before);
    drop(breaker.try_acquire().unwrap());
    assert!(breaker.is_call_permitted(), "a permit not used is given back");
    recover(&breaker);
}

type Ending = fn(Permit<Arc<Breaker>>);

/// [H9]
#[test]
fn probe_that_was_replaced_counts_and_frees_no_slot() {
    let endings: [(Ending, State); 4] = [
        (Permit::success, State::Closed),
        (Permit::failure, State::Open),
        (Permit::ignore, State::HalfOpen),
        (drop, State::HalfOpen),
    ];
    for (end, state) in endings {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let old = breaker.try_acquire_owned().unwrap();
        scope.advance(COOLDOWN);
        let new = breaker.try_acquire().unwrap();
        end(old);
        assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (state, 0));
        if state == State::HalfOpen {
            assert_eq!(breaker.snapshot().probes_in_flight, 1);
            assert!(breaker.try_acquire().is_err(), "its slot is not given away twice");
        }
        new.success();
        let late = u64::from(state != State::HalfOpen);
        assert_eq!(breaker.snapshot().late_outcomes, late);
    }
}

/// A probe that has lost its slot still fails the half-open once it is slow, unless it has ended.
#[test]
fn replaced_probe_that_has_ended_does_not_become_slow() {
    let tune = |config: ConfigBuilder| config.slow_call(MS * 500).probe_timeout(MS * 50);
    for ends in [true, false] {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, tune);
        let replaced = breaker.try_acquire().unwrap();
        scope.advance(MS * 50);
        let probe = breaker.try_acquire().unwrap();
        let replaced = if ends {
            drop(replaced);
            None
        } else {
            Some(replaced)
        };
        scope.advance(MS * 450);
        let next = breaker.try_acquire();
        assert_eq!(next.is_ok(), ends);
        let state = if ends { State::HalfOpen } else { State::Open };
        assert_eq!(breaker.state(), state);
        drop((replaced, probe, next));
    }
}

/// [H9]
#[test]
fn success_of_a_replaced_probe_is_one_of_those_that_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.success_threshold(3).probes(2));
    let lost = [(); 2].map(|()| breaker.try_acquire().unwrap());
    scope.advance(COOLDOWN);
    let new = [(); 2].map(|()| breaker.try_acquire().unwrap());
    assert!(breaker.try_acquire().is_err());
    lost.into_iter().for_each(Permit::success);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.probe_successes, snapshot.probes_in_flight), (2, 2));
    let [first, second] = new;
    second.ignore();
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    first.success();
    assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (State::Closed, 0));
}

/// [H9, L1] nora.
#[test]
fn replaced_probe_of_an_earlier_half_open_is_late() {
    let endings: [Ending; 4] = [Permit::success, Permit::failure, Permit::ignore, drop];
    for end in endings {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let lost = breaker.try_acquire_owned().unwrap();
        scope.advance(COOLDOWN);
        trip(&breaker);
        scope.advance(COOLDOWN);
        let probe = breaker.try_acquire().unwrap();
        end(lost);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.late_outcomes), (State::HalfOpen, 1));
        assert_eq!((snapshot.probes_in_flight, snapshot.probe_successes), (1, 0));
        probe.success();
        assert_eq!(breaker.state(), State::Closed);
    }
}

/// [R8] ldbc.
#[test]
fn success_beside_a_failed_probe_overrides_neither_state_nor_backoff() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(2).backoff(2.0));
    let (one, two) = (breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap());
    one.failure();
    two.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.cooldown), (State::Open, Some(COOLDOWN * 2)));
    assert_eq!((snapshot.remaining_cooldown, snapshot.late_outcomes), (snapshot.cooldown, 1));
}

/// [H11]
#[test]
fn minimum_of_calls_does_not_hold_up_the_verdict_of_half_open() {
    let scope = Scope::enter();
    let config = Config::builder().failure_rate(0.5).window_calls(20).min_calls(10);
    let config = config.cooldown(COOLDOWN).build().unwrap();
    let breaker = scope.registry().get_or_insert("rate", config).unwrap();
    for _ in 0..9 {
        fail(&breaker);
    }
    trip(&breaker);
    scope.advance(COOLDOWN);
    trip(&breaker);
    scope.advance(COOLDOWN);
    recover(&breaker);
}

#[deny(unfulfilled_lint_expectations)]
#[expect(unused_must_use, reason = "the lint is what is tested")]
fn take_and_forget(breaker: &Breaker) {
    breaker.try_acquire().unwrap();
}

/// [H12] gobreaker.
#[test]
fn admission_that_is_not_used_is_a_guard_that_gives_itself_back() {
    #[circuit_breaker(name = "cached", threshold = 1, cooldown = "10s")]
    fn cached(cache: Option<u32>) -> Reply {
        if let Some(hit) = cache {
            return Ok(hit);
        }
        DOWN
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    take_and_forget(&breaker);
    assert_eq!(breaker.state(), State::HalfOpen);
    recover(&breaker);
    assert_eq!(cached(None), DOWN);
    scope.advance(COOLDOWN);
    assert_eq!(cached(Some(1)), Ok(1), "a fast path is an end like any other");
    assert_eq!(named(&scope, "cached").state(), State::Closed);
}
