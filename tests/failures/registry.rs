//! Names, tuning, and breakers that come and go.

use std::panic::catch_unwind;
use std::sync::{Arc, Barrier};

use breakerbox::testing::Scope;
use breakerbox::{Config, Name, Registry, State, circuit_breaker};

use crate::{DOWN, Reply, fail, named, recover, trip};

#[circuit_breaker(name = "torn", threshold = 1)]
fn one(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "torn", threshold = 2)]
fn two(reply: Reply) -> Reply {
    reply
}

/// [G1]
#[test]
fn two_tunings_of_one_name_are_reported_in_either_order() {
    let orders = [[one as fn(Reply) -> Reply, two], [two, one]];
    for [first, second] in orders {
        let scope = Scope::enter();
        assert_eq!(first(Ok(1)), Ok(1));
        let panicked = catch_unwind(|| second(Ok(1))).is_err();
        assert_eq!(panicked, cfg!(debug_assertions));
        let conflicts = scope.registry().conflicts();
        assert_eq!(conflicts.len(), 1);
        let said = conflicts[0].to_string();
        let place = |line: u32| said.contains(&format!("{}:{line}:", file!()));
        assert!(place(conflicts[0].first.line()) && place(conflicts[0].second.line()));
        assert_ne!(conflicts[0].first, conflicts[0].second);
    }
}

/// [G1] So too where the name has keys.
#[test]
fn two_tunings_of_one_name_with_keys_are_reported() {
    #[circuit_breaker(name = "keys", threshold = 1, key = key)]
    fn one(key: u32) -> Reply {
        Ok(key)
    }
    #[circuit_breaker(name = "keys", threshold = 2, key = key)]
    fn two(key: u32) -> Reply {
        Ok(key)
    }
    let scope = Scope::enter();
    assert_eq!(one(1), Ok(1));
    let panicked = catch_unwind(|| two(1)).is_err();
    assert_eq!(scope.registry().conflicts().len(), 1);
    assert_eq!(panicked, cfg!(debug_assertions));
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

#[circuit_breaker(name = "user", threshold = 1, key = user)]
fn serve(user: &str, reply: Reply) -> Reply {
    reply
}

/// [G3]
#[test]
fn keys_from_user_input_stay_within_their_bound() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(20);
    assert_eq!(serve("down", DOWN), DOWN);
    for user in 0..2_000 {
        assert_eq!(serve(&user.to_string(), Ok(1)), Ok(1));
        assert!(scope.registry().len() <= 20);
    }
    assert_eq!(
        scope.registry().get_key("user", "down").unwrap().state(),
        State::Open,
        "idle ones make room"
    );
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

/// [G4]
#[test]
fn tests_that_trip_one_name_side_by_side_do_not_meet() {
    let turn = Barrier::new(2);
    std::thread::scope(|threads| {
        for fails in [true, false] {
            let turn = &turn;
            threads.spawn(move || {
                let scope = Scope::enter();
                assert_eq!(one(if fails { DOWN } else { Ok(1) }).is_err(), fails);
                turn.wait();
                assert_eq!(one(Ok(1)).is_err(), fails);
                let held = named(&scope, "torn");
                held.reset();
                assert!(Arc::ptr_eq(&held, &named(&scope, "torn")), "reset and not replaced");
                assert_eq!(one(Ok(1)), Ok(1));
            });
        }
    });
}

/// [G5]
#[test]
fn hosts_behind_one_function_have_a_breaker_each_where_it_has_a_key() {
    #[circuit_breaker(name = "host", threshold = 1, key = host)]
    fn get(host: &str) -> Reply {
        if host == "dead" { DOWN } else { Ok(1) }
    }
    let _scope = Scope::enter();
    assert_eq!(get("dead"), DOWN);
    assert!(get("dead").unwrap_err().is_rejection());
    assert_eq!(get("alive"), Ok(1));
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
