//! Threads that race for the first use of one name: they get one breaker.

use std::sync::{Arc, Barrier};
use std::thread;

use breakerbox::testing::{Handle, Scope};
use breakerbox::{Config, Registry, circuit_breaker};
use support::{DOWN, Reply, now, together};

const THREADS: u32 = 32;

#[circuit_breaker(name = "raced", threshold = 1_000)]
fn fail() -> Reply {
    DOWN
}

#[circuit_breaker(name = "raced", threshold = 1_000)]
async fn fail_async() -> Reply {
    std::future::ready(()).await;
    DOWN
}

/// Each thread's first use is a failed call: through the functions, or by name.
fn first_use(thread: u32) {
    match thread % 3 {
        0 => assert!(fail().is_err()),
        1 => assert!(now(fail_async()).is_err()),
        _ => {
            let config = Config::builder().threshold(1_000).build().unwrap();
            let breaker = Registry::global().get_or_insert("raced", config);
            breaker.unwrap().try_acquire().unwrap().failure();
        }
    }
}

fn race(scope: Option<&Scope>) {
    let handle = scope.map(Scope::handle);
    together(THREADS, |thread| {
        let _entered = handle.as_ref().map(Handle::enter);
        first_use(thread);
    });
    let snapshot = Registry::global().get("raced").unwrap().snapshot();
    assert_eq!(u32::from(snapshot.consecutive_failures), THREADS, "they add up");
    assert!(Registry::global().conflicts().is_empty());
}

#[test]
fn functions_that_race_for_the_first_use_share_one_breaker() {
    race(None);
}

#[test]
fn functions_that_race_in_a_scope_share_one_breaker() {
    for _ in 0..20 {
        let scope = Scope::enter();
        race(Some(&scope));
        assert_eq!(scope.registry().len(), 1);
    }
}

#[test]
fn callers_of_get_or_insert_that_race_get_one_breaker() {
    for _ in 0..20 {
        let registry = Registry::new();
        let all = together(THREADS, |_| registry.get_or_insert("same", Config::new()).unwrap());
        assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])));
        assert_eq!(registry.len(), 1);
    }
}

#[test]
fn two_tunings_that_race_yield_one_breaker_and_one_conflict() {
    for _ in 0..20 {
        let registry = Registry::new();
        let start = Barrier::new(2);
        let insert = |threshold| {
            let config = Config::builder().threshold(threshold).build().unwrap();
            start.wait();
            registry.get_or_insert("torn", config).is_ok()
        };
        let (one, two) = thread::scope(|threads| {
            let two = threads.spawn(|| insert(2));
            (insert(1), two.join().unwrap())
        });
        assert!(one != two, "the first one rules");
        assert_eq!((registry.len(), registry.conflicts().len()), (1, 1));
        let breaker = registry.get("torn").unwrap();
        breaker.try_acquire().unwrap().failure();
        assert_eq!(breaker.is_call_permitted(), two);
    }
}

/// [R12]
#[test]
fn first_uses_of_one_name_that_race_share_a_breaker_and_its_counts() {
    const CALLERS: u32 = 16;
    #[circuit_breaker(name = "first", threshold = 1_000)]
    fn one() -> Reply {
        DOWN
    }
    #[circuit_breaker(name = "first")]
    fn two() -> Reply {
        DOWN
    }
    let scope = Scope::enter();
    let handle = scope.handle();
    let found = together(CALLERS, |thread| {
        let _entered = handle.enter();
        // Four threads call `two`. The default threshold of five holds until `one` has run, so they
        // cannot trip the breaker.
        let _ = if thread % 4 == 3 { two() } else { one() };
        Registry::global().get("first").unwrap()
    });
    assert!(found.iter().all(|breaker| Arc::ptr_eq(breaker, &found[0])));
    assert_eq!(u32::from(found[0].snapshot().consecutive_failures), CALLERS);
}
