//! A sync call by the plain route.

use crate::breaker::ticket::Ticket;
use crate::call::passage::{enter, fail, settle};
use crate::call::source::Source;
use crate::outcome::{Guardable, Outcome};

/// Calls `body`, the body of a sync function, by the plain route: without patterns, fallback
/// or other keys that need a permit.
#[inline]
#[allow(clippy::needless_pass_by_value, reason = "the call has the source until its end")]
pub fn call<R: Guardable>(source: impl Source, body: impl FnOnce() -> R) -> R {
    let ticket = match source.pass() {
        Some(pass) => Ticket::passed(pass),
        None => match enter(source.clone()) {
            Ok(ticket) => ticket,
            Err(rejected) => return rejected,
        },
    };
    let running = Running { source: &source, ticket };
    let output = body();
    running.end(output.outcome());
    output
}

/// A guard for the body of a call. It is dropped only if the body or the judge panics, and
/// then records a failure.
struct Running<'a, S: Source> {
    source: &'a S,
    ticket: Ticket,
}

impl<S: Source> Running<'_, S> {
    #[inline]
    fn end(self, outcome: Outcome) {
        let Running { source, ticket } = self;
        core::mem::forget(self);
        // One arm per outcome: a success then keeps no outcome in a register across the
        // comparison.
        match outcome {
            Outcome::Success if source.is_unchanged(ticket.word()) => {}
            Outcome::Success => settle(source.clone(), ticket, Outcome::Success),
            Outcome::Failure => settle(source.clone(), ticket, Outcome::Failure),
            Outcome::Ignored => settle(source.clone(), ticket, Outcome::Ignored),
        }
    }
}

impl<S: Source> Drop for Running<'_, S> {
    #[inline]
    fn drop(&mut self) {
        fail(self.source.clone(), self.ticket);
    }
}
