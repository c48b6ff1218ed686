//! Names, configs, and breakers that come and go.

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Config, Name, Registry, State, circuit_breaker};
use support::{COOLDOWN, DOWN, Reply, fail, named, recover, trip};

#[circuit_breaker(name = "torn", threshold = 1)]
fn one(reply: Reply) -> Reply {
    reply
}

/// [G1] And one that declares rules, though one that gives the name alone ran first.
#[test]
fn tuning_declared_for_a_key_that_is_there_already_rules() {
    #[circuit_breaker(name = "early", key = key)]
    fn undeclared(key: u32) -> Reply {
        Ok(key)
    }
    #[circuit_breaker(name = "early", threshold = 2, key = key)]
    fn declared(key: u32, reply: Reply) -> Reply {
        reply.map(|_| key)
    }
    let scope = Scope::enter();
    assert_eq!(undeclared(1), Ok(1));
    assert_eq!([declared(1, DOWN), declared(1, DOWN)], [DOWN, DOWN]);
    assert_eq!(scope.registry().get_key("early", 1).unwrap().state(), State::Open);
}

/// [G2]
#[test]
fn tuning_by_name_rules_and_a_misspelt_name_is_reported() {
    for before in [true, false] {
        let scope = Scope::enter();
        let registry = scope.registry();
        let configure = || {
            registry.configure("torn", Config::builder().threshold(3)).unwrap();
            registry.configure("tron", Config::builder().threshold(3)).unwrap();
        };
        if before {
            configure();
        }
        assert_eq!(one(Ok(1)), Ok(1));
        if !before {
            configure();
        }
        let breaker = named(&scope, "torn");
        fail(&breaker);
        fail(&breaker);
        trip(&breaker);
        let unused = registry.unused_overrides();
        assert_eq!(unused.iter().map(Name::as_str).collect::<Vec<_>>(), ["tron"]);
    }
}

/// [G2]
#[test]
fn tuning_from_a_file_is_checked_by_itself_and_reported_if_it_does_not_fit() {
    let registry = Registry::new();
    let tune = || Config::builder();
    assert!(registry.configure("a", tune().slow_rate(0.5)).is_ok(), "the rest may be declared");
    assert!(registry.configure("a", tune().cooldown_max(COOLDOWN)).is_ok());
    registry.configure("a", tune().min_calls(50)).unwrap();
    let small = tune().failure_rate(0.5).window_calls(20).build().unwrap();
    let breaker = registry.get_or_insert("a", small).unwrap();
    assert_eq!(registry.invalid_overrides().len(), 1);
    let error = registry.configure_all(tune().threshold(0)).unwrap_err();
    assert_eq!(error.to_string(), "`threshold` must be between 1 and 65535, found `0`");
    registry.configure_all(tune().probes(2)).unwrap();
    registry.configure("a", tune().min_calls(5)).unwrap();
    assert!(registry.invalid_overrides().is_empty(), "repaired");
    for _ in 0..5 {
        fail(&breaker);
    }
    assert_eq!(breaker.state(), State::Open);
}

/// [G3] Nor does what is reported of them grow.
#[test]
fn invalid_overrides_of_keys_from_user_input_stay_within_their_bound() {
    #[circuit_breaker(name = "misfit", failure_count = 50, window = 100, key = user)]
    fn serve(user: u32) -> Reply {
        Ok(user)
    }
    let scope = Scope::enter();
    scope.registry().set_max_keys(20);
    scope.registry().configure("misfit", Config::builder().window_calls(10)).unwrap();
    for user in 0..2_000 {
        assert_eq!(serve(user), Ok(user));
    }
    let reports = scope.registry().invalid_overrides().len();
    assert!((1..=20).contains(&reports), "{reports} reports");
}

/// [G6]
#[test]
fn breaker_removed_while_in_use_ends_its_calls_and_is_not_revived() {
    let registry = Registry::new();
    let config = Config::builder().threshold(1).build().unwrap();
    let old = registry.get_or_insert("used", config).unwrap();
    let call = old.try_acquire_owned().unwrap();
    drop(registry.remove("used"));
    let new = registry.get_or_insert("used", config).unwrap();
    assert!(!Arc::ptr_eq(&old, &new));
    call.failure();
    assert_eq!((old.state(), new.state()), (State::Open, State::Closed));
    assert_eq!(registry.len(), 1);
    old.reset();
    recover(&old);
}
