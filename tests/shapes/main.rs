//! Every shape of function that can carry the attribute, called while its
//! breaker is closed, open and half-open, with a fallback and without.
//!
//! A number in brackets is that of an input in the catalogue in `index.rs`.

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
    clippy::unchecked_time_subtraction,
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

use breakerbox::State;
use breakerbox::testing::Scope;
use support::{COOLDOWN, DOWN, Fault, MS, Reply, named};

/// The answer of each fallback.
pub(crate) const SPARE: u32 = 99;

/// Walks a function of `threshold = 1, cooldown = "10s"` through the states of its breaker. The
/// body returns its argument.
pub(crate) fn walk(name: &str, call: impl FnMut(Reply) -> Reply) {
    walk_through(name, call, |reply| reply.as_ref().is_err_and(Fault::is_rejection));
}

/// Like [`walk`], for a function whose fallback answers [`SPARE`].
pub(crate) fn walk_with_fallback(name: &str, call: impl FnMut(Reply) -> Reply) {
    walk_through(name, call, |reply| *reply == Ok(SPARE));
}

fn walk_through(
    name: &str,
    mut call: impl FnMut(Reply) -> Reply,
    is_turned_away: impl Fn(&Reply) -> bool,
) {
    let scope = Scope::enter();
    let state = || named(&scope, name).state();
    assert_eq!(call(Ok(1)), Ok(1), "closed: the body runs");
    assert_eq!(state(), State::Closed);
    assert_eq!(call(DOWN), DOWN, "the caller that trips it has its own error");
    assert_eq!(state(), State::Open);
    let answer = call(Ok(2));
    assert!(is_turned_away(&answer), "open: {answer:?}");
    scope.advance(COOLDOWN);
    assert_eq!(state(), State::Open, "until a call comes");
    assert_eq!(call(DOWN), DOWN, "half-open: a probe runs, and reopens");
    assert_eq!(state(), State::Open);
    scope.advance(COOLDOWN - MS);
    let answer = call(Ok(3));
    assert!(is_turned_away(&answer), "open until the cooldown is over: {answer:?}");
    scope.advance(MS);
    assert_eq!(call(Ok(4)), Ok(4), "half-open: a probe runs, and closes");
    assert_eq!(state(), State::Closed);
    assert_eq!(named(&scope, name).snapshot().rejections, 2);
}
