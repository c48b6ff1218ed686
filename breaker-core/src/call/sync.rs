//! The fast path of a sync call: load the word, run the body, compare the word.
//!
//! No permit is built. Slower cases are separate functions: `call_slow` for a closed breaker
//! with a window and an open one, compiled once per body, and `call_cold` for all others,
//! compiled once per source and return type.

use crate::breaker::admission::Decision;
use crate::call::acquire::acquire_cold;
use crate::call::source::{ClosedCall, Source};
use crate::outcome::Guardable;

/// Calls `body`, the body of a sync function, by the plain route: without patterns, fallback
/// or other keys that need a permit.
#[inline]
pub fn call<R: Guardable>(source: impl Source, body: impl FnOnce() -> R) -> R {
    let Some(closed) = source.closed_word() else {
        return call_slow(source, body);
    };
    let call = ClosedCall { source: &source, closed };
    let output = body();
    call.end(&output);
    output
}

#[inline(never)]
fn call_slow<S: Source, R: Guardable>(source: S, body: impl FnOnce() -> R) -> R {
    match source.decide() {
        Decision::Admitted(breaker, closed) => {
            let call = ClosedCall { source: &breaker, closed };
            let output = body();
            call.end_tracked(&output);
            output
        }
        Decision::Rejected(rejection) => R::rejected(rejection.error()),
        Decision::Undecided => call_cold(source, &mut Some(body)),
    }
}

/// A body that runs at most once, for use as `dyn`.
trait Body<R> {
    fn run(&mut self) -> R;
}

impl<R, F: FnOnce() -> R> Body<R> for Option<F> {
    fn run(&mut self) -> R {
        match self.take() {
            Some(body) => body(),
            None => unreachable!("a body is run once"),
        }
    }
}

/// Calls under a permit. Takes the body as `dyn`, so it is compiled once per source and
/// return type.
#[cold]
#[inline(never)]
fn call_cold<S: Source, R: Guardable>(source: S, body: &mut dyn Body<R>) -> R {
    match acquire_cold(source) {
        Ok(permit) => permit.run(|| body.run(), Guardable::outcome),
        Err(error) => R::rejected(error),
    }
}
