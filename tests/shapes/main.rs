//! Every shape of function that can carry the attribute, called while its
//! breaker is closed, open and half-open, with a fallback and without.

#![allow(clippy::unnecessary_wraps, reason = "fallbacks return what the guarded functions do")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::large_futures,
    clippy::large_stack_arrays,
    clippy::large_types_passed_by_value,
    clippy::let_underscore_future,
    clippy::manual_async_fn,
    clippy::needless_pass_by_value,
    clippy::needless_question_mark,
    clippy::non_minimal_cfg,
    clippy::redundant_closure,
    clippy::too_many_arguments,
    clippy::toplevel_ref_arg,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "shapes for their own sake"
)]

mod arguments;
mod blocks;
mod combined;
mod foreign;
mod forms;
mod futures;
mod generics;
mod given;
mod index;
mod instrumented;
mod limits;
mod methods;
mod sending;
mod traits;

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State};
use futures_util::FutureExt;

/// The error of the guarded functions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Down,
    Rejected(BreakerError),
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Rejected(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

pub(crate) type Reply = Result<u32, Fault>;

pub(crate) const DOWN: Reply = Err(Fault::Down);

/// What every fallback here answers.
pub(crate) const SPARE: u32 = 99;

/// Walks a function of `threshold = 1, cooldown = "10s"` through the states of its
/// breaker: it returns what it is given, if its body runs.
pub(crate) fn walk(name: &str, call: impl FnMut(Reply) -> Reply) {
    walk_through(name, call, |reply| matches!(reply, Err(Fault::Rejected(_))));
}

/// The same of a function whose fallback answers [`SPARE`].
pub(crate) fn walk_with_fallback(name: &str, call: impl FnMut(Reply) -> Reply) {
    walk_through(name, call, |reply| *reply == Ok(SPARE));
}

fn walk_through(
    name: &str,
    mut call: impl FnMut(Reply) -> Reply,
    is_turned_away: impl Fn(&Reply) -> bool,
) {
    let scope = Scope::enter();
    let breaker = || match name.split_once('/') {
        Some((name, key)) => scope.registry().get_key(name, key),
        None => scope.registry().get(name),
    };
    let state = || breaker().map(|breaker| breaker.state());
    assert_eq!(call(Ok(1)), Ok(1), "closed: the body runs");
    assert_eq!(state(), Some(State::Closed));
    assert_eq!(call(DOWN), DOWN, "the caller that trips it has its own error");
    assert_eq!(state(), Some(State::Open));
    let answer = call(Ok(2));
    assert!(is_turned_away(&answer), "open: {answer:?}");
    scope.advance(Duration::from_secs(10));
    assert_eq!(call(DOWN), DOWN, "half-open: a probe runs, and reopens");
    assert_eq!(state(), Some(State::Open));
    let answer = call(Ok(3));
    assert!(is_turned_away(&answer), "open again: {answer:?}");
    scope.advance(Duration::from_secs(10));
    assert_eq!(call(Ok(4)), Ok(4), "half-open: a probe runs, and closes");
    assert_eq!(state(), Some(State::Closed));
    let snapshot = breaker().expect("known").snapshot();
    assert_eq!(snapshot.rejections, 2);
}

/// The output of a future that has nothing to wait for.
#[track_caller]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("nothing to wait for")
}
