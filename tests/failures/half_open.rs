//! Half-open that never ends.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, ConfigBuilder, Permit, State, circuit_breaker};
use futures_util::FutureExt;

use crate::{COOLDOWN, DOWN, MS, Reply, cooled_down, fail, named, recover, trip};

#[circuit_breaker(name = "hangs", threshold = 1, cooldown = "10s")]
async fn hang(reply: Option<Reply>) -> Reply {
    match reply {
        Some(reply) => reply,
        None => std::future::pending().await,
    }
}

/// [H2]
#[tokio::test(start_paused = true)]
async fn probe_cancelled_in_whatever_way_gives_its_slot_back() {
    let scope = Scope::enter();
    assert_eq!(hang(Some(DOWN)).await, DOWN);
    scope.advance(COOLDOWN);
    let breaker = named(&scope, "hangs");
    drop(hang(None));
    assert_eq!(breaker.state(), State::Open, "never polled, never asked");

    let mut polled = Box::pin(hang(None));
    assert!((&mut polled).now_or_never().is_none());
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    drop(polled);
    assert_eq!(breaker.snapshot().probes_in_flight, 0);

    tokio::select! {
        biased;
        _ = hang(None) => unreachable!("it never ends"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(breaker.snapshot().probes_in_flight, 0);

    assert!(tokio::time::timeout(Duration::from_secs(1), hang(None)).await.is_err());
    assert_eq!((breaker.snapshot().probes_in_flight, breaker.state()), (0, State::HalfOpen));
    assert_eq!(hang(Some(Ok(1))).await, Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[circuit_breaker(name = "panics", threshold = 1, cooldown = "10s")]
async fn panic_after_a_turn(panics: bool) -> Reply {
    tokio::task::yield_now().await;
    assert!(!panics, "in a probe");
    Ok(1)
}

/// [H3]
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

thread_local! {
    static JUDGE_PANICS: Cell<bool> = const { Cell::new(false) };
}

fn judge(n: u32) -> bool {
    assert!(!JUDGE_PANICS.get(), "in the classifier");
    n >= 500
}

#[circuit_breaker(
    name = "judged",
    threshold = 1,
    cooldown = "10s",
    failure(Err(_), Ok(n) if judge(*n))
)]
fn judged(n: u32) -> Reply {
    Ok(n)
}

#[circuit_breaker(
    name = "hinted",
    threshold = 1,
    cooldown = "10s",
    retry_after = |output| { let _ = judge(output.clone().unwrap_or(0)); None }
)]
async fn hinted(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

/// [H6]
#[test]
fn classifier_that_panics_on_a_probe_leaks_no_slot() {
    let scope = Scope::enter();
    assert_eq!(judged(500), Ok(500));
    assert_eq!(hinted(DOWN).now_or_never(), Some(DOWN));
    let breakers = [named(&scope, "judged"), named(&scope, "hinted")];
    scope.advance(COOLDOWN);
    JUDGE_PANICS.set(true);
    assert!(catch_unwind(|| judged(1)).is_err());
    assert!(catch_unwind(|| hinted(DOWN).now_or_never()).is_err());
    JUDGE_PANICS.set(false);
    assert!(breakers.iter().all(|breaker| breaker.state() == State::Open));
    scope.advance(COOLDOWN);
    assert_eq!(judged(1), Ok(1));
    assert_eq!(hinted(Ok(1)).now_or_never(), Some(Ok(1)));
    assert!(breakers.iter().all(|breaker| breaker.state() == State::Closed));
}

/// [H7]
#[test]
fn question_whether_a_call_may_pass_takes_no_slot() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    let before = breaker.snapshot();
    for _ in 0..100 {
        assert!(breaker.is_call_permitted());
        assert_eq!(breaker.state(), State::Open);
    }
    assert_eq!(breaker.snapshot(), before);
    drop(breaker.try_acquire().unwrap());
    assert!(breaker.is_call_permitted(), "a permit not used is given back");
    recover(&breaker);
}

/// [H8]
#[test]
fn probe_that_hangs_is_replaced_after_its_timeout() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.probe_timeout(MS * 50));
    let mut hung = Box::pin(breaker.call_async(std::future::pending::<Reply>()));
    assert!((&mut hung).now_or_never().is_none());
    scope.advance(MS * 49);
    assert!(breaker.try_acquire().is_err());
    scope.advance(MS);
    recover(&breaker);
}

type Ending = fn(Permit<Arc<Breaker>>);

/// [H9]
#[test]
fn probe_that_was_replaced_counts_and_frees_no_slot() {
    let endings: [(Ending, State); 4] = [
        (Permit::success, State::Closed),
        (Permit::failure, State::Open),
        (Permit::ignore, State::HalfOpen),
        (drop, State::HalfOpen),
    ];
    for (end, state) in endings {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let old = breaker.try_acquire_owned().unwrap();
        scope.advance(COOLDOWN);
        let new = breaker.try_acquire().unwrap();
        end(old);
        assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (state, 0));
        if state == State::HalfOpen {
            assert_eq!(breaker.snapshot().probes_in_flight, 1);
            assert!(breaker.try_acquire().is_err(), "its slot is not given away twice");
        }
        new.success();
        let late = u64::from(state != State::HalfOpen);
        assert_eq!(breaker.snapshot().late_outcomes, late);
    }
}

/// A probe that has lost its slot still fails the half-open once it is slow, unless it has ended.
#[test]
fn replaced_probe_that_has_ended_does_not_become_slow() {
    let tune = |config: ConfigBuilder| config.slow_call(MS * 500).probe_timeout(MS * 50);
    for ends in [true, false] {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, tune);
        let replaced = breaker.try_acquire().unwrap();
        scope.advance(MS * 50);
        let probe = breaker.try_acquire().unwrap();
        let replaced = if ends {
            drop(replaced);
            None
        } else {
            Some(replaced)
        };
        scope.advance(MS * 450);
        let next = breaker.try_acquire();
        assert_eq!(next.is_ok(), ends);
        let state = if ends { State::HalfOpen } else { State::Open };
        assert_eq!(breaker.state(), state);
        drop((replaced, probe, next));
    }
}

/// [H9]
#[test]
fn success_of_a_replaced_probe_is_one_of_those_that_close() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config.success_threshold(3).probes(2));
    let lost = [(); 2].map(|()| breaker.try_acquire().unwrap());
    scope.advance(COOLDOWN);
    let new = [(); 2].map(|()| breaker.try_acquire().unwrap());
    assert!(breaker.try_acquire().is_err());
    lost.into_iter().for_each(Permit::success);
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.probe_successes, snapshot.probes_in_flight), (2, 2));
    let [first, second] = new;
    second.ignore();
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    first.success();
    assert_eq!((breaker.state(), breaker.snapshot().late_outcomes), (State::Closed, 0));
}

/// [H9, L1]
#[test]
fn replaced_probe_of_an_earlier_half_open_is_late() {
    let endings: [Ending; 4] = [Permit::success, Permit::failure, Permit::ignore, drop];
    for end in endings {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, |config| config);
        let lost = breaker.try_acquire_owned().unwrap();
        scope.advance(COOLDOWN);
        trip(&breaker);
        scope.advance(COOLDOWN);
        let probe = breaker.try_acquire().unwrap();
        end(lost);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.late_outcomes), (State::HalfOpen, 1));
        assert_eq!((snapshot.probes_in_flight, snapshot.probe_successes), (1, 0));
        probe.success();
        assert_eq!(breaker.state(), State::Closed);
    }
}

/// [H11]
#[test]
fn minimum_of_calls_does_not_hold_up_the_verdict_of_half_open() {
    let scope = Scope::enter();
    let config = Config::builder().failure_rate(0.5).window_calls(20).min_calls(10);
    let config = config.cooldown(COOLDOWN).build().unwrap();
    let breaker = scope.registry().get_or_insert("rate", config).unwrap();
    for _ in 0..9 {
        fail(&breaker);
    }
    trip(&breaker);
    scope.advance(COOLDOWN);
    trip(&breaker);
    scope.advance(COOLDOWN);
    recover(&breaker);
}

#[deny(unfulfilled_lint_expectations)]
#[expect(unused_must_use, reason = "the lint is what is tested")]
fn take_and_forget(breaker: &Breaker) {
    breaker.try_acquire().unwrap();
}

/// [H12]
#[test]
fn admission_that_is_not_used_is_a_guard_that_gives_itself_back() {
    #[circuit_breaker(name = "cached", threshold = 1, cooldown = "10s")]
    fn cached(cache: Option<u32>) -> Reply {
        if let Some(hit) = cache {
            return Ok(hit);
        }
        DOWN
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, |config| config);
    take_and_forget(&breaker);
    recover(&breaker);
    assert_eq!(cached(None), DOWN);
    scope.advance(COOLDOWN);
    assert_eq!(cached(Some(1)), Ok(1), "a fast path is an end like any other");
    assert_eq!(named(&scope, "cached").state(), State::Closed);
}

#[circuit_breaker(name = "recursive", threshold = 1, cooldown = "10s")]
fn descend(n: u32) -> Reply {
    match n {
        666 => DOWN,
        0 => Ok(0),
        n => Ok(1 + climb(n - 1).now_or_never().expect("nothing to wait for")?),
    }
}

#[circuit_breaker(name = "recursive", threshold = 1, cooldown = "10s")]
async fn climb(n: u32) -> Reply {
    match n {
        0 => Ok(0),
        n => Ok(1 + Box::pin(climb(n - 1)).await?),
    }
}

/// [H13]
#[test]
fn call_inside_a_probe_of_its_own_breaker_belongs_to_it() {
    for probe in [descend as fn(u32) -> Reply, |n| climb(n).now_or_never().unwrap()] {
        let scope = Scope::enter();
        assert_eq!(descend(666), DOWN);
        scope.advance(COOLDOWN);
        assert_eq!(probe(5), Ok(5));
        let snapshot = named(&scope, "recursive").snapshot();
        assert_eq!((snapshot.state, snapshot.rejections), (State::Closed, 0));
    }
}
