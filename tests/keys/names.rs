//! Keys and names are two things: no key reaches another function's breaker.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Registry, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(name = "api", key = tenant, threshold = 1)]
fn by_tenant(tenant: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "api/billing", threshold = 2)]
fn billing(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "api/billing", key = part, threshold = 2)]
fn billing_part(part: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

fn parts(breaker: &Breaker) -> (String, Option<String>) {
    (breaker.family().to_string(), breaker.key().map(ToString::to_string))
}

#[test]
fn key_that_spells_another_name_does_not_trip_it_and_is_no_conflict() {
    let scope = Scope::enter();
    let _ = by_tenant("billing", DOWN);
    let _ = by_tenant("billing/eu", DOWN);
    billing(Ok(())).unwrap();
    billing_part("eu", Ok(())).unwrap();
    let registry = scope.registry();
    assert!(registry.conflicts().is_empty());
    assert_eq!(registry.get_key("api", "billing").unwrap().state(), State::Open);
    assert_eq!(registry.get_key("api", "billing/eu").unwrap().state(), State::Open);
    assert_eq!(registry.get("api/billing").unwrap().state(), State::Closed);
    assert_eq!(registry.get_key("api/billing", "eu").unwrap().state(), State::Closed);
    assert!(registry.get("api/billing/eu").is_none() && registry.get("api").is_none());
}

#[test]
fn names_that_are_shown_alike_stand_beside_each_other_in_the_list() {
    let scope = Scope::enter();
    billing(Ok(())).unwrap();
    by_tenant("billing", Ok(())).unwrap();
    by_tenant("a", Ok(())).unwrap();
    let all: Vec<_> = scope.registry().iter().map(|breaker| parts(&breaker)).collect();
    let api = |key: &str| ("api".to_owned(), Some(key.to_owned()));
    assert_eq!(all, [api("a"), api("billing"), ("api/billing".into(), None)]);
    let [one, other] = [1, 2].map(|at| scope.registry().iter().nth(at).unwrap());
    assert_eq!(one.name().as_str(), other.name().as_str());
    assert_ne!(one.name(), other.name());
    assert_eq!(scope.registry().len(), 3);
}

#[test]
fn override_of_a_name_does_not_reach_a_key_that_spells_it() {
    let scope = Scope::enter();
    let registry = scope.registry();
    registry.configure("api/billing", Config::builder().threshold(7)).unwrap();
    registry.configure_key("api", "billing", Config::builder().threshold(9)).unwrap();
    by_tenant("billing", Ok(())).unwrap();
    billing(Ok(())).unwrap();
    let threshold = |breaker: Option<Arc<Breaker>>| breaker.unwrap().config().threshold();
    assert_eq!(threshold(registry.get("api/billing")), Some(7));
    assert_eq!(threshold(registry.get_key("api", "billing")), Some(9));
    assert!(registry.unused_overrides().is_empty());
}

#[test]
fn removal_of_a_name_leaves_its_keys_and_what_is_shown_alike() {
    let scope = Scope::enter();
    let registry = scope.registry();
    by_tenant("billing", DOWN).unwrap_err();
    billing(Ok(())).unwrap();
    assert!(registry.remove("api").is_none());
    assert!(registry.remove_key("api/billing", "").is_none());
    let removed = registry.remove("api/billing").unwrap();
    assert_eq!(parts(&removed), ("api/billing".into(), None));
    assert_eq!(registry.get_key("api", "billing").unwrap().state(), State::Open);
    let removed = registry.remove_key("api", "billing").unwrap();
    assert_eq!(parts(&removed), ("api".into(), Some("billing".into())));
    assert!(registry.is_empty());
    by_tenant("billing", Ok(())).unwrap();
}

#[test]
fn key_override_beats_the_name_which_beats_all_which_beats_the_attribute() {
    let scope = Scope::enter();
    let registry = scope.registry();
    let config = || Config::builder();
    registry.configure_all(config().threshold(10).probes(10).cooldown(ms(10))).unwrap();
    registry.configure("api", config().threshold(20).probes(20)).unwrap();
    registry.configure_key("api", "a b", config().threshold(30)).unwrap();
    for key in ["a b", "other"] {
        by_tenant(key, Ok(())).unwrap();
    }
    let values = |key: &str| {
        let config = registry.get_key("api", key).unwrap().config();
        (config.threshold(), config.probes(), config.cooldown())
    };
    assert_eq!(values("a b"), (Some(30), 20, ms(10)));
    assert_eq!(values("other"), (Some(20), 20, ms(10)));
    registry.configure_key("api", "a b", config()).unwrap();
    assert_eq!(values("a b"), (Some(20), 20, ms(10)), "taken back");
    let refused = registry.configure_key("api", "a b", config().threshold(0));
    assert!(refused.is_err() && registry.configure_key("a b", "", config()).is_err());
}

#[test]
fn key_with_space_backslash_or_invisible_characters_is_reached_as_it_is() {
    let scope = Scope::enter();
    let registry = scope.registry();
    for (key, shown) in [
        ("a b", "api/a\\u{20}b"),
        ("a\\b", "api/a\\u{5c}b"),
        ("a\\u{20}b", "api/a\\u{5c}u{20}b"),
        ("\u{200b}", "api/\\u{200b}"),
        ("\u{202e}x", "api/\\u{202e}x"),
        ("x\n", "api/x\\u{a}"),
        ("a/b", "api/a/b"),
        ("", "api/"),
    ] {
        registry.configure_key("api", key, Config::builder().probes(7)).unwrap();
        let _ = by_tenant(key, DOWN);
        let Err(CallError::Breaker(error)) = by_tenant(key, Ok(())) else { panic!("{key:?}") };
        assert_eq!(error.name(), shown);
        let breaker = registry.get_key("api", key).unwrap();
        assert_eq!((breaker.name().as_str(), breaker.key()), (shown, Some(key)));
        assert_eq!(breaker.config().probes(), 7);
        assert!(key == "a/b" || registry.get_key("api", &shown[4..]).is_none() || key.is_empty());
        assert!(Arc::ptr_eq(&registry.remove_key("api", key).unwrap(), &breaker));
    }
    by_tenant("7", Ok(())).unwrap();
    assert!(registry.get_key("api", 7).is_some(), "anything that is shown so");
}

#[test]
fn events_and_snapshots_tell_key_and_name_apart() {
    let scope = Scope::enter();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let _subscription = scope.registry().on_event(move |event| {
        log.lock().unwrap().push((event.name.clone(), event.key.as_deref().map(str::to_owned)));
    });
    let _ = by_tenant("billing", DOWN);
    billing(DOWN).unwrap_err();
    billing(DOWN).unwrap_err();
    let seen = seen.lock().unwrap();
    assert_eq!((&seen[0].1, &seen[1].1), (&Some("billing".to_owned()), &None));
    assert_ne!(seen[0].0, seen[1].0);
    let snapshots = scope.registry().snapshots();
    assert_eq!(snapshots[0].name.as_str(), snapshots[1].name.as_str());
    assert_eq!((snapshots[0].family.as_str(), snapshots[1].key.as_deref()), ("api", None));
}

/// [G1]
#[test]
fn two_tunings_of_one_name_are_a_conflict_whatever_the_keys() {
    #[circuit_breaker(name = "api", key = tenant, threshold = 2)]
    fn other(tenant: &str) -> Result<(), CallError> {
        answer(Ok(()))
    }
    let scope = Scope::enter();
    by_tenant("a", Ok(())).unwrap();
    for _ in 0..3 {
        let called = std::panic::catch_unwind(|| other("b"));
        assert_eq!(called.is_err(), cfg!(debug_assertions));
    }
    assert_eq!(scope.registry().conflicts().len(), 1);
    assert_eq!(scope.registry().get_key("api", "b").unwrap().config().threshold(), Some(1));
}

#[test]
fn name_whose_calls_have_keys_can_be_had_by_itself() {
    let registry = Registry::new();
    let named = registry.breaker("llm").unwrap();
    assert!(registry.get_key("llm", "").is_none() && registry.get_key("ll", "m").is_none());
    assert_eq!(parts(&named), ("llm".into(), None));
}

#[test]
fn override_that_does_not_fit_a_key_is_listed_under_the_key() {
    #[circuit_breaker(name = "fit", key = key, failure_count = 50, window = 100)]
    fn call(key: u32) -> Result<(), CallError> {
        answer(Ok(())).map(|()| drop(key.to_string()))
    }
    let scope = Scope::enter();
    let registry = scope.registry();
    let window = |calls| Config::builder().window_calls(calls);
    registry.configure_key("fit", 1, window(10)).unwrap();
    (0..3).for_each(|key| call(key).unwrap());
    let listed = || {
        let all = registry.invalid_overrides().into_iter();
        all.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["fit/1"]);
    assert!(registry.configure_key("fit", 2, window(10)).is_err(), "2 is there, and was valid");
    registry.configure_key("fit", 2, window(60)).unwrap();
    assert_eq!(listed(), ["fit/1"]);
    registry.configure_key("fit", 1, window(60)).unwrap();
    assert!(listed().is_empty());
}
