//! Probes that are lost, and probes without a limit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use futures_util::FutureExt;

use crate::{COOLDOWN, Fault, MS, Reply, cooled_down, recover};

#[test]
fn failsafe_go_probe_lost_by_panic_does_not_wedge() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let panics = || breaker.call(|| -> Reply { panic!("in the probe") });
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(breaker.state(), State::Open);
    scope.advance(COOLDOWN);
    recover(&breaker);
}

#[test]
fn gobreaker_permit_dropped_without_a_word_does_not_wedge() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    drop(breaker.try_acquire().unwrap());
    assert_eq!(breaker.state(), State::HalfOpen);
    recover(&breaker);
}

#[test]
fn gobreaker_permit_leaked_for_good_is_replaced_after_probe_timeout() {
    let scope = Scope::enter();
    let timeout = MS * 500;
    let breaker = cooled_down(&scope, |config| config.probes(2).probe_timeout(timeout));
    std::mem::forget(breaker.try_acquire_owned().unwrap());
    std::mem::forget(breaker.try_acquire().unwrap());
    scope.advance(timeout - MS);
    assert!(breaker.try_acquire().is_err());
    assert!(!breaker.is_call_permitted());
    scope.advance(MS);
    assert!(breaker.is_call_permitted());
    let one = breaker.try_acquire().unwrap();
    let two = breaker.try_acquire().unwrap();
    assert!(breaker.try_acquire().is_err(), "two slots, and no more");
    drop((one, two));
    recover(&breaker);
}

#[test]
fn circuitbreaker_rs_probe_cancelled_does_not_wedge() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    for _ in 0..10 {
        let mut probe = Box::pin(breaker.call_async(std::future::pending::<Reply>()));
        assert!((&mut probe).now_or_never().is_none());
        assert!(breaker.try_acquire().is_err(), "it holds the slot");
        drop(probe);
        assert_eq!(breaker.state(), State::HalfOpen);
    }
    recover(&breaker);
}

#[test]
fn opossum_and_cockatiel_probe_that_hangs_does_not_wedge() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let mut hung = Box::pin(breaker.call_async(std::future::pending::<Reply>()));
    assert!((&mut hung).now_or_never().is_none());
    scope.advance(COOLDOWN - MS);
    assert!(breaker.try_acquire().is_err());
    scope.advance(MS);
    recover(&breaker);
    drop(hung);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().late_outcomes, 1);
}

#[circuit_breaker(name = "question-mark", threshold = 1, cooldown = "10s")]
fn parse(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let number: u32 = text.parse()?;
    Ok(number)
}

#[test]
fn sentinel_macros_probe_that_leaves_by_question_mark_does_not_wedge() {
    let scope = Scope::enter();
    assert!(parse("x").is_err());
    let breaker = scope.registry().get("question-mark").unwrap();
    assert_eq!(breaker.state(), State::Open, "it counts");
    scope.advance(COOLDOWN);
    assert!(parse("x").is_err());
    assert_eq!(breaker.state(), State::Open, "a failed probe");
    scope.advance(COOLDOWN);
    assert_eq!(parse("1").unwrap(), 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[circuit_breaker(
    name = "bad-request",
    threshold = 1,
    cooldown = "10s",
    ignore = Err(Fault::BadRequest)
)]
fn answer(reply: Reply) -> Reply {
    reply
}

/// [H1]
#[test]
fn resilience4j_and_nora_probe_with_an_ignored_error_does_not_wedge() {
    let scope = Scope::enter();
    assert_eq!(answer(Err(Fault::Down)), Err(Fault::Down));
    let breaker = scope.registry().get("bad-request").unwrap();
    scope.advance(COOLDOWN);
    for _ in 0..100 {
        assert_eq!(answer(Err(Fault::BadRequest)), Err(Fault::BadRequest));
        assert_eq!(breaker.state(), State::HalfOpen);
    }
    assert_eq!(answer(Ok(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn failsafe_rs_and_recloser_admit_only_the_probes_of_five_hundred() {
    for probes in [1, 7] {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config.probes(probes));
        let callers = (0..500).filter_map(|_| breaker.try_acquire().ok());
        let admitted: Vec<_> = callers.collect();
        assert_eq!(admitted.len() as u64, probes);
        assert_eq!(breaker.snapshot().rejections, 500 - probes);
        assert_eq!(u64::from(breaker.snapshot().probes_in_flight), probes);
    }
}

#[circuit_breaker(name = "task", threshold = 1, cooldown = "10s")]
async fn panics_later() -> Reply {
    tokio::task::yield_now().await;
    panic!("in a task");
}

#[tokio::test]
async fn panic_in_a_spawned_task_is_not_taken_for_a_cancel() {
    let scope = Scope::enter();
    assert!(tokio::spawn(panics_later()).await.unwrap_err().is_panic());
    let breaker = scope.registry().get("task").unwrap();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn resilience4j_question_whether_a_call_may_pass_takes_no_slot() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let before = breaker.snapshot();
    for _ in 0..100 {
        assert!(breaker.is_call_permitted());
    }
    assert_eq!(breaker.snapshot(), before, "it even is still open");
    recover(&breaker);
}
