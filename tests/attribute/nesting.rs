//! Calls made from inside a probe of the same breaker: they belong to that probe.

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Outcome, State, circuit_breaker};
use support::{DOWN, Reply, named, now};

const COOLDOWN: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "recursive", threshold = 3, cooldown = "1s")]
fn count_down(n: u32) -> Reply {
    match n {
        0 => Ok(0),
        666 => DOWN,
        n => Ok(1 + count_down(n - 1)?),
    }
}

#[circuit_breaker(name = "recursive", threshold = 3, cooldown = "1s")]
async fn count_down_async(n: u32) -> Reply {
    tokio::task::yield_now().await;
    let inner: Pin<Box<dyn Future<Output = Reply>>> = match n {
        0 => return Ok(0),
        666 => return DOWN,
        n => Box::pin(count_down_async(n - 1)),
    };
    let below = inner.await?;
    tokio::task::yield_now().await;
    Ok(1 + below)
}

/// The breaker of that name, half-open at the next call.
fn cooled_down(scope: &Scope, name: &str, mut fail: impl FnMut() -> Reply) -> Arc<Breaker> {
    for _ in 0..3 {
        assert_eq!(fail(), DOWN);
    }
    scope.advance(COOLDOWN);
    let breaker = named(scope, name);
    assert_eq!(breaker.state(), State::Open);
    breaker
}

fn recovered_without_a_rejection(breaker: &Breaker) {
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.state, State::Closed);
    assert_eq!((snapshot.rejections, snapshot.late_outcomes), (0, 0));
}

/// [H13]
#[test]
fn recursion_in_half_open_recovers() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    assert_eq!(count_down(5), Ok(5));
    recovered_without_a_rejection(&breaker);
}

#[tokio::test]
async fn async_recursion_in_half_open_recovers() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    assert_eq!(count_down_async(5).await, Ok(5));
    recovered_without_a_rejection(&breaker);
}

#[tokio::test]
async fn calls_joined_inside_a_probe_belong_to_it() {
    #[circuit_breaker(name = "recursive")]
    async fn both(n: u32) -> Reply {
        let (one, two) = tokio::join!(count_down_async(n), count_down_async(n + 1));
        Ok(one? + two?)
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    assert_eq!(both(2).await, Ok(5));
    recovered_without_a_rejection(&breaker);
}

#[circuit_breaker(name = "pair", threshold = 3, cooldown = "1s", probes = 3, success_threshold = 2)]
fn outer(inner_replies: &[Reply], reply: Reply, look: &dyn Fn()) -> Reply {
    for inner_reply in inner_replies {
        assert_eq!(inner(inner_reply.clone()), *inner_reply);
        look();
    }
    reply
}

#[circuit_breaker(name = "pair")]
fn inner(reply: Reply) -> Reply {
    reply
}

fn fail_outer() -> Reply {
    outer(&[], DOWN, &|| ())
}

#[test]
fn inner_failure_of_a_probe_does_not_count() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "pair", fail_outer);
    let look = || {
        assert_eq!(breaker.state(), State::HalfOpen);
        assert_eq!(breaker.snapshot().probes_in_flight, 1, "one probe");
    };
    assert_eq!(outer(&[DOWN, DOWN], Ok(1), &look), Ok(1));
    assert_eq!(breaker.snapshot().probe_successes, 1);
    assert_eq!(inner(Ok(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn inner_success_of_a_probe_does_not_count() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "pair", fail_outer);
    let look = || assert_eq!(breaker.snapshot().probe_successes, 0);
    assert_eq!(outer(&[Ok(1), Ok(2)], DOWN, &look), DOWN);
    assert_eq!(breaker.state(), State::Open, "the outer outcome decides");
}

#[test]
fn inner_call_of_a_closed_call_counts_by_itself() {
    let scope = Scope::enter();
    assert_eq!(outer(&[DOWN], DOWN, &|| ()), DOWN);
    assert_eq!(named(&scope, "pair").snapshot().consecutive_failures, 2);
}

#[test]
fn inner_call_in_a_probe_needs_no_fallback() {
    #[circuit_breaker(name = "deep", threshold = 3, cooldown = "1s", fallback = Ok(100))]
    async fn deep(n: u32) -> Reply {
        match n {
            0 => Ok(0),
            666 => DOWN,
            n => Ok(1 + Box::pin(deep(n - 1)).await?),
        }
    }
    let scope = Scope::enter();
    cooled_down(&scope, "deep", || now(deep(666)));
    assert_eq!(now(deep(3)), Ok(3));
}

#[test]
fn call_on_another_thread_is_not_part_of_the_probe() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    let handle = scope.handle();
    let probe = breaker.try_acquire().unwrap();
    let body = || {
        let elsewhere = std::thread::spawn(move || {
            let _entered = handle.enter();
            count_down(0)
        });
        assert_eq!(count_down(0), Ok(0), "on this thread");
        elsewhere.join().unwrap()
    };
    let reply = probe.run(body, |_| Outcome::Success);
    assert!(reply.unwrap_err().is_rejection());
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn call_between_two_polls_of_a_probe_is_not_part_of_it() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    let mut probe = Box::pin(count_down_async(1));
    let mut context = Context::from_waker(Waker::noop());
    assert!(probe.as_mut().poll(&mut context).is_pending());
    assert!(count_down(0).unwrap_err().is_rejection());
    drop(probe);
    assert_eq!(count_down(0), Ok(0));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn call_after_a_probe_that_panicked_is_not_part_of_it() {
    #[circuit_breaker(name = "panics", threshold = 3, cooldown = "1s")]
    fn fetch(panics: bool, reply: Reply) -> Reply {
        assert!(!panics);
        reply
    }
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "panics", || fetch(false, DOWN));
    assert!(catch_unwind(|| fetch(true, Ok(1))).is_err());
    scope.advance(COOLDOWN);
    let probe = breaker.try_acquire().unwrap();
    assert!(fetch(false, Ok(1)).unwrap_err().is_rejection());
    drop(probe);
}

#[test]
fn call_after_the_probes_episode_is_a_call_like_any_other() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "pair", fail_outer);
    let look = || {
        if breaker.snapshot().episode > 2 {
            return;
        }
        fail_beside(&breaker);
        assert!(inner(Ok(1)).unwrap_err().is_rejection(), "it has reopened");
        scope.advance(COOLDOWN);
        assert_eq!(inner(Ok(1)), Ok(1));
        assert_eq!(breaker.snapshot().probe_successes, 1, "a probe itself");
    };
    assert_eq!(outer(&[Ok(1)], Ok(1), &look), Ok(1));
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.probe_successes), (State::HalfOpen, 1));
    assert_eq!(snapshot.late_outcomes, 1, "the outer call's");
}

/// A second probe fails, on another thread.
fn fail_beside(breaker: &Breaker) {
    std::thread::scope(|threads| {
        threads.spawn(|| breaker.try_acquire().unwrap().failure());
    });
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn probe_of_one_breaker_admits_no_call_of_another() {
    #[circuit_breaker(name = "other", threshold = 3, cooldown = "1s")]
    fn other(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    let others = cooled_down(&scope, "other", || other(DOWN));
    let breaker = cooled_down(&scope, "recursive", || count_down(666));
    let _probe = others.try_acquire().unwrap();
    let reply = breaker.call(|| {
        assert_eq!(breaker.snapshot().episode, others.snapshot().episode);
        other(Ok(1))
    });
    assert!(reply.unwrap_err().is_rejection());
}

#[test]
fn question_asked_inside_a_probe_agrees_with_the_call() {
    #[circuit_breaker(name = "asks", threshold = 3, cooldown = "1s")]
    fn asks(scope: &Scope, reply: Reply) -> Reply {
        let breaker = named(scope, "asks");
        let permitted = breaker.is_call_permitted();
        let admitted = breaker.try_acquire().is_ok();
        assert_eq!(permitted, admitted, "while {}", breaker.state());
        reply
    }
    let scope = Scope::enter();
    cooled_down(&scope, "asks", || asks(&scope, DOWN));
    assert_eq!(asks(&scope, Ok(1)), Ok(1));
}
