//! Breakers before the first call.

use std::panic::catch_unwind;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Registry, State, circuit_breaker};
use listed::listed_library as library;

type Answer = Result<u8, BreakerError>;

/// One for each test, since the registry of the process is one.
mod steered {
    use super::*;

    #[circuit_breaker(name = "steered", threshold = 2)]
    pub(super) fn call() -> Answer {
        Ok(1)
    }
}

mod removed {
    use super::*;

    #[circuit_breaker(name = "removed", threshold = 1)]
    pub(super) fn call() -> Result<u8, std::io::Error> {
        Err(std::io::Error::other("it fails"))
    }
}

mod removed_inside {
    use super::*;

    #[circuit_breaker(name = "removed_inside", threshold = 1)]
    pub(super) fn call() -> Result<u8, std::io::Error> {
        Registry::global().remove("removed_inside");
        Err(std::io::Error::other("it fails"))
    }
}

mod disputed {
    use super::*;

    #[circuit_breaker(name = "disputed", threshold = 2)]
    pub(super) fn first() -> Answer {
        Ok(1)
    }

    #[circuit_breaker(name = "disputed", threshold = 3)]
    pub(super) fn second() -> Answer {
        Ok(2)
    }

    #[circuit_breaker(name = "disputed_by_key", key = key, threshold = 2)]
    pub(super) fn first_by_key(key: u8) -> Answer {
        Ok(key)
    }

    #[circuit_breaker(name = "disputed_by_key", key = key, threshold = 3)]
    pub(super) fn second_by_key(key: u8) -> Answer {
        Ok(key)
    }
}

fn names(registry: &Registry) -> Vec<String> {
    registry.iter().map(|breaker| breaker.name().to_string()).collect()
}

#[test]
fn breakers_without_a_key_are_made() {
    let registry = Registry::new();
    registry.warm_up();
    let declared = Registry::declared();
    for function in &declared {
        let made = registry.get(function.name.as_str());
        assert_eq!(made.is_some(), !function.has_key, "{function:?}");
    }
    assert_eq!(registry.get("plain").unwrap().config().threshold(), Some(3));
    let made = names(&registry);
    registry.warm_up();
    assert_eq!(names(&registry), made);
}

#[test]
fn breaker_is_that_of_the_first_call() {
    let registry = Registry::global();
    registry.warm_up();
    registry.get("steered").unwrap().force_open();
    assert!(steered::call().is_err());
    registry.get("steered").unwrap().reset();
    assert_eq!(steered::call().unwrap(), 1);
    registry.get("plain").unwrap().force_open();
    assert!(library::plain().is_err());
}

#[test]
fn breaker_that_was_removed_is_made_again_and_calls_take_to_it() {
    let registry = Registry::global();
    registry.warm_up();
    registry.remove("removed").unwrap();
    registry.warm_up();
    assert!(removed::call().is_err());
    assert_eq!(registry.get("removed").unwrap().state(), State::Open);
}

/// Other tests warm up too, but a breaker that one of them has made is closed.
#[test]
fn breaker_that_is_removed_during_the_first_call_takes_its_outcome_along() {
    let registry = Registry::global();
    registry.warm_up();
    assert!(removed_inside::call().is_err());
    let breaker = registry.breaker("removed_inside").unwrap();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn conflicts_are_listed_and_nothing_panics_before_the_call() {
    let registry = Registry::global();
    registry.warm_up();
    let lines: Vec<_> = registry
        .conflicts()
        .iter()
        .filter(|conflict| conflict.name.as_str().starts_with("disputed"))
        .map(|conflict| (conflict.name.to_string(), conflict.first.line() < conflict.second.line()))
        .collect();
    assert_eq!(lines, [("disputed".to_owned(), true), ("disputed_by_key".to_owned(), true)]);
    assert_eq!(disputed::first().unwrap(), 1);
    assert_eq!(disputed::first_by_key(1).unwrap(), 1);
    assert_eq!(catch_unwind(disputed::second).is_err(), cfg!(debug_assertions));
    assert_eq!(catch_unwind(|| disputed::second_by_key(2)).is_err(), cfg!(debug_assertions));
    assert_eq!(registry.get_key("disputed_by_key", 1).unwrap().config().threshold(), Some(2));
}

#[test]
fn scope_of_a_test_has_its_own() {
    let scope = Scope::enter();
    Registry::global().warm_up();
    Registry::global().get("steered").unwrap().force_open();
    assert!(steered::call().is_err());
    drop(scope);
    let scope = Scope::enter();
    assert!(Registry::global().is_empty());
    assert!(steered::call().is_ok());
    drop(scope);
}

#[test]
fn name_of_a_function_with_a_key_is_no_unused_override() {
    let registry = Registry::new();
    let tuning = || breakerbox::Config::builder().threshold(9);
    registry.configure("by_key", tuning()).unwrap();
    registry.configure("by_kye", tuning()).unwrap();
    registry.warm_up();
    let unused: Vec<_> = registry.unused_overrides().iter().map(ToString::to_string).collect();
    assert_eq!(unused, ["by_kye"]);
}
