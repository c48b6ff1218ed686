//! Closed, open and half-open as a caller sees them. `tests/shapes` walks every kind of function
//! through them.

use std::cell::Cell;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

const COOLDOWN: Duration = Duration::from_secs(10);
const MS: Duration = Duration::from_millis(1);

/// Leads a function of `threshold = 2, cooldown = "10s"` through an outage. `call` runs a body that
/// counts its runs and returns its argument.
fn live_through_an_outage(
    name: &str,
    mut call: impl FnMut(Reply) -> Reply,
    runs: impl Fn() -> u32,
) {
    let scope = Scope::enter();
    assert_eq!(call(Ok(1)), Ok(1));
    assert_eq!(call(DOWN), DOWN);
    assert_eq!(call(Ok(2)), Ok(2), "a success starts the count anew");
    assert_eq!(call(DOWN), DOWN);
    let breaker = named(&scope, name);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    assert_eq!(call(DOWN), DOWN, "the caller that trips it, its own error");
    assert_eq!((breaker.state(), runs()), (State::Open, 5));

    let rejection = call(Ok(3)).unwrap_err();
    let Fault::Rejected(error) = rejection else {
        panic!("expected a rejection, found {rejection:?}");
    };
    assert!(matches!(error, BreakerError::Open { .. }));
    assert_eq!((error.name(), error.retry_after()), (name, Some(COOLDOWN)));
    scope.advance(COOLDOWN - MS);
    assert!(call(Ok(4)).unwrap_err().is_rejection());
    assert_eq!(runs(), 5, "no body runs while open");
    assert_eq!(breaker.snapshot().rejections, 2);

    scope.advance(MS);
    assert_eq!(breaker.state(), State::Open, "until a call comes");
    assert_eq!(call(DOWN), DOWN, "a probe, which reopens");
    assert_eq!((breaker.state(), runs()), (State::Open, 6));
    scope.advance(COOLDOWN - MS);
    assert!(call(Ok(5)).unwrap_err().is_rejection(), "a whole cooldown");
    scope.advance(MS);
    assert_eq!(call(Ok(6)), Ok(6), "a probe, which closes");
    assert_eq!((breaker.state(), runs()), (State::Closed, 7));

    assert_eq!(call(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Closed, "nothing was counted before");
    assert_eq!(call(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().late_outcomes, 0);
}

fn tick(runs: &Cell<u32>) {
    runs.set(runs.get() + 1);
}

#[circuit_breaker(name = "function", threshold = 2, cooldown = "10s")]
fn fetch(runs: &Cell<u32>, reply: Reply) -> Reply {
    tick(runs);
    reply
}

#[circuit_breaker(name = "function", threshold = 2, cooldown = "10s")]
async fn fetch_async(runs: &Cell<u32>, reply: Reply) -> Reply {
    tick(runs);
    std::future::ready(reply).await
}

#[test]
fn function_lives_through_an_outage() {
    let runs = Cell::new(0);
    live_through_an_outage("function", |reply| fetch(&runs, reply), || runs.get());
}

#[test]
fn async_function_lives_through_an_outage() {
    let runs = Cell::new(0);
    let call = |reply| now(fetch_async(&runs, reply));
    live_through_an_outage("function", call, || runs.get());
}

#[test]
fn half_open_call_beside_the_probe_is_rejected_as_saturated() {
    let scope = Scope::enter();
    let runs = Cell::new(0);
    for _ in 0..2 {
        assert_eq!(fetch(&runs, DOWN), DOWN);
    }
    scope.advance(COOLDOWN);
    let probe = named(&scope, "function");
    let probe = probe.try_acquire().unwrap();
    let Err(Fault::Rejected(error)) = fetch(&runs, Ok(1)) else {
        panic!("the slot is taken");
    };
    assert!(matches!(error, BreakerError::Saturated { .. }));
    assert!(now(fetch_async(&runs, Ok(1))).unwrap_err().is_rejection());
    assert_eq!(runs.get(), 2);
    probe.success();
    assert_eq!(fetch(&runs, Ok(1)), Ok(1));
}

#[test]
fn isolated_function_is_rejected_until_reset() {
    let scope = Scope::enter();
    let runs = Cell::new(0);
    assert_eq!(fetch(&runs, Ok(1)), Ok(1));
    named(&scope, "function").force_open();
    scope.advance(COOLDOWN * 1_000);
    let Err(Fault::Rejected(error)) = now(fetch_async(&runs, Ok(1))) else {
        panic!("held open");
    };
    assert!(matches!(error, BreakerError::Isolated { .. }));
    named(&scope, "function").reset();
    assert_eq!(fetch(&runs, Ok(2)), Ok(2));
    assert_eq!(runs.get(), 2);
}

#[test]
fn disabled_function_runs_and_counts_nothing() {
    let scope = Scope::enter();
    let runs = Cell::new(0);
    assert_eq!(fetch(&runs, Ok(1)), Ok(1));
    let breaker = named(&scope, "function");
    breaker.disable();
    for _ in 0..10 {
        assert_eq!(fetch(&runs, DOWN), DOWN);
    }
    assert_eq!(breaker.state(), State::Disabled);
    breaker.reset();
    assert_eq!(fetch(&runs, DOWN), DOWN, "one of two");
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(runs.get(), 12);
}
