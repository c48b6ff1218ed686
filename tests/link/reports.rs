//! The reports that a link hears after the fact.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use breaker_core::link::{Probe, Told};
use breakerbox::{Config, Outcome, State, Verdict};
use support::COOLDOWN;

use crate::{DOWN, SECOND, Stage, UP, call, opening, token};

#[test]
fn link_hears_every_transition_in_order_but_those_that_it_has_brought() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    for _ in 0..3 {
        call(DOWN).unwrap_err();
    }
    breaker.reset();
    breaker.told(Told::Open(opening(4)));
    breaker.told(Told::Closed);
    breaker.open();
    breaker.half_open();
    breaker.force_open();
    breaker.restore(breaker.snapshot());
    let wanted = [
        "svc closed to open: consecutive failures",
        "svc open to closed: reset",
        "svc closed to open: manual",
        "svc open to half-open: manual",
        "svc half-open to isolated: manual",
    ];
    assert_eq!(stage.link.noted(), wanted);
    assert_eq!(breaker.snapshot().episode, 7);
}

#[test]
fn own_trip_is_reported_by_whatever_rule() {
    let stage = Stage::enter();
    let rates = Config::builder().failure_rate(0.5).min_calls(2).cooldown(COOLDOWN);
    let breaker = stage.scope.registry().get_or_insert("rates", rates.build().unwrap()).unwrap();
    for _ in 0..2 {
        breaker.try_acquire().unwrap().failure();
    }
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(stage.link.noted(), ["rates met", "rates closed to open: failure rate"]);
}

#[test]
fn longer_cooldown_is_reported() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    let late = breaker.try_acquire().unwrap();
    for _ in 0..3 {
        call(DOWN).unwrap_err();
    }
    stage.link.forget();
    late.record(Verdict::from(Outcome::Failure).retry_after(60 * SECOND));
    assert_eq!(stage.link.noted(), ["svc Extended { cooldown: Some(60s) }"]);
}

#[test]
fn link_hears_before_a_listener_that_is_told_the_same() {
    let stage = Stage::enter();
    stage.start();
    let link = Arc::clone(&stage.link);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let subscription = stage.breaker().on_transition(move |event| {
        log.lock().unwrap().push((event.to_string(), link.noted()));
    });
    stage.breaker().told(Told::Open(opening(4)));
    stage.breaker().force_open();
    let wanted = [
        ("circuit breaker `svc`: closed to open (told by a peer)".to_owned(), vec![]),
        (
            "circuit breaker `svc`: open to isolated (manual)".to_owned(),
            vec!["svc open to isolated: manual".to_owned()],
        ),
    ];
    assert_eq!(*seen.lock().unwrap(), wanted);
    drop(subscription);
}

#[test]
fn breaker_that_leaves_gives_its_lease_back_and_is_alone_from_then_on() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Go(token(5))]);
    let breaker = stage.breaker();
    let probe = breaker.try_acquire().unwrap();
    stage.link.forget();
    stage.scope.registry().remove("svc");
    assert_eq!(stage.link.noted(), ["svc back 5", "svc gone"]);
    probe.success();
    breaker.told(Told::Open(opening(4)));
    assert_eq!(breaker.state(), State::Closed);
    for _ in 0..3 {
        breaker.try_acquire().unwrap().failure();
    }
    stage.scope.advance(COOLDOWN);
    breaker.try_acquire().unwrap().success();
    assert_eq!(stage.link.noted(), [""; 0]);
    call(UP).unwrap();
    assert_eq!(stage.link.noted(), ["svc met"]);
}

#[test]
fn slow_listener_keeps_nothing_from_the_link() {
    let stage = Stage::enter();
    stage.start();
    let breaker = &stage.breaker();
    let (enter, entered) = channel();
    let (leave, may_leave) = channel::<()>();
    let may_leave = Mutex::new(may_leave);
    let subscription = breaker.on_transition(move |_| {
        enter.send(()).unwrap();
        let _ = may_leave.lock().unwrap().recv();
    });
    let noted = thread::scope(|scope| {
        scope.spawn(|| breaker.open());
        entered.recv().unwrap();
        breaker.force_open();
        let noted = stage.link.noted();
        drop(leave);
        noted
    });
    assert_eq!(noted, ["svc closed to open: manual", "svc open to isolated: manual"]);
    entered.recv().unwrap();
    drop(subscription);
}
