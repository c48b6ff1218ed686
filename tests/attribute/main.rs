//! The attribute at work: every key and form, on functions and methods, sync and async.

#![allow(clippy::unnecessary_wraps, reason = "fallbacks return what the guarded functions do")]
#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]
#![allow(clippy::needless_pass_by_value, reason = "that is what is tried")]

mod binding;
mod body;
mod cancel;
mod config;
mod default_names;
mod error;
mod fallback;
mod fallback_on;
mod hang;
mod hang_retuned;
mod inherit;
mod macros;
mod name;
mod named_items;
mod nesting;
mod outcome;
mod panics;
mod parameters;
mod predicate;
mod rings;
mod sharing;
mod signature;
mod states;
mod tuning;
mod twins;

/// As a framework of the user's own would have it.
mod reexport {
    pub(crate) use breakerbox::*;
}

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError};
use futures_util::FutureExt;

/// The error of the guarded functions in these tests.
#[derive(Clone, Debug, PartialEq)]
enum Fault {
    Down,
    Busy(u64),
    BadRequest,
    Rejected(BreakerError),
}

impl Fault {
    fn is_rejection(&self) -> bool {
        matches!(self, Fault::Rejected(_))
    }
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Rejected(error)
    }
}

type Reply = Result<u32, Fault>;

const DOWN: Reply = Err(Fault::Down);

/// The breaker of that name in the test's registry.
fn breaker(scope: &Scope, name: &str) -> Arc<Breaker> {
    let known = || {
        let all = scope.registry().iter();
        all.map(|breaker| breaker.name().to_string()).collect::<Vec<_>>()
    };
    scope.registry().get(name).unwrap_or_else(|| panic!("no `{name}` among {:?}", known()))
}

/// The output of a future that has nothing to wait for.
#[track_caller]
fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("nothing to wait for")
}
