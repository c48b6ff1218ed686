//! `testing::Scope`: a registry and a clock for one test.

use std::panic::catch_unwind;
use std::sync::Barrier;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Config, Registry, State, circuit_breaker};

use crate::{Reply, global, is_rejection, parse};

const SECOND: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "parse")]
async fn parse_after(text: &str, wait: impl Future) -> Reply {
    wait.await;
    Ok(text.parse()?)
}

/// [G4]
#[test]
fn scopes_of_parallel_tests_on_one_name_do_not_meet() {
    let turn = Barrier::new(2);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let _scope = Scope::enter();
            assert!(parse("x").is_err());
            turn.wait();
            assert!(is_rejection(&parse("1")));
            turn.wait();
        });
        threads.spawn(|| {
            let _scope = Scope::enter();
            turn.wait();
            assert_eq!(parse("1").unwrap(), 1);
            assert_eq!(global("parse").state(), State::Closed);
            turn.wait();
        });
    });
}

#[test]
fn clocks_of_two_scopes_do_not_meet() {
    let outer = Scope::enter();
    assert!(parse("x").is_err());
    {
        let inner = Scope::enter();
        inner.advance(SECOND);
        assert_eq!(outer.clock().elapsed(), Duration::ZERO);
    }
    assert!(is_rejection(&parse("1")), "not cooled down");
    outer.clock().advance(SECOND);
    assert_eq!(parse("1").unwrap(), 1);
}

#[test]
fn handle_takes_a_thread_into_the_scope_until_its_guard_is_dropped() {
    let scope = Scope::enter();
    assert!(parse("x").is_err());
    let handle = scope.handle();
    let elsewhere = std::thread::spawn(move || {
        let entered = handle.enter();
        assert!(is_rejection(&parse("1")));
        drop(entered);
        Registry::global().get("parse").is_some_and(|b| b.state() == State::Open)
    });
    assert!(!elsewhere.join().unwrap(), "it has left");
    assert_eq!(global("parse").snapshot().rejections, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handle_takes_a_task_into_the_scope_whichever_thread_polls_it() {
    let scope = Scope::enter();
    let global_is_the_scopes = || Registry::global().get("marker").is_some();
    scope.registry().get_or_insert("marker", Config::new()).unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let many_turns = async move {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    assert!(global_is_the_scopes());
                }
            };
            tokio::spawn(scope.handle().wrap(parse_after("7", many_turns)))
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 7);
    }
    assert!(parse("x").is_err());
    let task = tokio::spawn(scope.handle().wrap(parse_after("7", async {})));
    assert!(is_rejection(&task.await.unwrap()));
    let unwrapped = tokio::spawn(async move { global_is_the_scopes() });
    assert!(!unwrapped.await.unwrap());
}

#[tokio::test]
async fn task_of_a_runtime_on_the_tests_thread_is_in_the_scope() {
    let _scope = Scope::enter();
    assert!(parse("x").is_err());
    let task = tokio::spawn(parse_after("7", tokio::task::yield_now()));
    assert!(is_rejection(&task.await.unwrap()));
}

#[test]
fn nested_scope_hides_the_outer_one_until_it_ends() {
    let outer = Scope::enter();
    assert!(parse("x").is_err());
    {
        let inner = Scope::enter();
        assert_eq!(parse("1").unwrap(), 1);
        {
            let _back = outer.handle().enter();
            assert!(is_rejection(&parse("1")));
        }
        assert_eq!(parse("2").unwrap(), 2);
        assert_eq!(inner.registry().len(), 1);
    }
    assert!(is_rejection(&parse("1")));
}

#[test]
fn scopes_dropped_in_any_order_leave_none_behind() {
    let (one, two) = (Scope::enter(), Scope::enter());
    let registry = one.registry().clone();
    registry.get_or_insert("left-behind", Config::new()).unwrap();
    drop(one);
    drop(two);
    assert!(Registry::global().get("left-behind").is_none());
}

#[test]
fn scope_is_left_when_its_test_panics() {
    let panics = || {
        let _scope = Scope::enter();
        let registry = Registry::global();
        registry.get_or_insert("in-a-panic", Config::new()).unwrap();
        panic!("a failed test");
    };
    assert!(catch_unwind(panics).is_err());
    assert!(Registry::global().get("in-a-panic").is_none());
}

#[circuit_breaker(name = "process-wide", threshold = 1, cooldown = "1h")]
fn process_wide(fails: bool) -> Reply {
    if fails { Err("down".into()) } else { Ok(1) }
}

#[test]
fn function_outside_any_scope_uses_the_registry_of_the_process() {
    assert!(process_wide(true).is_err());
    assert!(is_rejection(&process_wide(false)));
    assert_eq!(global("process-wide").state(), State::Open);
    {
        let _scope = Scope::enter();
        assert!(Registry::global().get("process-wide").is_none());
        assert_eq!(process_wide(false).unwrap(), 1);
    }
    let elsewhere = std::thread::spawn(|| process_wide(false));
    assert!(is_rejection(&elsewhere.join().unwrap()));
    global("process-wide").reset();
    assert_eq!(process_wide(false).unwrap(), 1);
}

#[test]
fn function_first_used_in_a_scope_is_not_remembered_outside_it() {
    #[circuit_breaker(name = "first-in-a-scope", threshold = 1, cooldown = "1h")]
    fn fetch(fails: bool) -> Reply {
        if fails { Err("down".into()) } else { Ok(1) }
    }
    {
        let _scope = Scope::enter();
        assert!(fetch(true).is_err());
        assert!(is_rejection(&fetch(false)));
    }
    assert_eq!(fetch(false).unwrap(), 1);
    assert!(fetch(true).is_err());
    let _scope = Scope::enter();
    assert_eq!(fetch(false).unwrap(), 1);
}
