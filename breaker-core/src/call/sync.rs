//! A sync call by the plain route.
//!
//! Only [`call`] is compiled for each annotated function. All that does not depend on the body is
//! in [`begin`] and [`end`], which are compiled once for each source and return type.

use core::mem::ManuallyDrop;

use crate::breaker::ticket::Ticket;
use crate::call::passage::{enter, fail, settle};
use crate::call::source::Source;
use crate::outcome::{Guardable, Outcome};

/// Calls `body`, the body of a sync function, by the plain route: without patterns, fallback
/// or other keys that need a permit.
#[inline]
#[allow(clippy::needless_pass_by_value, reason = "the call has the source until its end")]
pub fn call<S: Source, R: Guardable>(source: S, body: impl FnOnce() -> R) -> R {
    match begin(&source) {
        Ok(running) => end(running, body()),
        Err(rejected) => rejected,
    }
}

/// A guard for the body of a call. It is dropped only if the body or the judge panics, which counts
/// as a failure.
struct Running<'a, S: Source> {
    source: &'a S,
    ticket: Ticket,
}

impl<S: Source> Drop for Running<'_, S> {
    #[inline]
    fn drop(&mut self) {
        fail(self.source.clone(), self.ticket);
    }
}

#[inline]
fn begin<S: Source, R: Guardable>(source: &S) -> Result<Running<'_, S>, R> {
    let ticket = match source.pass() {
        Some(pass) => Ticket::passed(pass),
        None => enter(source.clone())?,
    };
    Ok(Running { source, ticket })
}

#[inline]
fn end<S: Source, R: Guardable>(running: Running<'_, S>, output: R) -> R {
    let outcome = output.outcome();
    let Running { source, ticket } = running;
    core::mem::forget(running);
    // No user code that may panic runs at the end of a call, so no function needs code to drop the
    // output then.
    let output = ManuallyDrop::new(output);
    // One arm per outcome: a success then needs no register for it across the comparison.
    match outcome {
        Outcome::Success if source.is_unchanged(ticket.word()) => {}
        Outcome::Success => settle(source.clone(), ticket, Outcome::Success),
        Outcome::Failure => settle(source.clone(), ticket, Outcome::Failure),
        Outcome::Ignored => settle(source.clone(), ticket, Outcome::Ignored),
    }
    ManuallyDrop::into_inner(output)
}
