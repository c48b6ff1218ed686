//! Probes that never answer: lost, cancelled, hung, or ended by a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{ConfigBuilder, State, circuit_breaker};
use futures_util::FutureExt;
use support::{COOLDOWN, DOWN, Fault, MS, Reply, cooled_down, named, now, recover};

#[circuit_breaker(name = "panics", threshold = 1, cooldown = "10s")]
async fn panic_after_a_turn(panics: bool) -> Reply {
    tokio::task::yield_now().await;
    assert!(!panics, "in a probe");
    Ok(1)
}

/// [H3] failsafe-go.
#[tokio::test]
async fn probe_that_panics_reopens_and_poisons_nothing() {
    let scope = Scope::enter();
    let listened = cooled_down(&scope, |config| config);
    listened.on_event(|_| ()).keep();
    for _ in 0..3 {
        let probe = || listened.call(|| -> Reply { panic!("in a probe") });
        assert!(catch_unwind(AssertUnwindSafe(probe)).is_err());
        assert_eq!(listened.state(), State::Open);
        scope.advance(COOLDOWN);
    }
    recover(&listened);

    for _ in 0..3 {
        let task = tokio::spawn(panic_after_a_turn(true)).await;
        assert!(task.unwrap_err().is_panic());
        assert_eq!(named(&scope, "panics").state(), State::Open);
        scope.advance(COOLDOWN);
    }
    assert_eq!(panic_after_a_turn(false).await, Ok(1));
    assert_eq!(named(&scope, "panics").state(), State::Closed);
}

#[circuit_breaker(
    name = "hinted",
    threshold = 1,
    cooldown = "10s",
    retry_after = |output| output.as_ref().err().and_then(hint)
)]
async fn hinted(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

fn hint(fault: &Fault) -> Option<Duration> {
    assert_ne!(*fault, Fault::BadRequest, "in the hint");
    None
}

/// [H6]
#[test]
fn hint_that_panics_on_a_probe_leaks_no_slot() {
    let scope = Scope::enter();
    assert_eq!(now(hinted(DOWN)), DOWN);
    let breaker = named(&scope, "hinted");
    scope.advance(COOLDOWN);
    assert!(catch_unwind(|| now(hinted(Err(Fault::BadRequest)))).is_err());
    assert_eq!((breaker.state(), breaker.snapshot().episode), (State::Open, 3));
    scope.advance(COOLDOWN);
    assert_eq!(now(hinted(Ok(1))), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

/// [H8] Opossum, Cockatiel.
#[test]
fn probe_that_hangs_is_replaced_after_its_timeout() {
    for timeout in [None, Some(MS * 50)] {
        let scope = Scope::enter();
        let tune = |config: ConfigBuilder| timeout.map_or(config, |it| config.probe_timeout(it));
        let breaker = cooled_down(&scope, tune);
        let mut hung = Box::pin(breaker.call_async(std::future::pending::<Reply>()));
        assert!((&mut hung).now_or_never().is_none());
        // The timeout is as long as the cooldown, unless the config says otherwise.
        scope.advance(timeout.unwrap_or(COOLDOWN) - MS);
        assert!(breaker.try_acquire().is_err());
        scope.advance(MS);
        recover(&breaker);
        drop(hung);
        assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (State::Closed, 1));
    }
}

/// [H8] gobreaker.
#[test]
fn permit_that_is_leaked_is_replaced_after_the_probe_timeout() {
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

/// [H2] circuitbreaker-rs.
#[test]
fn cancelled_probe_of_call_async_gives_its_slot_back() {
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

#[circuit_breaker(name = "question-mark", threshold = 1, cooldown = "10s")]
fn parse(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let number: u32 = text.parse()?;
    Ok(number)
}

/// [I1] sentinel-macros.
#[test]
fn probe_that_leaves_by_question_mark_counts_as_failed() {
    let scope = Scope::enter();
    assert!(parse("x").is_err());
    let breaker = named(&scope, "question-mark");
    assert_eq!(breaker.state(), State::Open, "it counts");
    scope.advance(COOLDOWN);
    assert!(parse("x").is_err());
    assert_eq!(breaker.state(), State::Open, "a failed probe");
    scope.advance(COOLDOWN);
    assert_eq!(parse("1").unwrap(), 1);
    assert_eq!(breaker.state(), State::Closed);
}
