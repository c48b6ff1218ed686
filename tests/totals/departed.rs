//! The totals of keys that have made room, and of breakers that were removed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Config, Registry, State, Totals, circuit_breaker};
use support::Reply;

use crate::{answer, assert_none_fell, failures, sum_of};

#[circuit_breaker(name = "llm", key = key, threshold = 2, cooldown = "10s")]
fn complete(key: &str, succeeds: bool) -> Reply {
    let _ = key;
    answer(succeeds)
}

#[circuit_breaker(name = "db", threshold = 2, cooldown = "10s")]
fn query(succeeds: bool) -> Reply {
    answer(succeeds)
}

fn departed(registry: &Registry, name: &str) -> Totals {
    let all = registry.departed();
    let found = all.into_iter().find(|(family, _)| *family == name);
    found.map(|(_, totals)| totals).unwrap_or_default()
}

#[test]
fn key_that_makes_room_leaves_its_totals_to_its_family() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(1);
    for _ in 0..2 {
        complete("a", false).unwrap_err();
    }
    complete("a", true).unwrap_err();
    scope.advance(Duration::from_secs(10));
    assert_eq!(departed(scope.registry(), "llm"), Totals::default());
    let before = sum_of(scope.registry(), "llm");
    complete("b", false).unwrap_err();
    assert!(scope.registry().get_key("llm", "a").is_none(), "it has made room");
    let gone = departed(scope.registry(), "llm");
    assert_eq!((failures(&gone), gone.rejections), ([2, 0, 0, 0], 1));
    assert_eq!(gone.time_in(State::Open), Duration::from_secs(10));
    let after = sum_of(scope.registry(), "llm");
    assert_none_fell(&before, &after);
    assert_eq!(failures(&after), [3, 0, 0, 0]);
}

#[test]
fn removed_breakers_leave_their_totals_but_names_made_at_run_time_end() {
    let scope = Scope::enter();
    let registry = scope.registry();
    complete("a", false).unwrap_err();
    registry.remove_key("llm", "a").unwrap();
    query(false).unwrap_err();
    registry.remove("db").unwrap();
    for name in ["llm", "db"] {
        assert_eq!(failures(&departed(registry, name)), [1, 0, 0, 0], "{name}");
    }
    complete("a", false).unwrap_err();
    query(false).unwrap_err();
    for name in ["llm", "db"] {
        assert_eq!(failures(&sum_of(registry, name)), [2, 0, 0, 0], "{name}");
    }
    for number in 0..10 {
        let name = format!("replica-{number}");
        let breaker = registry.get_or_insert(&name, Config::new()).unwrap();
        breaker.try_acquire().unwrap().failure();
        registry.remove(&name).unwrap();
    }
    assert_eq!(registry.departed().len(), 2);
}

#[test]
fn totals_of_a_name_never_fall_whatever_happens_to_its_keys() {
    let scope = Scope::enter();
    let registry = scope.registry();
    registry.set_max_keys(4);
    let mut before = sum_of(registry, "llm");
    let mut random = 1_u64;
    for _ in 0..5_000 {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = format!("{}", random >> 60);
        let breaker = || registry.get_key("llm", &key);
        match random >> 40 & 15 {
            0 => _ = registry.remove_key("llm", &key),
            1 => _ = breaker().inspect(|breaker| breaker.reset()),
            2 => _ = breaker().inspect(|breaker| breaker.observe()),
            3 => scope.advance(Duration::from_secs(7)),
            4..8 => _ = complete(&key, true),
            _ => _ = complete(&key, false),
        }
        let after = sum_of(registry, "llm");
        assert_none_fell(&before, &after);
        before = after;
    }
    assert!(before.transitions().count() > 5 && before.rejections > 100, "{before:?}");
    assert_eq!(before.failures(breakerbox::FailureKind::Panicked), 0);
}

#[circuit_breaker(name = "churned", key = key, threshold = 60_000)]
fn churn(key: u64) -> Reply {
    let _ = key;
    answer(false)
}

/// In the registry of the process, whose keys stand in memory that others have had before.
#[test]
fn survey_takes_each_key_into_account_once_while_keys_come_and_go() {
    const CALLS: u64 = 30_000;
    let registry = Registry::global();
    registry.set_max_keys(20);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut before = sum_of(&registry, "churned");
            while !is_over.load(Ordering::Relaxed) {
                let after = sum_of(&registry, "churned");
                assert_none_fell(&before, &after);
                before = after;
            }
        });
        let callers = [0, 1].map(|caller| {
            scope.spawn(move || {
                for call in 0..CALLS {
                    churn(call / 3 * 2 + caller).unwrap_err();
                }
            })
        });
        for caller in callers {
            caller.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(failures(&sum_of(&registry, "churned")), [2 * CALLS, 0, 0, 0]);
    assert!(registry.reports().len() <= 42, "the keys, and the breaker of the name");
}
