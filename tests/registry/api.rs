//! `get`, `get_or_insert`, `iter`, `conflicts`, and the levers of a breaker by name.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Clock, Config, Name, Registry, RegistryError, State};

use crate::{global, is_rejection, parse};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn breaker_is_reset_held_open_and_disabled_by_its_name() {
    let _scope = Scope::enter();
    assert!(parse("x").is_err());
    global("parse").reset();
    assert_eq!(parse("1").unwrap(), 1);
    global("parse").force_open();
    assert!(is_rejection(&parse("1")));
    global("parse").disable();
    for _ in 0..3 {
        assert!(!is_rejection(&parse("x")));
    }
    assert_eq!(global("parse").state(), State::Disabled);
    global("parse").reset();
    assert!(!is_rejection(&parse("x")));
    assert!(is_rejection(&parse("1")));
}

#[test]
fn get_or_insert_gives_the_same_breaker_for_the_same_tuning() {
    let registry = Registry::new();
    assert!(registry.get("llm").is_none());
    let one = registry.get_or_insert("llm", Config::new()).unwrap();
    let two = registry.get_or_insert("llm", Config::default()).unwrap();
    let spelled = Config::builder().threshold(5).probes(1).build().unwrap();
    let three = registry.clone().get_or_insert("llm", spelled).unwrap();
    assert!(Arc::ptr_eq(&one, &two) && Arc::ptr_eq(&one, &three));
    assert!(Arc::ptr_eq(&one, &registry.get("llm").unwrap()));
    assert_eq!(one.name().as_str(), "llm");
}

#[test]
fn get_or_insert_refuses_a_bad_name_and_keeps_nothing() {
    let registry = Registry::new();
    let long = "x".repeat(Name::MAX_LEN + 1);
    for bad in ["", " ", "a b", "a\tb", "a\u{a0}b", "a\0b", "\u{7f}", &long] {
        let error = registry.get_or_insert(bad, Config::new()).unwrap_err();
        assert!(matches!(error, RegistryError::Name(_)), "{bad:?}: {error}");
        assert!(error.source().is_none());
    }
    assert!(registry.is_empty());
    for good in [&"x".repeat(Name::MAX_LEN), "llm/gpt-4", "größe"] {
        assert!(registry.get_or_insert(good, Config::new()).is_ok());
    }
    assert_eq!(registry.len(), 3);
}

#[test]
fn get_or_insert_reports_other_tuning_and_the_first_rules() {
    let registry = Registry::new();
    let first = Config::builder().threshold(1).build().unwrap();
    let breaker = registry.get_or_insert("llm", first).unwrap();
    let error = registry.get_or_insert("llm", Config::new()).unwrap_err();
    let line = line!() - 1;
    assert!(error.to_string().contains("`llm`"));
    assert!(error.to_string().contains(file!()));
    let RegistryError::Conflict(conflict) = error else {
        panic!("{error}");
    };
    assert_eq!(conflict.name.as_str(), "llm");
    assert_eq!((conflict.first.line(), conflict.second.line()), (line - 1, line));
    assert_eq!(registry.conflicts(), [conflict]);
    breaker.try_acquire().unwrap().failure();
    assert_eq!(breaker.state(), State::Open, "by the first tuning");
}

#[test]
fn conflict_of_one_pair_of_places_is_listed_once() {
    let registry = Registry::new();
    let first = Config::builder().threshold(1).build().unwrap();
    registry.get_or_insert("llm", first).unwrap();
    for _ in 0..10 {
        assert!(registry.get_or_insert("llm", Config::new()).is_err());
    }
    assert_eq!(registry.conflicts().len(), 1);
    assert!(registry.get_or_insert("llm", Config::new()).is_err());
    assert_eq!(registry.conflicts().len(), 2);
}

#[test]
fn registries_are_apart_and_clones_are_the_same() {
    let (one, two) = (Registry::new(), Registry::default());
    one.get_or_insert("llm", Config::new()).unwrap();
    assert!(two.is_empty());
    assert!(one.clone().get("llm").is_some());
}

#[test]
fn iterator_gives_the_breakers_of_its_moment_by_name() {
    let registry = Registry::new();
    for name in ["b", "c", "a"] {
        registry.get_or_insert(name, Config::new()).unwrap();
    }
    let iterator = registry.iter();
    registry.remove("b").unwrap();
    registry.get_or_insert("d", Config::new()).unwrap();
    let names: Vec<_> = iterator.map(|breaker| breaker.name().to_string()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(registry.len(), 3);
}

#[test]
fn registry_with_a_clock_gives_it_to_its_breakers() {
    let (clock, hand) = Clock::manual();
    hand.advance(SECOND);
    let registry = Registry::with_clock(clock);
    let breaker = registry.get_or_insert("llm", Config::new()).unwrap();
    assert_eq!(breaker.snapshot().time_in_state, Duration::ZERO);
    hand.advance(SECOND);
    assert_eq!(breaker.snapshot().time_in_state, SECOND);
}

#[test]
fn tuning_outside_its_range_is_an_error_that_names_the_key() {
    type Spoil = fn(breakerbox::ConfigBuilder) -> breakerbox::ConfigBuilder;
    let spoiled: [(&str, Spoil); 8] = [
        ("threshold", |b| b.threshold(0)),
        ("threshold", |b| b.threshold(65_536)),
        ("probes", |b| b.probes(0)),
        ("probes", |b| b.probes(256)),
        ("success_threshold", |b| b.success_threshold(0)),
        ("success_threshold", |b| b.success_threshold(256)),
        ("cooldown", |b| b.cooldown(Duration::ZERO)),
        ("probe_timeout", |b| b.probe_timeout(Duration::ZERO)),
    ];
    for (key, spoil) in spoiled {
        let builder = spoil(Config::builder());
        let error = builder.build().unwrap_err();
        assert_eq!(error.key(), key);
        assert!(error.to_string().contains(", found `"), "{error}");
        let built = std::panic::catch_unwind(|| builder.build_const());
        assert!(built.is_err(), "at run time it panics");
    }
}

#[test]
fn tuning_at_the_ends_of_its_range_is_accepted() {
    let largest = Config::builder().threshold(65_535).probes(255);
    let largest = largest.success_threshold(255).cooldown(Duration::MAX);
    let config = largest.probe_timeout(Duration::MAX).build().unwrap();
    assert_eq!((config.threshold(), config.probes()), (Some(65_535), 255));
    assert_eq!((config.success_threshold(), config.cooldown()), (255, Duration::MAX));
    let smallest = Config::builder().cooldown(Duration::from_nanos(1));
    let config = smallest.build().unwrap();
    assert_eq!(config.probe_timeout(), config.cooldown());
}

#[test]
fn registry_error_chain_says_each_thing_once() {
    let registry = Registry::new();
    let unnamed: RegistryError = registry.get_or_insert("", Config::new()).unwrap_err();
    let untuned: RegistryError =
        registry.configure("a", Config::builder().threshold(0)).unwrap_err();
    let _ = registry.get_or_insert("a", Config::new());
    let other = Config::builder().threshold(9).build_const();
    let contradicted = registry.get_or_insert("a", other).unwrap_err();
    for error in [unnamed, untuned, contradicted] {
        assert!(std::error::Error::source(&error).is_none(), "{error} is displayed already");
    }
    assert!(matches!(Config::builder().probes(0).build(), Err(error)
        if matches!(RegistryError::from(error), RegistryError::Config(_))));
}

#[test]
fn subscription_may_be_dropped_inside_of_catch_unwind() {
    let registry = Registry::new();
    let breaker = registry.get_or_insert("a", Config::new()).unwrap();
    for subscription in [registry.on_event(|_| {}), breaker.on_event(|_| {})] {
        assert!(std::panic::catch_unwind(move || drop(subscription)).is_ok());
    }
}

#[test]
fn registry_is_empty_until_it_has_a_breaker() {
    let registry = Registry::new();
    assert!(registry.is_empty());
    let _ = registry.get_or_insert("a", Config::new());
    assert!(!registry.is_empty());
    let _ = registry.remove("a");
    assert!(registry.is_empty());
}

#[test]
fn invalid_override_of_two_breakers_is_listed_for_each() {
    let registry = Registry::new();
    let small = Config::builder().failure_rate(0.5).window_calls(20).build().unwrap();
    for name in ["a", "b"] {
        registry.configure(name, Config::builder().min_calls(50)).unwrap();
        let _ = registry.get_or_insert(name, small).unwrap();
    }
    let listed = registry.invalid_overrides();
    assert_eq!(listed.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), ["a", "b"]);
}
