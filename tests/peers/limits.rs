//! Limits at their ends: endless, zero, and such as look impossible.

use std::panic::catch_unwind;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Config, State};

use crate::{breaker, cooled_down, recover, succeed, trip};

#[test]
fn recloser_and_failsafe_rs_endless_cooldown_opens_for_ever_and_does_not_panic() {
    for cooldown in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
        let scope = Scope::enter();
        scope.advance(Duration::from_secs(86_400));
        let breaker = breaker(&scope, |config| config.cooldown(cooldown));
        trip(&breaker);
        scope.advance(Duration::MAX);
        let error = breaker.try_acquire().unwrap_err();
        assert_eq!(error.retry_after(), None);
        assert_eq!(breaker.snapshot().remaining_cooldown, None);
        breaker.reset();
        assert!(breaker.try_acquire().is_ok());
    }
}

#[test]
fn endless_probe_timeout_replaces_no_probe() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probe_timeout(Duration::MAX));
    let probe = breaker.try_acquire().unwrap();
    scope.advance(Duration::MAX);
    assert!(breaker.try_acquire().is_err());
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn cooldown_longer_than_thirty_two_bits_of_milliseconds_is_kept() {
    let scope = Scope::enter();
    let cooldown = Duration::from_millis((1 << 32) + 5);
    let breaker = breaker(&scope, |config| config.cooldown(cooldown));
    trip(&breaker);
    scope.advance(cooldown - Duration::from_millis(1));
    assert!(!breaker.is_call_permitted());
    scope.advance(Duration::from_millis(1));
    recover(&breaker);
}

/// [H5]
#[test]
fn tower_resilience_zero_probes_are_refused() {
    let none = Config::builder().probes(0);
    assert_eq!(none.build().unwrap_err().key(), "probes");
    assert!(catch_unwind(|| none.build_const()).is_err());
    let none = Config::builder().success_threshold(0);
    assert_eq!(none.build().unwrap_err().key(), "success_threshold");
}

/// [H4]
#[test]
fn circuitbreaker_rs_more_successes_than_probes_can_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probes(1).success_threshold(5));
    for _ in 0..4 {
        succeed(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen);
    }
    recover(&breaker);
}

#[test]
fn fewer_successes_than_probes_close_at_once() {
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
