//! Probes of a linked breaker: the lease that lets one out, and the question before the next.

use breaker_core::link::Probe;
use breakerbox::{Breaker, BreakerError, Config, Reason, State};
use support::COOLDOWN;

use crate::{DOWN, SECOND, Stage, UP, call, rejected, token};

/// Lets the breaker have two probes, three successes to close and a lease of four seconds.
fn ripe_with_two_probes() -> (Stage, std::sync::Arc<Breaker>) {
    let stage = Stage::enter();
    stage.ripen();
    let config = Config::builder().threshold(3).cooldown(COOLDOWN).probes(2).success_threshold(3);
    stage.breaker().reconfigure(config.probe_timeout(4 * SECOND).build().unwrap());
    let breaker = stage.breaker();
    (stage, breaker)
}

#[test]
fn lease_lets_a_probe_out_and_its_outcome_settles_it() {
    for (reply, wanted) in [
        (UP, "svc half-open to closed: probes succeeded, by 5"),
        (DOWN, "svc half-open to open: a probe failed, by 5"),
    ] {
        let stage = Stage::enter();
        stage.ripen();
        stage.link.probes([Probe::Go(token(5))]);
        _ = call(reply);
        let wanted =
            ["svc due, for 10s", "svc open to half-open: cooldown over", wanted].map(str::to_owned);
        assert_eq!(stage.link.noted(), wanted);
    }
}

#[test]
fn breaker_within_its_cooldown_asks_nobody() {
    let stage = Stage::enter();
    stage.start();
    for _ in 0..3 {
        call(DOWN).unwrap_err();
    }
    stage.link.forget();
    stage.scope.advance(9 * SECOND);
    assert_eq!(rejected(call(UP)), SECOND);
    assert_eq!(stage.link.noted(), [""; 0]);
}

#[test]
fn answer_to_wait_rejects_until_then_and_is_asked_for_once() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Wait(3 * SECOND), Probe::Go(token(5))]);
    assert_eq!(rejected(call(UP)), 3 * SECOND);
    stage.scope.advance(2 * SECOND);
    assert_eq!((rejected(call(UP)), stage.state()), (SECOND, State::Open));
    assert_eq!(stage.link.noted(), ["svc due, for 10s"]);
    stage.scope.advance(SECOND);
    call(UP).unwrap();
    assert_eq!(stage.state(), State::Closed);
    assert_eq!(stage.breaker().snapshot().rejections, 2);
}

#[test]
fn record_that_is_closed_closes_the_breaker_and_lets_the_call_in() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Closed]);
    call(UP).unwrap();
    assert_eq!((stage.state(), stage.last_reason()), (State::Closed, Reason::Peer));
    assert_eq!(stage.breaker().totals().probes, 0);
    assert_eq!(stage.link.noted(), ["svc due, for 10s"]);
}

#[test]
fn breaker_that_is_alone_probes_as_without_a_link() {
    let stage = Stage::enter();
    stage.ripen();
    call(UP).unwrap();
    let wanted = [
        "svc due, for 10s",
        "svc open to half-open: cooldown over",
        "svc half-open to closed: probes succeeded",
    ];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn holder_lets_out_its_own_probes_and_each_success_renews_the_lease() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5))]);
    let probes = [(); 2].map(|()| breaker.try_acquire().unwrap());
    assert!(matches!(breaker.try_acquire(), Err(BreakerError::Saturated { .. })));
    stage.link.forget();
    let [one, two] = probes;
    one.success();
    stage.scope.advance(3 * SECOND);
    two.success();
    stage.scope.advance(3 * SECOND);
    // The lease would be over but for its renewal.
    breaker.try_acquire().unwrap().success();
    let wanted = [
        "svc renew 5, for 4s",
        "svc renew 5, for 4s",
        "svc half-open to closed: probes succeeded, by 5",
    ];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn next_probe_after_the_lease_asks_and_a_late_success_counts_all_the_same() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(2 * SECOND), Probe::Go(token(7))]);
    let late = breaker.try_acquire().unwrap();
    stage.link.forget();
    stage.scope.advance(4 * SECOND);
    let refused = breaker.try_acquire().unwrap_err();
    let wait = Some(2 * SECOND);
    assert!(matches!(refused, BreakerError::Saturated { retry_after, .. } if retry_after == wait));
    assert!(!breaker.is_call_permitted());
    assert!(breaker.try_acquire().is_err());
    assert_eq!(stage.link.noted(), ["svc due, for 4s"]);
    late.success();
    assert_eq!((breaker.state(), breaker.snapshot().probe_successes), (State::HalfOpen, 1));
    stage.scope.advance(4 * SECOND);
    stage.link.forget();
    for _ in 0..2 {
        breaker.try_acquire().unwrap().success();
    }
    let wanted = [
        "svc due, for 4s",
        "svc renew 7, for 4s",
        "svc half-open to closed: probes succeeded, by 7",
    ];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn lease_is_given_back_with_the_last_probe_and_the_next_one_asks() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5)), Probe::Go(token(7))]);
    let [one, two] = [(); 2].map(|()| breaker.try_acquire().unwrap());
    stage.link.forget();
    one.ignore();
    assert_eq!(stage.link.noted(), [""; 0]);
    drop(two);
    assert_eq!(
        (stage.link.noted(), breaker.state()),
        (vec!["svc back 5".to_owned()], State::HalfOpen)
    );
    breaker.try_acquire().unwrap().failure();
    let wanted = ["svc due, for 4s", "svc half-open to open: a probe failed, by 7"];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn probe_that_hangs_loses_its_slot_and_the_next_one_asks() {
    let stage = Stage::enter();
    stage.ripen();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(SECOND), Probe::Go(token(8))]);
    let breaker = stage.breaker();
    let hangs = breaker.try_acquire().unwrap();
    stage.scope.advance(COOLDOWN);
    assert_eq!(rejected(call(UP)), SECOND);
    stage.scope.advance(SECOND);
    call(UP).unwrap();
    assert_eq!(
        stage.link.noted().last().unwrap(),
        "svc half-open to closed: probes succeeded, by 8"
    );
    hangs.failure();
    assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (State::Closed, 1));
}

#[test]
fn control_that_ends_a_half_open_gives_its_lease_back() {
    for control in [Breaker::close, Breaker::reset, Breaker::force_open, Breaker::disable] {
        let stage = Stage::enter();
        stage.ripen();
        stage.link.probes([Probe::Go(token(5))]);
        let breaker = stage.breaker();
        let _probe = breaker.try_acquire().unwrap();
        stage.link.forget();
        control(&breaker);
        let noted = stage.link.noted();
        assert_eq!((noted.len(), &*noted[0]), (2, "svc back 5"), "{noted:?}");
        assert!(!noted[1].contains(", by"), "{noted:?}");
    }
}

#[test]
fn half_open_by_hand_asks_nobody() {
    let stage = Stage::enter();
    stage.start();
    let breaker = stage.breaker();
    breaker.half_open();
    stage.scope.advance(1_000 * COOLDOWN);
    drop(breaker.try_acquire().unwrap());
    call(UP).unwrap();
    let wanted = ["svc closed to half-open: manual", "svc half-open to closed: probes succeeded"];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn call_inside_a_probe_asks_nobody() {
    let stage = Stage::enter();
    stage.ripen();
    let config = Config::builder().threshold(3).cooldown(COOLDOWN).probes(2);
    stage.breaker().reconfigure(config.build().unwrap());
    stage.link.probes([Probe::Go(token(5))]);
    let breaker = stage.breaker();
    let outer = || {
        stage.scope.advance(2 * COOLDOWN);
        breaker.call(|| Ok::<_, crate::Fault>(()))
    };
    breaker.call(outer).unwrap();
    let wanted = [
        "svc due, for 10s",
        "svc open to half-open: cooldown over",
        "svc half-open to closed: probes succeeded, by 5",
    ];
    assert_eq!(stage.link.noted(), wanted);
}

#[test]
fn late_success_does_not_renew_a_lease_that_has_run_out() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(2 * SECOND)]);
    let late = breaker.try_acquire().unwrap();
    stage.scope.advance(4 * SECOND);
    stage.link.forget();
    late.success();
    assert!(breaker.try_acquire().is_err());
    assert_eq!(stage.link.noted(), ["svc due, for 4s"]);
}

#[test]
fn lease_that_the_link_does_not_renew_is_over() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(2 * SECOND)]);
    stage.link.renews([false]);
    let probe = breaker.try_acquire().unwrap();
    stage.link.forget();
    probe.success();
    assert!(breaker.try_acquire().is_err());
    assert_eq!(stage.link.noted(), ["svc renew 5, for 4s", "svc due, for 4s"]);
}

#[test]
fn lease_that_is_given_back_lets_the_next_probe_ask_though_one_was_told_to_wait() {
    let (stage, breaker) = ripe_with_two_probes();
    stage.link.probes([Probe::Go(token(5)), Probe::Wait(120 * SECOND), Probe::Go(token(8))]);
    let probe = breaker.try_acquire().unwrap();
    stage.scope.advance(4 * SECOND);
    assert!(breaker.try_acquire().is_err());
    stage.link.forget();
    drop(probe);
    breaker.try_acquire().unwrap().success();
    assert_eq!(stage.link.noted(), ["svc back 5", "svc due, for 4s", "svc renew 8, for 4s"]);
}
