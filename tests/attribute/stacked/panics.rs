//! Panics under two attributes: in the body, and in the answer of an inner attribute.

use std::panic::{AssertUnwindSafe, catch_unwind};

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{DOWN, Reply, named};

use super::{assert_probes_free_their_slots, open};

#[test]
fn panic_of_an_inner_answer_counts_for_no_attribute_outside_of_it() {
    #[circuit_breaker(name = "first", threshold = 9, fallback = broken())]
    #[circuit_breaker(name = "second", threshold = 1)]
    #[circuit_breaker(name = "third", threshold = 1, fallback_on = "failure", fallback = DOWN)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "first-error", threshold = 9, error = |_| panic!("on purpose"))]
    #[circuit_breaker(name = "second-error", threshold = 1, failure = Err(_))]
    fn fetch_or_map(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!((fetch(Ok(1)), fetch_or_map(Ok(1))), (Ok(1), Ok(1)));
    let inner = open("first");
    open("first-error");
    for _ in 0..2 {
        assert!(catch_unwind(|| fetch(Ok(1))).is_err());
        assert!(catch_unwind(|| fetch_or_map(Ok(1))).is_err());
    }
    for name in ["second", "third", "second-error"] {
        let snapshot = named(&scope, name).snapshot();
        assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 0), "{name}");
    }
    inner.reset();
    assert_eq!(fetch(DOWN), DOWN);
    assert_eq!(named(&scope, "second").state(), State::Open, "a failure of the body counts");
}

#[test]
fn panic_of_an_inner_answer_in_any_poll_counts_for_no_attribute_outside_of_it() {
    #[circuit_breaker(name = "first", threshold = 9, fallback = |polls, _| {
        yield_times(polls).await;
        broken()
    })]
    #[circuit_breaker(name = "second", threshold = 1)]
    #[circuit_breaker(name = "third", threshold = 1, on_cancel = "failure", timeout = "1h")]
    async fn fetch(polls: u32, reply: Reply) -> Reply {
        yield_times(polls).await;
        reply
    }
    let scope = Scope::enter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    assert_eq!(runtime.block_on(fetch(0, Ok(1))), Ok(1));
    open("first");
    for polls in [0, 1, 2] {
        let call = AssertUnwindSafe(|| runtime.block_on(fetch(polls, Ok(1))));
        assert!(catch_unwind(call).is_err());
        for name in ["second", "third"] {
            let snapshot = named(&scope, name).snapshot();
            let found = (snapshot.state, snapshot.consecutive_failures);
            assert_eq!(found, (State::Closed, 0), "{name} after {polls}");
        }
    }
}

fn broken() -> Reply {
    panic!("on purpose")
}

async fn yield_times(polls: u32) {
    for _ in 0..polls {
        tokio::task::yield_now().await;
    }
}

#[test]
fn panic_of_an_inner_answer_frees_the_slot_of_an_outer_probe() {
    #[circuit_breaker(name = "inner", threshold = 9, fallback = broken())]
    #[circuit_breaker(name = "outer", threshold = 1, cooldown = "1s")]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    assert_probes_free_their_slots(fetch, || catch_unwind(|| fetch(Ok(1))).is_err());
}

#[test]
fn panic_of_the_body_counts_for_each_attribute() {
    #[circuit_breaker(name = "inner", threshold = 9)]
    #[circuit_breaker(name = "outer", threshold = 9)]
    fn fetch(reply: Reply) -> Reply {
        assert_ne!(reply, DOWN, "on purpose");
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(Ok(1)), Ok(1));
    let inner = open("inner");
    assert!(fetch(Ok(1)).unwrap_err().is_rejection());
    inner.reset();
    assert!(catch_unwind(|| fetch(DOWN)).is_err());
    for name in ["inner", "outer"] {
        assert_eq!(named(&scope, name).snapshot().consecutive_failures, 1, "{name}");
    }
}
