//! Rings of functions whose return type carries no error: the body runs, uncounted.

use std::cell::Cell;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{Trace, named};
use tracing::Level;

use super::open;

/// A return type that carries no error: the body runs, uncounted.
mod plain {
    use super::{Cell, circuit_breaker};

    thread_local! {
        pub(super) static RUNS: Cell<u32> = const { Cell::new(0) };
    }

    #[circuit_breaker(name = "plain-one", failure = None, fallback = two)]
    pub(super) fn one(n: u32) -> Option<u32> {
        RUNS.set(RUNS.get() + 1);
        (n > 0).then_some(n)
    }

    #[circuit_breaker(name = "plain-two", failure = None, fallback = one)]
    pub(super) fn two(n: u32) -> Option<u32> {
        (n > 0).then_some(n + 100)
    }

    #[circuit_breaker(name = "plain-async", failure = None, fallback = |n| Box::pin(later(n)).await)]
    pub(super) async fn later(n: u32) -> Option<u32> {
        tokio::task::yield_now().await;
        (n > 0).then_some(n)
    }
}

#[test]
fn body_runs_uncounted_where_no_error_can_be_returned() {
    let scope = Scope::enter();
    assert_eq!((plain::one(1), plain::two(1)), (Some(1), Some(101)));
    open("plain-one");
    open("plain-two");
    plain::RUNS.set(0);
    assert_eq!(plain::one(3), Some(3), "the body of the first one");
    assert_eq!(plain::RUNS.get(), 1);
    assert_eq!(plain::one(0), None);
    let snapshot = named(&scope, "plain-one").snapshot();
    assert_eq!((snapshot.state, snapshot.late_outcomes), (State::Open, 0));
    assert_eq!(snapshot.rejections, 4);
}

#[tokio::test]
async fn async_body_runs_uncounted_where_no_error_can_be_returned() {
    let scope = Scope::enter();
    assert_eq!(plain::later(1).await, Some(1));
    open("plain-async");
    assert_eq!(plain::later(2).await, Some(2));
    assert_eq!(plain::later(0).await, None);
    assert_eq!(named(&scope, "plain-async").snapshot().late_outcomes, 0);
}

#[test]
fn ring_is_named_by_one_error_event() {
    #[circuit_breaker(name = "told", failure = None, fallback = spare)]
    fn told(n: u32) -> Option<u32> {
        Some(n)
    }
    fn spare(n: u32) -> Option<u32> {
        told(n)
    }
    let trace = Trace::default();
    trace.watch(|| {
        let _scope = Scope::enter();
        assert_eq!(told(1), Some(1));
        open("told");
        assert_eq!((told(2), told(3)), (Some(2), Some(3)));
    });
    let mut errors = trace.records();
    errors.retain(|(level, _)| *level == Level::ERROR);
    let [(_, error)] = &errors[..] else { panic!("{errors:?}") };
    for part in ["leads back to its own function", "told", "uncounted.rs:"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}
