//! `retry_after`: hints that come late, and hints of nonsense.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, BreakerRef, Config, ConfigBuilder, Event, EventKind, Outcome, Permit, State, Verdict,
    circuit_breaker,
};
use tokio::sync::oneshot::{Receiver, channel};

use crate::{CallError, Error, ms};

fn hint(output: &Result<(), CallError>) -> Option<Duration> {
    match output {
        Err(CallError::Service(Error::Busy { retry_after })) => {
            Some(Duration::from_secs(*retry_after))
        }
        _ => None,
    }
}

#[circuit_breaker(name = "hinted", key = key, threshold = 1, retry_after = hint)]
async fn busy(key: &str, wait: Receiver<u64>) -> Result<(), CallError> {
    Err(CallError::Service(Error::Busy { retry_after: wait.await.unwrap() }))
}

fn listen(breaker: &Arc<Breaker>) -> Arc<Mutex<Vec<Event>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    breaker.on_event(move |event| log.lock().unwrap().push(event.clone())).keep();
    seen
}

#[tokio::test(start_paused = true)]
async fn longer_hint_that_comes_late_lengthens_the_cooldown_of_its_key() {
    let scope = Scope::enter();
    let mut sends = Vec::new();
    let mut calls = Vec::new();
    for key in ["a", "a", "a", "b"] {
        let (send, wait) = channel();
        let mut call = Box::pin(busy(key, wait));
        assert!(futures_util::FutureExt::now_or_never(&mut call).is_none());
        sends.push(send);
        calls.push(call);
    }
    let a = scope.registry().iter().find(|breaker| breaker.key() == Some("a")).unwrap();
    let seen = listen(&a);
    for ((send, call), seconds) in sends.into_iter().zip(calls).zip([1, 60, 30, 5]) {
        send.send(seconds).unwrap();
        assert!(call.await.is_err());
    }
    let snapshot = a.snapshot();
    assert_eq!((snapshot.state, snapshot.episode, snapshot.late_outcomes), (State::Open, 1, 2));
    assert_eq!(snapshot.remaining_cooldown, Some(ms(60_000)), "the longest of the three");
    assert_eq!(snapshot.cooldown, Some(ms(60_000)));
    let kinds: Vec<_> = seen.lock().unwrap().iter().map(|event| event.kind).collect();
    let extended = EventKind::Extended { cooldown: Some(ms(60_000)) };
    assert!(matches!(kinds[0], EventKind::Transition { .. }), "{kinds:?}");
    assert_eq!(&kinds[1..], &[extended, EventKind::Late, EventKind::Late]);
    let event = seen.lock().unwrap()[1].clone();
    assert_eq!((event.episode, event.remaining_cooldown), (1, Some(ms(60_000))));
    assert!(event.to_string().ends_with("cooldown lengthened to 60s"), "{event}");
    let b = scope.registry().iter().find(|breaker| breaker.key() == Some("b")).unwrap();
    assert_eq!(b.snapshot().remaining_cooldown, Some(ms(5_000)));
}

fn tuned(scope: &Scope, tune: fn(ConfigBuilder) -> ConfigBuilder) -> Arc<Breaker> {
    let config = tune(Config::builder().threshold(1).cooldown(ms(10_000))).build().unwrap();
    scope.registry().get_or_insert("tuned", config).unwrap()
}

fn fail_with(permit: Permit<impl BreakerRef>, hint: Duration) {
    permit.record(Verdict::from(Outcome::Failure).retry_after(hint));
}

fn left(breaker: &Breaker) -> Option<Duration> {
    breaker.snapshot().remaining_cooldown
}

#[test]
fn late_hint_lengthens_from_now_and_never_shortens() {
    let scope = Scope::enter();
    let breaker = tuned(&scope, |config| config);
    let late: Vec<_> = (0..5).map(|_| breaker.try_acquire_owned().unwrap()).collect();
    breaker.try_acquire().unwrap().failure();
    scope.advance(ms(4_000));
    let hints = [(5_999, 6_000), (6_000, 6_000), (0, 6_000), (6_001, 6_001), (100, 6_001)];
    for (permit, (hint, wanted)) in late.into_iter().zip(hints) {
        fail_with(permit, ms(hint));
        assert_eq!(left(&breaker), Some(ms(wanted)));
    }
    assert_eq!(breaker.snapshot().cooldown, Some(ms(10_001)));
    scope.advance(ms(6_000));
    assert!(!breaker.is_call_permitted());
    assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), Some(ms(1)));
    scope.advance(ms(1));
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn late_hint_of_a_probe_lengthens_the_cooldown_after_its_half_open() {
    let scope = Scope::enter();
    let breaker = tuned(&scope, |config| config.probes(2));
    let closed = breaker.try_acquire_owned().unwrap();
    breaker.try_acquire().unwrap().failure();
    scope.advance(ms(10_000));
    let [late, failed] = [(); 2].map(|()| breaker.try_acquire_owned().unwrap());
    fail_with(closed, ms(99_000));
    assert_eq!(breaker.state(), State::HalfOpen, "nothing runs that could be lengthened");
    failed.failure();
    fail_with(late, ms(60_000));
    assert_eq!(left(&breaker), Some(ms(60_000)));
}

#[test]
fn hint_of_an_earlier_episode_lengthens_nothing() {
    let scope = Scope::enter();
    let breaker = tuned(&scope, |config| config);
    let old = breaker.try_acquire_owned().unwrap();
    breaker.try_acquire().unwrap().failure();
    scope.advance(ms(10_000));
    breaker.try_acquire().unwrap().failure();
    fail_with(old, ms(60_000));
    assert_eq!(left(&breaker), Some(ms(10_000)));
}

#[test]
fn successes_and_ignored_calls_hint_at_nothing() {
    let scope = Scope::enter();
    let breaker = tuned(&scope, |config| config);
    let late = [(); 2].map(|()| breaker.try_acquire_owned().unwrap());
    breaker.try_acquire().unwrap().failure();
    for (permit, outcome) in late.into_iter().zip([Outcome::Success, Outcome::Ignored]) {
        permit.record(Verdict::from(outcome).retry_after(ms(60_000)));
    }
    assert_eq!(left(&breaker), Some(ms(10_000)));
}

#[test]
fn late_hint_leaves_a_deadline_that_a_control_has_set() {
    type Control = fn(&Breaker);
    let controls: [(Control, Option<Duration>); 6] = [
        (Breaker::open, Some(ms(10_000))),
        (|breaker| breaker.open_for(ms(3_000)), Some(ms(3_000))),
        (Breaker::force_open, None),
        (
            |breaker| {
                breaker.try_acquire().unwrap().failure();
                breaker.open_for(ms(3_000));
            },
            Some(ms(3_000)),
        ),
        (
            |breaker| {
                breaker.try_acquire().unwrap().failure();
                breaker.open_for(ms(10_000));
            },
            Some(ms(10_000)),
        ),
        // Open already: nothing is set.
        (
            |breaker| {
                breaker.try_acquire().unwrap().failure();
                breaker.open();
            },
            Some(ms(60_000)),
        ),
    ];
    for (number, (control, wanted)) in controls.into_iter().enumerate() {
        let scope = Scope::enter();
        let breaker = tuned(&scope, |config| config);
        let late = breaker.try_acquire_owned().unwrap();
        control(&breaker);
        fail_with(late, ms(60_000));
        assert_eq!(left(&breaker), wanted, "control {number}");
        assert_eq!(breaker.snapshot().late_outcomes, 1);
    }
}

#[test]
fn control_before_the_trip_holds_nothing_after_it() {
    let scope = Scope::enter();
    let breaker = tuned(&scope, |config| config);
    breaker.open_for(ms(500));
    breaker.close();
    let late = breaker.try_acquire_owned().unwrap();
    breaker.try_acquire().unwrap().failure();
    fail_with(late, ms(60_000));
    assert_eq!(left(&breaker), Some(ms(60_000)));
}

#[test]
fn hint_is_bounded_by_the_cap_or_an_hour_whether_late_or_not() {
    const HOUR: u64 = 3_600_000;
    type Tune = fn(ConfigBuilder) -> ConfigBuilder;
    let bounds: [(Tune, u64); 3] = [
        (|config| config, HOUR),
        (|config| config.cooldown_max(ms(20_000)), 20_000),
        (|config| config.cooldown(ms(5 * HOUR)), 5 * HOUR),
    ];
    for (tune, bound) in bounds {
        for nonsense in [Duration::from_secs(99_999_999_999), Duration::MAX] {
            let scope = Scope::enter();
            let breaker = tuned(&scope, tune);
            let late = breaker.try_acquire_owned().unwrap();
            fail_with(breaker.try_acquire_owned().unwrap(), nonsense);
            assert_eq!(left(&breaker), Some(ms(bound)));
            scope.advance(ms(1_000));
            fail_with(late, nonsense);
            assert_eq!(left(&breaker), Some(ms(bound)), "from now");
        }
    }
}
