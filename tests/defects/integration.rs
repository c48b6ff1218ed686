//! The breaker among the rest of a program.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Event, EventKind, State, circuit_breaker};
use futures_util::FutureExt;
use support::{COOLDOWN, DOWN, Reply, breaker, ends, fail, named, recover, trip};

/// So many attempts at most; a rejection is not tried again.
fn retry(attempts: u32, call: impl Fn() -> Reply) -> Reply {
    let mut reply = call();
    for _ in 1..attempts {
        match &reply {
            Err(fault) if !fault.is_rejection() => reply = call(),
            _ => break,
        }
    }
    reply
}

/// [I2]
#[test]
fn retries_outside_stop_at_an_open_breaker_and_inside_count_once() {
    #[circuit_breaker(name = "attempt", threshold = 3)]
    fn attempt(runs: &Cell<u32>) -> Reply {
        runs.set(runs.get() + 1);
        DOWN
    }
    #[circuit_breaker(name = "whole", threshold = 3)]
    fn whole(runs: &Cell<u32>) -> Reply {
        retry(10, || {
            runs.set(runs.get() + 1);
            DOWN
        })
    }
    let scope = Scope::enter();
    let runs = Cell::new(0);
    assert!(retry(10, || attempt(&runs)).unwrap_err().is_rejection());
    assert_eq!((runs.take(), named(&scope, "attempt").snapshot().rejections), (3, 1));
    assert_eq!(whole(&runs), DOWN);
    assert_eq!((runs.take(), named(&scope, "whole").snapshot().consecutive_failures), (10, 1));
}

struct Client;

impl Client {
    #[circuit_breaker(name = "own", threshold = 2)]
    fn fetch(&self) -> Reply {
        let Client = self;
        DOWN
    }

    fn fetch_all(&self) -> Vec<Reply> {
        (0..3).map(|_| self.fetch()).collect()
    }
}

/// [I3]
#[test]
fn call_through_self_is_guarded_like_any_other() {
    let _scope = Scope::enter();
    let replies = Client.fetch_all();
    assert_eq!(replies[..2], [DOWN, DOWN]);
    assert!(replies[2].clone().unwrap_err().is_rejection());
}

/// [I4]
#[test]
fn rejection_comes_at_the_first_poll_and_the_body_is_never_begun() {
    #[circuit_breaker(name = "pending", threshold = 1)]
    async fn hang(begun: &Cell<bool>) -> Reply {
        begun.set(true);
        std::future::pending().await
    }
    let scope = Scope::enter();
    let begun = Cell::new(false);
    assert!(hang(&begun).now_or_never().is_none());
    begun.set(false);
    named(&scope, "pending").force_open();
    assert!(hang(&begun).now_or_never().unwrap().unwrap_err().is_rejection());
    assert!(!begun.get());
    let polled = Cell::new(false);
    let guarded = named(&scope, "pending");
    let call = guarded.call_async(std::future::poll_fn(|_| {
        polled.set(true);
        std::task::Poll::<Reply>::Pending
    }));
    assert!(call.now_or_never().unwrap().unwrap_err().is_rejection());
    assert!(!polled.get());
}

/// [I5] `state` is no gate: one that asks it before each call would shut itself out.
/// `is_call_permitted` is what such a router asks.
#[test]
fn recovery_takes_a_call_and_the_question_for_it_is_answered_by_yes() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    trip(&breaker);
    assert!(!breaker.is_call_permitted());
    scope.advance(COOLDOWN * 1_000);
    assert_eq!(breaker.state(), State::Open, "nobody has called");
    assert!(breaker.is_call_permitted());
    recover(&breaker);
}

/// [I6]
#[test]
fn listener_that_panics_while_a_body_unwinds_does_not_abort() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    breaker.on_event(|_| panic!("a listener's own trouble")).keep();
    let call = || breaker.call(|| -> Reply { panic!("in the body") });
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    assert_eq!(breaker.state(), State::Open);
    scope.advance(COOLDOWN);
    let unsaid = || {
        let _permit = breaker.try_acquire().unwrap();
        panic!("with a permit in hand");
    };
    assert!(catch_unwind(AssertUnwindSafe(unsaid)).is_err());
    assert_eq!((breaker.state(), breaker.snapshot().episode), (State::Open, 3));
}

/// [I8]
#[test]
fn call_does_not_wait_for_a_listener_that_blocks_on_another_thread() {
    ends(|| {
        let config = Config::builder().threshold(1).build().unwrap();
        let breaker = Arc::new(Breaker::new("blocked", config));
        let (entered, is_in) = mpsc::channel();
        let (leave, may_leave) = mpsc::channel::<()>();
        let may_leave = std::sync::Mutex::new(may_leave);
        let listener = move |event: &Event| {
            if !matches!(event.kind, EventKind::Transition { .. }) {
                return;
            }
            let _ = entered.send(());
            let _ = may_leave.lock().unwrap().recv();
        };
        let subscription = breaker.on_event(listener);
        std::thread::scope(|threads| {
            threads.spawn(|| fail(&breaker));
            is_in.recv().unwrap();
            assert!(breaker.try_acquire().is_err());
            breaker.reset();
            let call = breaker.call_async(async { Reply::Ok(1) });
            assert_eq!(call.now_or_never(), Some(Ok(1)));
            trip(&breaker);
            drop(leave);
        });
        drop(subscription);
    });
}
