//! The way of a call through a breaker that is closed, without a permit that would
//! have to be moved about: load, call, load. What is not so plain is handed on step
//! by step: a closed breaker with failures or a window, an open one, all others.

use crate::breaker::Breaker;
use crate::error::BreakerError;
use crate::outcome::{Guardable, Outcome};
use crate::permit::{Permit, Ticket};
use crate::site::Source;
use crate::word::Word;

/// A sync function without a word on failures or fallbacks.
#[inline]
pub fn call<S: Source, R: Guardable>(site: S, body: impl FnOnce() -> R) -> R {
    let Some(closed) = site.passage() else {
        return call_otherwise(site, body);
    };
    let unwinding = Unwinding { site: &site, closed };
    let output = body();
    let outcome = output.judge();
    core::mem::forget(unwinding);
    // Each by itself, so that a success need not keep what it came to.
    match outcome {
        Outcome::Success if site.is_unbroken(closed) => {}
        Outcome::Success => site.settle(closed, Outcome::Success),
        Outcome::Failure => site.settle(closed, Outcome::Failure),
        Outcome::Ignored => site.settle(closed, Outcome::Ignored),
    }
    output
}

#[inline(never)]
fn call_otherwise<S: Source, R: Guardable>(site: S, body: impl FnOnce() -> R) -> R {
    if let Some(breaker) = site.remembered() {
        if let Some(closed) = breaker.admit_if_closed() {
            let unwinding = Unwinding { site: &breaker, closed };
            let output = body();
            let outcome = output.judge();
            core::mem::forget(unwinding);
            breaker.settle_closed(closed, outcome);
            return output;
        }
        if let Some(error) = breaker.reject_if_open() {
            return R::rejected(error);
        }
    }
    call_by_permit(site, body)
}

#[cold]
#[inline(never)]
fn call_by_permit<R: Guardable>(site: impl Source, body: impl FnOnce() -> R) -> R {
    match acquire(site) {
        Ok(permit) => permit.run(body, Guardable::judge),
        Err(error) => R::rejected(error),
    }
}

/// Dropped only if the body or the judge panics.
pub(crate) struct Unwinding<'a, S: Source> {
    pub(crate) site: &'a S,
    pub(crate) closed: Word,
}

impl<S: Source> Drop for Unwinding<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.site.settle(self.closed, Outcome::Failure);
    }
}

/// The first half of every other function.
///
/// # Errors
/// The rejection.
#[inline]
pub fn acquire<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.at_once() {
        Some((held, closed)) => Ok(Permit::new(held, Ticket::closed(closed))),
        None => acquire_otherwise(site),
    }
}

#[inline(never)]
pub(crate) fn acquire_otherwise<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    if let Some(error) = site.remembered().and_then(Breaker::reject_if_open) {
        return Err(error);
    }
    let handle = site.handle();
    let ticket = handle.admit()?;
    Ok(Permit::new(handle, ticket))
}
