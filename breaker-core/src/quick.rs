//! The way of a call through a breaker that is closed, without a permit that would
//! have to be moved about: load, call, load. What is not so plain is handed on step
//! by step: a closed breaker with a window, an open one, all others. The less usual
//! a way is, the less of it is compiled for each function anew.

use crate::breaker::admission::Answer;
use crate::entrance::acquire;
use crate::outcome::{Guardable, Outcome};
use crate::site::Source;
use crate::state::word::Word;

/// A sync function without a word on failures or fallbacks.
#[inline]
pub fn call<R: Guardable>(site: impl Source, body: impl FnOnce() -> R) -> R {
    let Some(closed) = site.passage() else {
        return call_otherwise(site, body);
    };
    let passing = Passing { site: &site, closed };
    let output = body();
    passing.end(&output);
    output
}

/// A call through a closed breaker. Dropped only if the body or the judge panics.
pub(crate) struct Passing<'a, S: Source> {
    pub(crate) site: &'a S,
    pub(crate) closed: Word,
}

impl<S: Source> Passing<'_, S> {
    /// The end, if nothing was to watch at the beginning.
    #[inline]
    pub(crate) fn end<R: Guardable>(self, output: &R) {
        let outcome = output.judge();
        let (site, closed) = (self.site, self.closed);
        core::mem::forget(self);
        // Each by itself, so that a success need not keep what it came to.
        match outcome {
            Outcome::Success if site.is_unbroken(closed) => {}
            Outcome::Success => site.settle(closed, Outcome::Success),
            Outcome::Failure => site.settle(closed, Outcome::Failure),
            Outcome::Ignored => site.settle(closed, Outcome::Ignored),
        }
    }

    /// The same, whatever was to watch.
    pub(crate) fn end_watched<R: Guardable>(self, output: &R) {
        let outcome = output.judge();
        let (site, closed) = (self.site, self.closed);
        core::mem::forget(self);
        site.settle(closed, outcome);
    }
}

impl<S: Source> Drop for Passing<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.site.settle(self.closed, Outcome::Failure);
    }
}

#[inline(never)]
fn call_otherwise<S: Source, R: Guardable>(site: S, body: impl FnOnce() -> R) -> R {
    match site.answer() {
        Answer::Closed(breaker, closed) => {
            let passing = Passing { site: &breaker, closed };
            let output = body();
            passing.end_watched(&output);
            output
        }
        Answer::Rejected(rejection) => R::rejected(rejection.error()),
        Answer::Later => call_by_permit(site, &mut Some(body)),
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
fn call_by_permit<S: Source, R: Guardable>(site: S, body: &mut dyn Body<R>) -> R {
    match acquire(site) {
        Ok(permit) => permit.run(|| body.run(), Guardable::judge),
        Err(error) => R::rejected(error),
    }
}
