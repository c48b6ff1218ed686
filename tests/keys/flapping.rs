//! `backoff_reset`: a service that flaps.

use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(
    name = "flaps",
    threshold = 1,
    cooldown = "10s",
    backoff = 2.0,
    cooldown_max = "1m",
    backoff_reset = "5m"
)]
fn flaps(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(
    name = "forgets",
    threshold = 1,
    cooldown = "10s",
    backoff = 2.0,
    cooldown_max = "1m"
)]
fn forgets(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

type Call = fn(Result<(), Error>) -> Result<(), CallError>;

/// The cooldowns of a service that is well for a probe, and then for `well`, each time.
fn cooldowns(scope: &Scope, name: &str, call: Call, well: Duration) -> Vec<u64> {
    let cooldown = |_| {
        assert_eq!(call(DOWN), Err(CallError::Service(Error::Down)), "it was closed");
        let cooldown = scope.registry().get(name).unwrap().snapshot().cooldown.unwrap();
        scope.advance(cooldown);
        assert_eq!(call(Ok(())), Ok(()), "the probe");
        scope.advance(well);
        cooldown.as_secs()
    };
    (0..5).map(cooldown).collect()
}

#[test]
fn trip_soon_after_a_close_counts_as_one_more_failed_half_open() {
    let second = Duration::from_secs(1);
    let ever = [10, 20, 40, 60, 60];
    let never = [10; 5];
    for (well, wanted) in [(0, ever), (1, ever), (299, ever), (300, never), (301, never)] {
        let scope = Scope::enter();
        assert_eq!(cooldowns(&scope, "flaps", flaps, second * well), wanted, "well for {well} s");
    }
    let almost = ms(299_999);
    let scope = Scope::enter();
    assert_eq!(cooldowns(&scope, "flaps", flaps, almost), ever);
    assert_eq!(cooldowns(&scope, "forgets", forgets, Duration::ZERO), never);
}

fn breaker(scope: &Scope, tune: fn(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let config = Config::builder().threshold(1).cooldown(ms(10)).backoff(2.0);
    let config = tune(config.cooldown_max(ms(1_000)).backoff_reset(ms(500))).build().unwrap();
    scope.registry().get_or_insert("flapping", config).unwrap()
}

/// Fails a call, waits for the probe, and succeeds with that. Returns the cooldown.
fn flap(scope: &Scope, breaker: &Breaker) -> u64 {
    let cooldown = trip(breaker);
    scope.advance(ms(cooldown));
    while breaker.state() != State::Closed {
        breaker.try_acquire().unwrap().success();
    }
    cooldown
}

fn trip(breaker: &Breaker) -> u64 {
    breaker.try_acquire().unwrap().failure();
    while breaker.state() != State::Open {
        breaker.try_acquire().unwrap().failure();
    }
    u64::try_from(breaker.snapshot().cooldown.unwrap().as_millis()).unwrap()
}

#[test]
fn failed_probes_and_trips_count_together() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.success_threshold(2));
    assert_eq!(trip(&breaker), 10);
    scope.advance(ms(10));
    assert_eq!(trip(&breaker), 20, "a failed probe");
    scope.advance(ms(20));
    for _ in 0..2 {
        breaker.try_acquire().unwrap().success();
    }
    scope.advance(ms(499));
    assert_eq!(flap(&scope, &breaker), 40, "a trip");
    scope.advance(ms(500));
    assert_eq!([(); 3].map(|()| flap(&scope, &breaker)), [10, 20, 40], "anew");
}

#[test]
fn control_that_closes_starts_anew_at_once() {
    let controls: [fn(&Breaker); 5] = [
        Breaker::reset,
        // Closed already.
        Breaker::close,
        |breaker| {
            breaker.open();
            breaker.close();
        },
        |breaker| drop(breaker.isolate()),
        |breaker| {
            breaker.observe();
            breaker.close();
        },
    ];
    for (number, control) in controls.into_iter().enumerate() {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config);
        assert_eq!([(); 3].map(|()| flap(&scope, &breaker)), [10, 20, 40]);
        control(&breaker);
        let after = [(); 2].map(|()| flap(&scope, &breaker));
        assert_eq!(after, [10, 20], "control {number}");
    }
}

#[test]
fn control_that_does_not_close_lets_the_row_go_on() {
    let controls: [fn(&Breaker); 3] = [
        Breaker::half_open,
        |breaker| {
            breaker.force_open();
            breaker.half_open();
        },
        |breaker| {
            breaker.disable();
            breaker.half_open();
        },
    ];
    for (number, control) in controls.into_iter().enumerate() {
        let scope = Scope::enter();
        let breaker = breaker(&scope, |config| config);
        assert_eq!([(); 2].map(|()| flap(&scope, &breaker)), [10, 20]);
        control(&breaker);
        assert_eq!(flap(&scope, &breaker), 40, "control {number}");
    }
}

#[test]
fn handle_of_an_isolation_that_is_over_starts_nothing_anew() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    let handle = breaker.isolate();
    breaker.reset();
    assert_eq!([(); 2].map(|()| flap(&scope, &breaker)), [10, 20]);
    drop(handle);
    assert_eq!(flap(&scope, &breaker), 40);
}

#[test]
fn override_sets_and_lifts_it_for_a_breaker_that_runs() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    assert_eq!(breaker.config().backoff_reset(), Some(ms(500)));
    assert_eq!([(); 2].map(|()| flap(&scope, &breaker)), [10, 20]);
    let over = Config::builder().backoff_reset(Duration::from_secs(100 * 86_400));
    scope.registry().configure("flapping", over).unwrap();
    assert_eq!(breaker.config().backoff_reset(), Some(Duration::from_secs(100 * 86_400)));
    scope.advance(Duration::from_secs(99 * 86_400));
    assert_eq!(flap(&scope, &breaker), 40);
    let over = Config::builder().backoff_reset(ms(1));
    scope.registry().configure("flapping", over).unwrap();
    scope.advance(ms(1));
    assert_eq!(flap(&scope, &breaker), 10);
}

#[test]
fn windows_trip_into_the_same_row() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config.failure_rate(0.5).window_calls(4).min_calls(2));
    assert_eq!([(); 3].map(|()| flap(&scope, &breaker)), [10, 20, 40]);
}
