//! The way of a call through a breaker that is closed, without a permit that would
//! have to be moved about: load, call, load. What is not so plain is handed on step
//! by step: a closed breaker with a window, an open one, all others. The less usual
//! a way is, the less of it is compiled for each function anew.

use crate::breaker::admission::Decision;
use crate::call::acquire::acquire_cold;
use crate::call::source::{ClosedCall, Source};
use crate::outcome::Guardable;

/// A sync function without a word on failures or fallbacks.
#[inline]
pub fn call<R: Guardable>(site: impl Source, body: impl FnOnce() -> R) -> R {
    let Some(closed) = site.closed_word() else {
        return call_slow(site, body);
    };
    let call = ClosedCall { site: &site, closed };
    let output = body();
    call.end(&output);
    output
}

#[inline(never)]
fn call_slow<S: Source, R: Guardable>(site: S, body: impl FnOnce() -> R) -> R {
    match site.decide() {
        Decision::Admitted(breaker, closed) => {
            let call = ClosedCall { site: &breaker, closed };
            let output = body();
            call.end_tracked(&output);
            output
        }
        Decision::Rejected(rejection) => R::rejected(rejection.error()),
        Decision::Undecided => call_cold(site, &mut Some(body)),
    }
}

/// A body that is run once at most, whatever its type.
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

/// Made for no one function: compiled once for all that return the same.
#[cold]
#[inline(never)]
fn call_cold<S: Source, R: Guardable>(site: S, body: &mut dyn Body<R>) -> R {
    match acquire_cold(site) {
        Ok(permit) => permit.run(|| body.run(), Guardable::outcome),
        Err(error) => R::rejected(error),
    }
}
