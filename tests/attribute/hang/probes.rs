//! Probes that hang, and hanging calls of an earlier episode.

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Config, Reason, State};

use super::{FOUND, MS, SLOW, begin, breaker_of, transitions};

#[test]
fn hanging_probe_fails_at_the_next_call() {
    for (probes, probe_timeout) in [(1, None), (3, None), (1, Some(SLOW / 2)), (1, Some(2 * SLOW))]
    {
        let scope = Scope::enter();
        let mut config = Config::builder().threshold(1).probes(probes);
        if let Some(timeout) = probe_timeout {
            config = config.probe_timeout(timeout);
        }
        let breaker = breaker_of(&scope, config);
        breaker.half_open();
        let heard = transitions(scope.registry());
        let probe = begin(&breaker);
        scope.advance(SLOW - MS);
        drop(breaker.try_acquire());
        assert_eq!(breaker.state(), State::HalfOpen);
        scope.advance(MS);
        let next = breaker.try_acquire();
        assert!(matches!(next, Err(BreakerError::Open { .. })), "{probe_timeout:?}");
        assert_eq!(*heard.lock().unwrap(), [(State::Open, Reason::ProbeFailed)]);
        drop(probe);
    }
}

/// A dead service must not cost a thread for each `probe_timeout`.
#[test]
fn hanging_probe_that_has_lost_its_slot_fails_too() {
    for probes in [1, 3] {
        let scope = Scope::enter();
        let config = Config::builder().threshold(1).probes(probes).probe_timeout(SLOW / 4);
        let breaker = breaker_of(&scope, config);
        breaker.half_open();
        let mut out = Vec::new();
        while breaker.state() == State::HalfOpen {
            out.extend(breaker.try_acquire_owned());
            scope.advance(MS * 100);
            assert!(out.len() <= 5 * usize::try_from(probes).unwrap(), "{} are out", out.len());
        }
        assert_eq!(breaker.state(), State::Open);
        assert!(breaker.snapshot().time_in_state <= MS * 100);
    }
}

#[test]
fn hanging_calls_of_an_earlier_episode_are_not_counted() {
    let scope = Scope::enter();
    let breaker = breaker_of(&scope, Config::builder().threshold(2));
    let hanging = [(); 5].map(|()| begin(&breaker));
    breaker.reset();
    scope.advance(FOUND);
    begin(&breaker).success();
    scope.advance(FOUND);
    begin(&breaker).success();
    assert_eq!((breaker.state(), breaker.snapshot().consecutive_failures), (State::Closed, 0));
    drop(hanging);
}
