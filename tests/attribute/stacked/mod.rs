//! Two attributes on one function: the lower one is the outer breaker, and ignores a call that
//! the inner one has turned away.

mod panics;

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Registry, State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

fn open(name: &str) -> Arc<Breaker> {
    let breaker = Registry::global().get(name).unwrap_or_else(|| panic!("{name} is there"));
    breaker.open();
    breaker
}

/// Asserts that the outer breaker has counted nothing, and then that it counts a failure.
fn ignored(outer: &Breaker, rejected: u64, mut fail: impl FnMut()) {
    let snapshot = outer.snapshot();
    assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 0));
    assert_eq!(snapshot.rejections, 0);
    let inner = Registry::global().get("inner").unwrap();
    assert_eq!(inner.snapshot().rejections, rejected);
    inner.reset();
    fail();
    assert_eq!(outer.snapshot().consecutive_failures, 1);
}

#[test]
fn rejection_by_the_inner_breaker_is_no_failure_of_the_outer() {
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[circuit_breaker(name = "outer", threshold = 9)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(Ok(1)), Ok(1));
    open("inner");
    assert!(fetch(Ok(1)).unwrap_err().is_rejection());
    ignored(&named(&scope, "outer"), 1, || assert_eq!(fetch(DOWN), DOWN));
}

#[test]
fn inner_fallback_decides_nothing_for_the_outer_breaker() {
    // A plain value, of which the fallback's answer is a failure.
    #[circuit_breaker(name = "inner", threshold = 9, failure = 0, fallback = 0)]
    #[circuit_breaker(name = "outer", threshold = 9, failure = 0, fallback = 7)]
    fn fetch(n: u32) -> u32 {
        n
    }
    // `failure` as `Ok`.
    #[circuit_breaker(name = "inner-ok", fallback = |_| Ok(404))]
    #[circuit_breaker(name = "outer-ok", threshold = 1, failure(Err(_), Ok(404)))]
    fn fetch_ok(n: u32) -> Reply {
        Ok(n)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(1), 1);
    open("inner");
    assert_eq!(fetch(1), 0);
    ignored(&named(&scope, "outer"), 1, || assert_eq!(fetch(0), 0));

    assert_eq!(fetch_ok(1), Ok(1));
    open("inner-ok");
    assert_eq!(fetch_ok(1), Ok(404));
    assert_eq!(named(&scope, "outer-ok").state(), State::Closed);
}

#[test]
fn success_of_the_inner_fallback_does_not_reset_the_outer_breaker() {
    #[circuit_breaker(name = "inner", threshold = 9, fallback = Ok(9))]
    #[circuit_breaker(name = "outer", threshold = 9)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(DOWN), DOWN);
    open("inner");
    assert_eq!(fetch(Ok(1)), Ok(9));
    assert_eq!(named(&scope, "outer").snapshot().consecutive_failures, 1);
}

#[tokio::test]
async fn async_rejection_by_the_inner_breaker_is_ignored() {
    #[circuit_breaker(name = "inner", threshold = 9, fallback = |_reply| {
        tokio::task::yield_now().await;
        DOWN
    })]
    #[circuit_breaker(name = "outer", threshold = 9)]
    async fn fetch(reply: Reply) -> Reply {
        tokio::task::yield_now().await;
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(Ok(1)).await, Ok(1));
    open("inner");
    assert_eq!(fetch(Ok(1)).await, DOWN);
    let outer = named(&scope, "outer");
    assert_eq!(outer.snapshot().consecutive_failures, 0);
    named(&scope, "inner").reset();
    assert_eq!(fetch(DOWN).await, DOWN);
    assert_eq!(outer.snapshot().consecutive_failures, 1);
}

#[circuit_breaker(name = "inner", threshold = 9)]
#[circuit_breaker(name = "outer", threshold = 9)]
fn made(reply: Reply) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    let reply = reply.clone();
    Box::pin(async move {
        tokio::task::yield_now().await;
        reply
    })
}

#[circuit_breaker(name = "inner-block", threshold = 9)]
#[circuit_breaker(name = "outer-block", threshold = 9)]
fn block(reply: Reply) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    Box::pin(async move { reply })
}

#[tokio::test]
async fn rejection_in_a_boxed_future_is_ignored() {
    let scope = Scope::enter();
    assert_eq!((made(Ok(1)).await, block(Ok(1)).await), (Ok(1), Ok(1)));
    open("inner");
    open("inner-block");
    assert!(made(Ok(1)).await.unwrap_err().is_rejection());
    assert!(block(Ok(1)).await.unwrap_err().is_rejection());
    for name in ["outer", "outer-block"] {
        assert_eq!(named(&scope, name).snapshot().consecutive_failures, 0, "{name}");
    }
    named(&scope, "inner").reset();
    assert_eq!(made(DOWN).await, DOWN);
    assert_eq!(named(&scope, "outer").snapshot().consecutive_failures, 1);
}

#[test]
fn cancelled_fallback_of_a_call_that_was_turned_away_is_ignored() {
    #[circuit_breaker(name = "inner", fallback = |_reply| { pending::<()>().await; DOWN })]
    #[circuit_breaker(name = "outer", threshold = 9, on_cancel = "failure")]
    async fn fetch(reply: Reply) -> Reply {
        if reply == DOWN {
            pending::<()>().await;
        }
        reply
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch(Ok(1))), Ok(1));
    open("inner");
    let context = &mut Context::from_waker(Waker::noop());
    let mut call = Box::pin(fetch(Ok(1)));
    assert!(call.as_mut().poll(context).is_pending());
    drop(call);
    let outer = named(&scope, "outer");
    assert_eq!(outer.snapshot().consecutive_failures, 0);
    named(&scope, "inner").reset();
    let mut call = Box::pin(fetch(DOWN));
    assert!(call.as_mut().poll(context).is_pending());
    drop(call);
    assert_eq!(outer.snapshot().consecutive_failures, 1);
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_call_that_was_turned_away_is_ignored_and_still_bounds_it() {
    #[circuit_breaker(name = "inner", fallback = |_n| { pending::<()>().await; DOWN })]
    #[circuit_breaker(name = "outer", threshold = 9, timeout = "1s")]
    async fn fetch(n: u32) -> Reply {
        tokio::time::sleep(Duration::from_secs(n.into())).await;
        Ok(n)
    }
    #[circuit_breaker(name = "inner-2", fallback = |_n| { pending::<()>().await; DOWN })]
    #[circuit_breaker(
        name = "outer-2", threshold = 9, timeout = "1s", fallback_on = "failure", fallback = Ok(77)
    )]
    async fn answered(n: u32) -> Reply {
        tokio::time::sleep(Duration::from_secs(n.into())).await;
        Ok(n)
    }
    let scope = Scope::enter();
    assert_eq!((fetch(0).await, answered(0).await), (Ok(0), Ok(0)));
    open("inner");
    open("inner-2");
    assert!(matches!(fetch(0).await, Err(Fault::Rejected(error)) if !error.is_rejection()));
    assert_eq!(answered(0).await, Ok(77));
    for name in ["outer", "outer-2"] {
        assert_eq!(named(&scope, name).snapshot().consecutive_failures, 0, "{name}");
    }
    named(&scope, "inner").reset();
    assert!(fetch(5).await.is_err());
    assert_eq!(named(&scope, "outer").snapshot().consecutive_failures, 1);
}

/// Asserts that probes of the breaker `outer` which the breaker `inner` turns away, as
/// `is_turned_away` makes and checks them, free their slots.
fn assert_probes_free_their_slots(fetch: fn(Reply) -> Reply, is_turned_away: impl Fn() -> bool) {
    let scope = Scope::enter();
    assert_eq!(fetch(DOWN), DOWN);
    let inner = open("inner");
    scope.advance(Duration::from_secs(1));
    let outer = named(&scope, "outer");
    for _ in 0..3 {
        assert!(is_turned_away());
        assert_eq!((outer.state(), outer.snapshot().probes_in_flight), (State::HalfOpen, 0));
    }
    inner.reset();
    assert_eq!(fetch(Ok(1)), Ok(1));
    assert_eq!(outer.state(), State::Closed);
}

#[test]
fn probe_of_the_outer_breaker_that_is_turned_away_frees_its_slot() {
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[circuit_breaker(name = "outer", threshold = 1, cooldown = "1s")]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    assert_probes_free_their_slots(fetch, || fetch(Ok(1)).unwrap_err().is_rejection());
}

#[test]
fn of_three_attributes_each_ignores_what_one_inside_turned_away() {
    #[circuit_breaker(name = "first", threshold = 9)]
    #[circuit_breaker(name = "second", threshold = 9)]
    #[circuit_breaker(name = "third", threshold = 9)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "first-async", threshold = 9)]
    #[circuit_breaker(name = "second-async", threshold = 9, fallback_on = "failure", fallback = DOWN)]
    #[circuit_breaker(name = "third-async", threshold = 9)]
    async fn fetch_async(reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
    let scope = Scope::enter();
    let failures = |name: &str| named(&scope, name).snapshot().consecutive_failures;
    assert_eq!((fetch(Ok(1)), now(fetch_async(Ok(1)))), (Ok(1), Ok(1)));
    for name in ["first", "second", "first-async", "second-async"] {
        let turned = open(name);
        assert!(fetch(Ok(1)).is_err() || now(fetch_async(Ok(1))).is_err());
        turned.reset();
    }
    for name in ["second", "third", "second-async", "third-async"] {
        assert_eq!(failures(name), 0, "{name}");
    }
    assert_eq!((fetch(DOWN), now(fetch_async(DOWN))), (DOWN, DOWN));
    for name in ["second", "third", "second-async", "third-async"] {
        assert_eq!(failures(name), 1, "{name}");
    }
}

struct Client;

#[circuit_breaker(name = "inner", threshold = 9)]
#[circuit_breaker(name = "outer", threshold = 9)]
impl Client {
    fn fetch(&self, reply: Reply) -> Reply {
        let _ = self;
        reply
    }
}

#[test]
fn two_attributes_on_a_block_are_like_two_on_each_method() {
    let scope = Scope::enter();
    assert_eq!(Client.fetch(Ok(1)), Ok(1));
    open("inner");
    assert!(Client.fetch(Ok(1)).unwrap_err().is_rejection());
    ignored(&named(&scope, "outer"), 1, || assert_eq!(Client.fetch(DOWN), DOWN));
}

#[test]
fn rejection_by_another_function_stays_a_failure() {
    #[circuit_breaker(name = "of-another", threshold = 9)]
    fn other() -> Reply {
        Ok(1)
    }
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[circuit_breaker(name = "outer", threshold = 9)]
    fn fetch() -> Reply {
        other()
    }
    let scope = Scope::enter();
    assert_eq!(fetch(), Ok(1));
    open("of-another");
    assert!(fetch().unwrap_err().is_rejection());
    assert_eq!(named(&scope, "outer").snapshot().consecutive_failures, 1);
    assert_eq!(named(&scope, "inner").snapshot().consecutive_failures, 1);
}

#[test]
fn rejection_of_another_pair_inside_the_body_stays_with_that_pair() {
    #[circuit_breaker(name = "other-inner", threshold = 9)]
    #[circuit_breaker(name = "other-outer", threshold = 9)]
    async fn other() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[circuit_breaker(name = "outer", threshold = 9)]
    async fn fetch() -> Reply {
        other().await
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch()), Ok(1));
    open("other-inner");
    assert!(now(fetch()).unwrap_err().is_rejection());
    let failures = |name: &str| named(&scope, name).snapshot().consecutive_failures;
    assert_eq!((failures("other-outer"), failures("inner"), failures("outer")), (0, 1, 1));
}

#[test]
fn attribute_that_cfg_leaves_out_is_no_outer_one() {
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[cfg_attr(any(), circuit_breaker(name = "left-out"))]
    fn alone(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[cfg_attr(all(), circuit_breaker(name = "outer", threshold = 9))]
    fn fetch(reply: Reply) -> Reply {
        alone(reply)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(Ok(1)), Ok(1));
    open("inner");
    assert!(fetch(Ok(1)).unwrap_err().is_rejection());
    ignored(&named(&scope, "outer"), 1, || assert_eq!(fetch(DOWN), DOWN));
}
