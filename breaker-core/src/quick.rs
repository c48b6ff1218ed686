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
pub fn call<R: Guardable>(site: impl Source, body: impl FnOnce() -> R) -> R {
    if let Some((breaker, closed)) = admit_at_once(&site) {
        return run_at_once(breaker, closed, body);
    }
    call_otherwise(site, body)
}

#[inline(never)]
fn call_otherwise<R: Guardable>(site: impl Source, body: impl FnOnce() -> R) -> R {
    if let Some(breaker) = site.remembered() {
        if let Some(closed) = breaker.admit_if_closed() {
            let (output, outcome) = judged(breaker, closed, body);
            settle_at_once(breaker, closed, outcome);
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

/// The way of a call through a breaker that is plainly closed, without a permit
/// that would have to be moved about: load, call, load.
#[inline]
fn admit_at_once(site: &impl Source) -> Option<(&Breaker, Word)> {
    let breaker = site.remembered()?;
    Some((breaker, breaker.admit_at_once()?))
}

#[inline]
fn run_at_once<R: Guardable>(breaker: &Breaker, closed: Word, body: impl FnOnce() -> R) -> R {
    let (output, outcome) = judged(breaker, closed, body);
    // Each by itself, so that a success need not keep what it came to.
    match outcome {
        Outcome::Success if breaker.is_unbroken(closed) => {}
        Outcome::Success => settle_at_once(breaker, closed, Outcome::Success),
        Outcome::Failure => settle_at_once(breaker, closed, Outcome::Failure),
        Outcome::Ignored => settle_at_once(breaker, closed, Outcome::Ignored),
    }
    output
}

/// Runs the body; a panic is a failure.
#[inline]
fn judged<R: Guardable>(breaker: &Breaker, closed: Word, body: impl FnOnce() -> R) -> (R, Outcome) {
    let unwinding = Unwinding { breaker, closed };
    let output = body();
    let outcome = output.judge();
    core::mem::forget(unwinding);
    (output, outcome)
}

#[inline(never)]
pub(crate) fn settle_at_once(breaker: &Breaker, closed: Word, outcome: Outcome) {
    let ticket = Ticket::closed(closed);
    if !breaker.settle_plainly(ticket, outcome) {
        breaker.settle_or_drop(ticket, outcome.into());
    }
}

/// Dropped only if the body or the judge panics.
pub(crate) struct Unwinding<'a> {
    pub(crate) breaker: &'a Breaker,
    pub(crate) closed: Word,
}

impl Drop for Unwinding<'_> {
    #[cold]
    fn drop(&mut self) {
        settle_at_once(self.breaker, self.closed, Outcome::Failure);
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
