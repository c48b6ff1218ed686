//! `on_outcome`: the outcome and duration of each call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, CallOutcome, Config, Outcome, Registry, State, Subscription, Verdict, circuit_breaker,
};

use crate::{Reply, global, is_rejection, parse};

const SECOND: Duration = Duration::from_secs(1);

type Log = Arc<Mutex<Vec<CallOutcome>>>;

fn listen(registry: &Registry) -> (Log, Subscription) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let subscription = registry.on_outcome(move |call| seen.lock().unwrap().push(call.clone()));
    (log, subscription)
}

fn outcomes(log: &Log) -> Vec<Outcome> {
    log.lock().unwrap().drain(..).map(|call| call.outcome).collect()
}

fn one(log: &Log) -> CallOutcome {
    let mut log = log.lock().unwrap();
    assert_eq!(log.len(), 1, "{log:?}");
    log.pop().unwrap()
}

/// A call that takes `length` and ends by `end`.
fn call(scope: &Scope, breaker: &Breaker, length: Duration, end: impl Into<Verdict>) {
    let permit = breaker.try_acquire().unwrap();
    scope.advance(length);
    permit.record(end);
}

#[circuit_breaker(name = "by-key", key = key, failure_rate = 0.9, window = 20)]
async fn by_key(key: &str) -> Reply {
    std::future::ready(()).await;
    Ok(key.parse()?)
}

fn poll<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn listener_of_a_registry_hears_each_call_of_breakers_to_come() {
    let scope = Scope::enter();
    let (log, subscription) = listen(scope.registry());
    parse("1").unwrap();
    assert!(parse("x").is_err());
    assert!(is_rejection(&parse("1")));
    assert_eq!(outcomes(&log), [Outcome::Success, Outcome::Failure]);
    for _ in 0..2 {
        poll(by_key("7")).unwrap().unwrap();
        let call = one(&log);
        assert_eq!((call.name.as_str(), call.key.as_deref()), ("by-key/7", Some("7")));
        assert_eq!((call.outcome, call.counted, call.probe), (Outcome::Success, true, false));
        assert_eq!(call.duration, Some(Duration::ZERO));
    }
    drop(subscription);
    poll(by_key("7")).unwrap().unwrap();
    assert_eq!(outcomes(&log), []);
    assert_eq!(scope.registry().get_key("by-key", "7").unwrap().snapshot().calls, Some(3));
}

#[test]
fn listener_hears_breakers_that_were_there_whatever_their_tuning() {
    let base = || Config::builder().cooldown(SECOND);
    let configs = [
        base(),
        base().failure_rate(0.9).window_calls(20),
        base().failure_rate(0.9).window_time(SECOND * 1_000),
        base().threshold(9).slow_call(SECOND * 60),
        base().failure_rate(0.9).slow_rate(0.9).slow_call(SECOND * 60),
    ];
    for config in configs {
        let scope = Scope::enter();
        let config = config.build().unwrap();
        let breaker = scope.registry().get_or_insert("there", config).unwrap();
        let early = breaker.try_acquire().unwrap();
        breaker.try_acquire().unwrap().success();
        let (log, subscription) = listen(scope.registry());
        for (outcome, secs) in [(Outcome::Success, 1), (Outcome::Failure, 2), (Outcome::Ignored, 3)]
        {
            call(&scope, &breaker, SECOND * secs, outcome);
            let call = one(&log);
            assert_eq!((call.outcome, call.duration), (outcome, Some(SECOND * secs)));
            assert_eq!(call.counted, outcome != Outcome::Ignored);
        }
        drop(breaker.try_acquire().unwrap());
        assert!(one(&log).cancelled);
        early.success();
        log.lock().unwrap().clear();
        assert_eq!(breaker.config(), config, "the timing is no part of the config");
        breaker.reconfigure(Config::builder().threshold(3).build().unwrap());
        call(&scope, &breaker, SECOND, Outcome::Success);
        assert_eq!(one(&log).duration, Some(SECOND), "a new config goes on with it");
        drop(subscription);
        for _ in 0..3 {
            breaker.try_acquire().unwrap().failure();
        }
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(outcomes(&log), []);
    }
}

#[test]
fn probes_late_disabled_and_observed_calls_are_told_apart() {
    let scope = Scope::enter();
    let (log, _subscription) = listen(scope.registry());
    assert!(parse("x").is_err());
    let breaker = global("parse");
    assert!(one(&log).counted);
    scope.advance(SECOND);
    call(&scope, &breaker, Duration::ZERO, Outcome::Success);
    let probe = one(&log);
    assert_eq!((probe.probe, probe.outcome, probe.episode), (true, Outcome::Success, 2));
    let late = breaker.try_acquire().unwrap();
    breaker.reset();
    late.failure();
    assert!(!one(&log).counted);
    breaker.disable();
    call(&scope, &breaker, SECOND, Outcome::Failure);
    let disabled = one(&log);
    assert_eq!((disabled.counted, disabled.duration), (false, Some(SECOND)));
    breaker.observe();
    call(&scope, &breaker, SECOND, Outcome::Failure);
    assert!(one(&log).counted);
}

#[test]
fn listener_that_panics_calls_and_leaves_does_no_harm() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(2).build().unwrap();
    let breaker = scope.registry().get_or_insert("heard", config).unwrap();
    let inner = Arc::downgrade(&breaker);
    breaker
        .on_outcome(move |call| {
            assert_eq!(call.outcome, Outcome::Success);
            let breaker = inner.upgrade().unwrap();
            breaker.try_acquire().unwrap().success();
            breaker.on_outcome(|_| ()).keep();
            panic!("on purpose");
        })
        .keep();
    let log = Log::default();
    let seen = Arc::clone(&log);
    let subscription = breaker.on_outcome(move |call| seen.lock().unwrap().push(call.clone()));
    breaker.try_acquire().unwrap().success();
    assert_eq!(outcomes(&log), [Outcome::Success], "not of the call that the listener made");
    drop(subscription);
    breaker.try_acquire().unwrap().failure();
    breaker.try_acquire().unwrap().failure();
    assert_eq!((breaker.state(), outcomes(&log)), (State::Open, vec![]));
}

#[test]
fn slow_call_is_told_with_what_it_returned() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(5).slow_call(SECOND * 2).build().unwrap();
    let breaker = scope.registry().get_or_insert("slow", config).unwrap();
    let (log, _subscription) = listen(scope.registry());
    call(&scope, &breaker, SECOND * 2, Outcome::Success);
    let slow = one(&log);
    assert_eq!((slow.outcome, slow.slow, slow.counted), (Outcome::Success, true, true));
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    let hangs = breaker.try_acquire().unwrap();
    scope.advance(SECOND * 9);
    drop(breaker.try_acquire().unwrap());
    log.lock().unwrap().clear();
    hangs.success();
    let hung = one(&log);
    assert_eq!(
        (hung.outcome, hung.slow, hung.duration),
        (Outcome::Success, true, Some(SECOND * 9))
    );
}

#[circuit_breaker(name = "cancelled", on_cancel = "failure")]
async fn hangs() -> Reply {
    std::future::pending().await
}

#[test]
fn cancelled_call_is_told_as_one_whatever_it_counts_as() {
    let scope = Scope::enter();
    let (log, _subscription) = listen(scope.registry());
    assert!(poll(hangs()).is_none(), "and is dropped");
    let dropped = one(&log);
    assert_eq!((dropped.outcome, dropped.cancelled), (Outcome::Failure, true));
    drop(scope.registry().get("cancelled").unwrap().try_acquire_owned().unwrap());
    let dropped = one(&log);
    assert_eq!((dropped.outcome, dropped.cancelled), (Outcome::Ignored, true));
}
