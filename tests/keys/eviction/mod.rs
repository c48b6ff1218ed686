//! Breakers by key that make room for a new key, and those that never do.

mod listeners;
mod lowered_limit;
mod model;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{EventKind, ManualClock, Registry, State, circuit_breaker};
use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::{CallError, DOWN, Error, answer, ms};

const COOLDOWN: Duration = Duration::from_secs(30);

#[circuit_breaker(name = "host", key = host, threshold = 2, cooldown = "30s")]
fn get(host: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[circuit_breaker(name = "host", key = host, threshold = 2, cooldown = "30s")]
async fn get_when(host: &str, wait: oneshot::Receiver<()>) -> Result<(), CallError> {
    let _ = wait.await;
    answer(DOWN)
}

fn scope_of(max_keys: usize) -> Scope {
    let scope = Scope::enter();
    scope.registry().set_max_keys(max_keys);
    scope
}

fn succeed(host: &str) {
    get(host, Ok(())).unwrap();
}

fn trip(host: &str) {
    assert!((0..2).all(|_| get(host, DOWN) == answer(DOWN)));
}

fn state(scope: &Scope, host: &str) -> Option<State> {
    scope.registry().get_key("host", host).map(|breaker| breaker.state())
}

/// The events of the registry, in text.
fn log(registry: &Registry) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let copy = Arc::clone(&log);
    registry.on_event(move |event| copy.lock().unwrap().push(event.to_string())).keep();
    log
}

/// Returns the key, of these, that went for one more key.
fn goes_first(scope: &Scope, hosts: &[&str]) -> String {
    succeed("new");
    assert_eq!(state(scope, "new"), Some(State::Closed), "it has a breaker of its own");
    let gone = hosts.iter().filter(|host| state(scope, host).is_none());
    gone.copied().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn key_with_a_call_under_way_stays_and_its_failure_counts() {
    let scope = scope_of(4);
    let log = log(scope.registry());
    get("slow", DOWN).unwrap_err();
    let (end, wait) = oneshot::channel();
    let mut call = Box::pin(get_when("slow", wait));
    assert!((&mut call).now_or_never().is_none());
    for n in 0..100 {
        scope.advance(ms(1));
        succeed(&n.to_string());
    }
    end.send(()).unwrap();
    assert_eq!(call.await, answer(DOWN));
    assert!(get("slow", Ok(())).unwrap_err().is_rejection(), "it tripped, and is known");
    let told = log.lock().unwrap();
    assert!(
        told.contains(&"circuit breaker `host/slow`: closed to open (consecutive failures)".into())
    );
    assert_eq!(told.iter().filter(|event| event.ends_with("`: removed")).count(), 97);
}

#[test]
fn key_whose_permit_or_breaker_somebody_holds_stays() {
    let scope = scope_of(3);
    ["permit", "held", "free"].into_iter().for_each(succeed);
    let registry = scope.registry();
    let permit = registry.get_key("host", "permit").unwrap().try_acquire_owned().unwrap();
    let held = registry.get_key("host", "held").unwrap();
    scope.advance(ms(1));
    for n in 0..20 {
        succeed(&n.to_string());
    }
    assert!(Arc::ptr_eq(&held, &registry.get_key("host", "held").unwrap()));
    permit.failure();
    let failures = registry.get_key("host", "permit").unwrap().snapshot().consecutive_failures;
    assert_eq!((failures, registry.len()), (1, 3));
    drop(held);
    scope.advance(ms(1));
    for n in 0..20 {
        succeed(&n.to_string());
    }
    assert_eq!(state(&scope, "held"), None);
}

#[test]
fn subscription_holds_no_key() {
    let scope = scope_of(1);
    succeed("a");
    let subscription = scope.registry().get_key("host", "a").unwrap().on_event(|_| {});
    succeed("b");
    assert_eq!(state(&scope, "a"), None);
    drop(subscription);
}

#[test]
fn longest_unused_of_those_without_failures_goes_first() {
    let scope = scope_of(4);
    get("failed", DOWN).unwrap_err();
    ["a", "b", "c"].into_iter().for_each(succeed);
    scope.advance(ms(1));
    succeed("a");
    assert_eq!(goes_first(&scope, &["failed", "a", "b", "c"]), "b");
}

#[test]
fn use_without_time_passing_is_seen_too() {
    let scope = scope_of(3);
    ["a", "b", "c", "a"].into_iter().for_each(succeed);
    assert_eq!(goes_first(&scope, &["a", "b", "c"]), "b");
}

#[test]
fn failures_in_a_window_count_as_failures() {
    #[circuit_breaker(name = "window", key = host, failure_rate = 0.9, window = "1m")]
    fn rated(host: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
        answer(outcome)
    }
    let scope = scope_of(2);
    let known = |host: &str| scope.registry().get_key("window", host).is_some();
    rated("failing", DOWN).unwrap_err();
    rated("failing", Ok(())).unwrap();
    scope.advance(ms(1));
    rated("well", Ok(())).unwrap();
    rated("new", Ok(())).unwrap();
    assert_eq!((known("failing"), known("well")), (true, false));
}

#[test]
fn closed_with_failures_goes_before_one_whose_cooldown_is_over() {
    let scope = scope_of(3);
    trip("over");
    trip("half");
    scope.advance(COOLDOWN);
    scope.registry().get_key("host", "half").unwrap().half_open();
    get("failed", DOWN).unwrap_err();
    assert_eq!(goes_first(&scope, &["over", "half", "failed"]), "failed");
    trip("new");
    assert_eq!(get("next", DOWN), answer(DOWN));
    assert_eq!(state(&scope, "over"), None, "the longest unused");
    assert_eq!(state(&scope, "new"), Some(State::Open));
    get("last", DOWN).unwrap_err();
    assert_eq!(state(&scope, "half"), Some(State::HalfOpen));
}

#[test]
fn keys_whose_cooldown_is_over_make_room_for_all_that_come() {
    let scope = scope_of(1_000);
    for n in 0..1_000 {
        trip(&format!("dead-{n}.example"));
    }
    trip("shared.example");
    assert_eq!(scope.registry().len(), 1_001);
    scope.advance(COOLDOWN);
    for n in 0..2_000 {
        let host = format!("{n}.example");
        get(&host, DOWN).unwrap_err();
        assert_eq!(scope.registry().get_key("host", &host).unwrap().state(), State::Closed);
    }
    assert_eq!(scope.registry().len(), 1_001);
}

#[test]
fn open_isolated_disabled_and_observing_keys_never_go() {
    let scope = scope_of(6);
    let names = ["open", "opened-for", "forced", "disabled", "observing", "isolated"];
    names.into_iter().for_each(succeed);
    trip("open");
    let registry = scope.registry();
    let breaker = |host: &str| registry.get_key("host", host).unwrap();
    breaker("opened-for").open_for(COOLDOWN * 100);
    breaker("forced").force_open();
    breaker("disabled").disable();
    breaker("observing").observe();
    let isolation = breaker("isolated").isolate_owned();
    for n in 0..50 {
        succeed(&n.to_string());
    }
    assert!(registry.get("host").is_some(), "shared");
    scope.advance(COOLDOWN);
    assert_eq!(goes_first(&scope, &names), "open");
    trip("new");
    succeed("shares");
    assert_eq!(state(&scope, "shares"), None);
    drop(isolation);
    succeed("one more");
    assert_eq!(state(&scope, "isolated"), None);
}

#[test]
fn key_that_becomes_free_makes_room_at_once() {
    let scope = scope_of(2);
    ["a", "b"].into_iter().for_each(trip);
    succeed("new");
    assert_eq!((state(&scope, "new"), scope.registry().len()), (None, 3));
    scope.registry().get_key("host", "a").unwrap().reset();
    succeed("new");
    assert_eq!((state(&scope, "new"), state(&scope, "a")), (Some(State::Closed), None));
}

#[test]
fn threads_that_bring_ever_new_keys_lose_no_trip() {
    let scope = scope_of(30);
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&kinds);
    scope.registry().on_event(move |event| log.lock().unwrap().push(event.clone())).keep();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let handle = scope.handle();
            threads.spawn(move || {
                let _entered = handle.enter();
                for n in 0..500 {
                    let host = format!("{thread}-{n}");
                    let _ = if n % 100 == 0 { get(&host, DOWN) } else { get(&host, Ok(())) };
                    let _ = if n % 100 == 0 { get(&host, DOWN) } else { Ok(()) };
                }
            });
        }
    });
    let kinds = kinds.lock().unwrap();
    let keys = |wanted: fn(&EventKind) -> bool| {
        let events = kinds.iter().filter(move |event| wanted(&event.kind));
        events.filter_map(|event| event.key.clone()).collect::<Vec<_>>()
    };
    let tripped = keys(|kind| matches!(kind, EventKind::Transition { to: State::Open, .. }));
    let removed = keys(|kind| *kind == EventKind::Removed);
    for key in &tripped {
        assert_eq!(state(&scope, key), Some(State::Open));
        assert_eq!(removed.iter().filter(|gone| *gone == key).count(), 0);
    }
    // If all eight that a new key looks at are open, it shares the breaker of the name.
    assert!(removed.len() > 1_000 && scope.registry().len() <= 31);
}

/// The hand moves on by eight slots, though none of the eight has gone.
#[test]
fn key_that_may_go_is_found_by_the_third_new_one_among_24() {
    for free in 0..24 {
        let scope = scope_of(24);
        (0..24).filter(|n| *n != free).for_each(|n| trip(&n.to_string()));
        succeed("free");
        let finds = |_| {
            succeed("new");
            state(&scope, "new").is_some()
        };
        assert!((0..3).any(finds), "{free}");
        assert_eq!(state(&scope, "free"), None);
    }
}

/// A new key costs the same however many there are.
#[test]
fn new_key_looks_at_eight_others() {
    let goes = |longest_unused: u32| {
        let scope = scope_of(16);
        (0..16).for_each(|n| succeed(&n.to_string()));
        scope.advance(ms(1));
        (0..16).filter(|n| *n != longest_unused).for_each(|n| succeed(&n.to_string()));
        succeed("new");
        assert_eq!(scope.registry().len(), 16);
        state(&scope, &longest_unused.to_string()).is_none()
    };
    assert_eq!((0..16).filter(|longest_unused| goes(*longest_unused)).count(), 8);
}

#[test]
fn slow_calls_count_like_failures() {
    #[circuit_breaker(
        name = "slow",
        key = host,
        slow_call = "10ms",
        slow_rate = 0.9,
        window = "1m"
    )]
    fn timed(host: &str, clock: &ManualClock, takes: u64) -> Result<(), CallError> {
        clock.advance(ms(takes));
        answer(Ok(()))
    }
    let scope = scope_of(2);
    let known = |host: &str| scope.registry().get_key("slow", host).is_some();
    let call = |host, takes| timed(host, scope.clock(), takes).unwrap();
    for (host, takes) in [("slow", 10), ("slow", 1), ("well", 1), ("new", 1)] {
        call(host, takes);
    }
    assert_eq!((known("slow"), known("well")), (true, false));
}
