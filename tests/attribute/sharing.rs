//! Functions of one name: they share a breaker, and must agree on its tuning.

use breakerbox::testing::Scope;
use breakerbox::{Config, Registry, State, circuit_breaker};
use support::{DOWN, Reply, named, now};

#[circuit_breaker(name = "shared", threshold = 2)]
fn read(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "shared")]
async fn write(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[circuit_breaker(threshold = 2, name = "shared")]
fn read_again(reply: Reply) -> Reply {
    reply
}

#[test]
fn functions_of_one_name_trip_together() {
    let scope = Scope::enter();
    assert_eq!(read(DOWN), DOWN);
    assert_eq!(now(write(DOWN)), DOWN);
    assert!(read_again(Ok(1)).unwrap_err().is_rejection());
    assert!(now(write(Ok(1))).unwrap_err().is_rejection());
    assert_eq!(scope.registry().len(), 1);
    assert_eq!(named(&scope, "shared").snapshot().rejections, 2);
    assert!(scope.registry().conflicts().is_empty());
}

#[test]
fn tuning_given_by_one_function_rules_though_another_ran_first() {
    let scope = Scope::enter();
    assert_eq!(now(write(DOWN)), DOWN);
    assert_eq!(read_again(DOWN), DOWN, "two in a row, not five");
    assert_eq!(named(&scope, "shared").state(), State::Open);
    assert!(scope.registry().conflicts().is_empty());
}

#[test]
fn defaults_spelled_out_agree_with_the_defaults() {
    #[circuit_breaker(name = "spelled", threshold = 5, cooldown = "30s")]
    fn long(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "spelled", probes = 1, success_threshold = 1)]
    fn short(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!((long(Ok(1)), short(Ok(2))), (Ok(1), Ok(2)));
    assert!(scope.registry().conflicts().is_empty());
}

#[circuit_breaker(name = "torn", threshold = 1)]
fn one(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "torn", threshold = 2)]
async fn two(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[test]
fn program_that_asks_first_agrees_with_an_attribute_of_the_same_tuning() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(1).build().unwrap();
    let same = Registry::global().get_or_insert("torn", config).unwrap();
    assert_eq!(one(DOWN), DOWN);
    assert_eq!(same.state(), State::Open);
    assert!(scope.registry().conflicts().is_empty());
}

#[cfg(debug_assertions)]
mod conflict {
    use std::panic::{UnwindSafe, catch_unwind};

    use super::*;

    #[circuit_breaker(name = "torn", threshold = 1, cooldown = "1s")]
    fn three(reply: Reply) -> Reply {
        reply
    }

    /// Returns the message of the panic of a call.
    fn panic_of(call: impl FnOnce() -> Reply + UnwindSafe) -> String {
        let panic = catch_unwind(call).expect_err("it should panic");
        *panic.downcast::<String>().expect("a formatted message")
    }

    /// Returns the line of the attribute of a function in this file.
    fn line_of(function: &str) -> u32 {
        let source = include_str!("sharing.rs");
        let at = source.lines().position(|line| line.contains(function));
        u32::try_from(at.unwrap()).unwrap()
    }

    /// [G1]
    #[test]
    fn functions_of_one_name_and_two_tunings_panic_with_both_places() {
        let _scope = Scope::enter();
        assert_eq!(one(Ok(1)), Ok(1));
        let message = panic_of(|| now(two(Ok(1))));
        let place = |function| format!("{}:{}:", file!(), line_of(function));
        for part in ["`torn`", &place("fn one"), &place("async fn two")] {
            assert!(message.contains(part), "{part} in {message}");
        }
        assert_eq!(one(Ok(2)), Ok(2), "the first is not disturbed");
    }

    #[test]
    fn conflicts_are_listed_once_for_each_pair_of_places() {
        let scope = Scope::enter();
        assert_eq!(one(Ok(1)), Ok(1));
        for _ in 0..3 {
            assert!(catch_unwind(|| now(two(Ok(1)))).is_err(), "each time");
            assert!(catch_unwind(|| three(Ok(1))).is_err());
        }
        let conflicts = scope.registry().conflicts();
        assert_eq!(conflicts.len(), 2);
        let lines = conflicts.iter().map(|c| (c.first.line(), c.second.line()));
        let (ruling, others) = (line_of("fn one"), [line_of("fn two"), line_of("fn three")]);
        assert!(lines.eq(others.map(|other| (ruling, other))));
        assert_eq!(conflicts[0].name, "torn");
        assert_eq!(
            panic_of(|| now(two(Ok(1)))),
            conflicts[0].to_string(),
            "the panic says the same"
        );
    }

    #[test]
    fn conflict_is_found_in_either_order() {
        let scope = Scope::enter();
        assert_eq!(now(two(Ok(1))), Ok(1));
        assert!(catch_unwind(|| one(Ok(1))).is_err());
        let conflict = &scope.registry().conflicts()[0];
        assert_eq!(conflict.first.line(), line_of("fn two"));
        assert_eq!(conflict.second.line(), line_of("fn one"));
    }

    #[test]
    fn function_in_conflict_neither_runs_nor_counts() {
        let scope = Scope::enter();
        assert_eq!(one(Ok(1)), Ok(1));
        let before = named(&scope, "torn").snapshot();
        assert!(catch_unwind(|| now(two(DOWN))).is_err());
        assert_eq!(named(&scope, "torn").snapshot(), before);
    }
}

#[test]
#[cfg(not(debug_assertions))]
fn conflict_in_a_release_build_is_listed_and_the_first_tuning_rules() {
    let scope = Scope::enter();
    assert_eq!(one(Ok(1)), Ok(1));
    assert_eq!(now(two(DOWN)), DOWN);
    assert_eq!(named(&scope, "torn").state(), State::Open);
    assert_eq!(scope.registry().conflicts().len(), 1);
}

#[test]
fn primary_and_secondary_each_have_their_own_breaker() {
    #[circuit_breaker(name = "primary", threshold = 1, fallback = secondary)]
    async fn primary(first: Reply, second: Reply) -> Reply {
        drop(second);
        first
    }
    #[circuit_breaker(name = "secondary", threshold = 1, fallback = local)]
    async fn secondary(first: Reply, second: Reply) -> Reply {
        drop(first);
        second
    }
    fn local(_: Reply, _: Reply) -> Reply {
        Ok(3)
    }
    let scope = Scope::enter();
    let call = |one, two| now(primary(one, two));
    assert_eq!(call(Ok(1), Ok(2)), Ok(1));
    assert_eq!(call(DOWN, Ok(2)), DOWN);
    assert_eq!(call(Ok(1), Ok(2)), Ok(2));
    assert_eq!(call(Ok(1), DOWN), DOWN);
    assert_eq!(call(Ok(1), Ok(2)), Ok(3));
    assert_eq!(named(&scope, "primary").snapshot().rejections, 3);
    assert_eq!(named(&scope, "secondary").snapshot().rejections, 1);
    scope.advance(std::time::Duration::from_secs(30));
    assert_eq!(call(Ok(1), Ok(2)), Ok(1));
    assert_eq!(named(&scope, "secondary").state(), State::Open);
}

#[test]
fn fallback_guarded_by_the_same_name_is_answered_by_its_own_fallback() {
    #[circuit_breaker(name = "same", threshold = 1, fallback = backup)]
    fn primary(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "same", fallback = |_reply| Ok(0))]
    fn backup(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(primary(DOWN), DOWN);
    assert_eq!(primary(Ok(1)), Ok(0));
    assert_eq!(named(&scope, "same").snapshot().rejections, 2);
}
