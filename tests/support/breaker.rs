//! Breakers of a test's registry, and the calls that lead one from state to state.

use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, Event, EventKind, State};

/// The cooldown of [`breaker`].
pub const COOLDOWN: Duration = Duration::from_secs(10);

/// A millisecond.
pub const MS: Duration = Duration::from_millis(1);

/// Returns the breaker of that name, or of `name/key`, in the test's registry.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn named(scope: &Scope, name: &str) -> Arc<Breaker> {
    let registry = scope.registry();
    let of_key = || name.split_once('/').and_then(|(name, key)| registry.get_key(name, key));
    registry.get(name).or_else(of_key).unwrap_or_else(|| {
        let known: Vec<_> = registry.iter().map(|breaker| breaker.name().to_string()).collect();
        panic!("no `{name}` among {known:?}")
    })
}

/// Registers a breaker that trips at the first failure, unless `tune` says otherwise.
///
/// # Panics
/// If the config is refused.
pub fn breaker(scope: &Scope, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(COOLDOWN));
    scope.registry().get_or_insert("service", config.build().unwrap()).unwrap()
}

/// Registers a breaker as [`breaker`] does, trips it and lets its cooldown pass: the next call is
/// a probe.
pub fn cooled_down(
    scope: &Scope,
    tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
) -> Arc<Breaker> {
    let breaker = breaker(scope, tune);
    trip(&breaker);
    scope.advance(COOLDOWN);
    breaker
}

/// Makes a call that succeeds.
///
/// # Panics
/// If the call is rejected.
pub fn succeed(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").success();
}

/// Makes a call that fails.
///
/// # Panics
/// If the call is rejected.
pub fn fail(breaker: &Breaker) {
    breaker.try_acquire().expect("admitted").failure();
}

/// Makes the failing call that opens the breaker.
///
/// # Panics
/// If the call is rejected, or the breaker does not open.
#[track_caller]
pub fn trip(breaker: &Breaker) {
    fail(breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// Makes the probe that closes the breaker.
///
/// # Panics
/// If the probe is rejected, or the breaker does not close.
#[track_caller]
pub fn recover(breaker: &Breaker) {
    succeed(breaker);
    assert_eq!(breaker.state(), State::Closed);
}

/// Returns the states that a transition leads from and to.
#[must_use]
pub fn transition(event: &Event) -> Option<(State, State)> {
    match event.kind {
        EventKind::Transition { from, to, .. } => Some((from, to)),
        _ => None,
    }
}
