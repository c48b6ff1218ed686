//! Calls that are made in steps. Between steps the permit may change hands, as in a tower service:
//! from the call to its future, and on to the body of the answer.
//!
//! The ticket is `Suspended` between two steps. It remains so in a step of a call that is no probe:
//! the guard of the step sees a panic, and no other code reads the stage. So a step through a
//! closed breaker writes nothing.
//!
//! A call of a call site has its permit as [`Steps`], taken apart into a ticket as explained in
//! [`passage`](crate::call::passage). Its future is then smaller, and dropping the permit after the
//! end of the call takes only one comparison.

use core::fmt;
use core::mem;
use core::task::Poll;

use super::{Permit, changes_nothing};
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::ticket::{Stage, Ticket};
use crate::call::acquire::acquire_for_steps_slow;
use crate::call::source::Source;
use crate::error::BreakerError;
use crate::outcome::{End, Outcome, Verdict};

/// A guard for one step.
struct Step<'a, B: BreakerRef>(&'a mut Permit<B>);

/// Runs one step of a call. If it panics, the permit fails when it is dropped.
#[inline]
pub fn step_under<B: BreakerRef, R>(permit: &mut Permit<B>, step: impl FnOnce() -> R) -> R {
    enter(permit);
    let guard = Step(permit);
    let output = step();
    suspend(guard.0);
    mem::forget(guard);
    output
}

#[inline]
fn enter<B: BreakerRef>(permit: &mut Permit<B>) {
    if permit.ticket.is_probe() {
        permit.enter();
    }
}

#[inline]
fn suspend<B: BreakerRef>(permit: &mut Permit<B>) {
    if permit.ticket.is_probe() {
        permit.suspend();
    }
}

#[inline]
fn leave_panicked<B: BreakerRef>(permit: &mut Permit<B>) {
    permit.leave(Stage::Idle, true);
}

impl<B: BreakerRef> Drop for Step<'_, B> {
    #[inline]
    fn drop(&mut self) {
        // The permit fails when it is dropped, as in a `Polling`.
        leave_panicked(self.0);
    }
}

/// Ends a call between two steps. A success that changes nothing takes a few instructions here;
/// everything else is out of line.
#[inline]
pub fn end_steps<B: BreakerRef>(permit: Permit<B>, verdict: Verdict) {
    let (breaker, ticket) = permit.into_parts();
    let Some(breaker) = breaker else { return };
    if !changes_nothing(&breaker, ticket, verdict.outcome) {
        end_permit(Permit::new(breaker, ticket), verdict);
    }
}

#[inline(never)]
fn end_permit<B: BreakerRef>(mut permit: Permit<B>, verdict: Verdict) {
    permit.end(verdict);
}

/// The permit of a call that a call site makes in steps.
pub struct Steps<S: Source + Copy> {
    source: S,
    ticket: Ticket,
}

impl<S: Source + Copy> Steps<S> {
    /// Asks for admission.
    ///
    /// # Errors
    /// Returns the rejection.
    #[inline]
    pub fn acquire(source: S) -> Result<Self, BreakerError> {
        let ticket = match source.pass() {
            Some(pass) => Ticket::suspended(pass),
            None => source.ticket(acquire_for_steps_slow(source)?),
        };
        Ok(Steps { source, ticket })
    }

    /// Runs one step, as [`step_under`] does.
    #[inline]
    pub fn run<R>(&mut self, step: impl FnOnce() -> R) -> R {
        let changes = self.ticket.is_probe_or_parked();
        if changes {
            self.ticket = changed(self.source, self.ticket, enter);
        }
        let guard = TakenStep(self);
        let output = step();
        if changes {
            guard.0.ticket = changed(guard.0.source, guard.0.ticket, suspend);
        }
        mem::forget(guard);
        output
    }

    /// Runs the step that polls the call's future. If `judge` returns a verdict, the call ends and
    /// takes its permit along.
    #[inline]
    pub fn poll<R>(
        call: &mut Option<Self>,
        poll: impl FnOnce() -> Poll<R>,
        judge: impl FnOnce(&R) -> Option<Verdict>,
    ) -> Poll<R> {
        let Some(steps) = call else { return Poll::Pending };
        let (source, ticket) = (steps.source, steps.ticket);
        let changes = ticket.is_probe_or_parked();
        if changes {
            steps.ticket = changed(source, ticket, enter);
        }
        let guard = TakenStep(steps);
        let polled = poll();
        let Poll::Ready(output) = &polled else {
            if changes {
                guard.0.ticket = changed(source, guard.0.ticket, suspend);
            }
            mem::forget(guard);
            return Poll::Pending;
        };
        let verdict = judge(output);
        if changes {
            guard.0.ticket = changed(source, guard.0.ticket, suspend);
        }
        mem::forget(guard);
        if let Some(verdict) = verdict {
            if let Some(steps) = call.take() {
                steps.end(verdict);
            }
        }
        polled
    }

    /// Ends the call, as [`end_steps`] does.
    #[inline]
    pub fn end(self, verdict: Verdict) {
        let Steps { source, ticket } = self;
        mem::forget(self);
        let Verdict { outcome, trips, retry_after, end } = verdict;
        if outcome == Outcome::Success && source.is_unchanged(ticket.word()) {
            return;
        }
        if !trips && retry_after.is_none() && end == End::Judged {
            end_plainly(source, ticket, outcome);
        } else {
            end_with_verdict(source, ticket, verdict);
        }
    }

    /// Makes a cancellation count as a failure.
    #[inline]
    #[must_use]
    pub fn fail_on_cancel(mut self) -> Self {
        if self.ticket.is_parked() {
            self.ticket = changed(self.source, self.ticket, Permit::fail_on_cancel);
        } else {
            self.ticket.set(Stage::Suspended, true);
        }
        self
    }

    /// Returns the permit in its usual form.
    #[inline]
    pub fn into_permit(self) -> Permit<S::Held> {
        let Steps { source, ticket } = self;
        mem::forget(self);
        source.permit(ticket)
    }
}

// These functions take a permit's fields by value. Its address would force it out of registers.

/// Puts a permit together, changes it, and takes it apart again.
#[cold]
#[inline(never)]
fn changed<S: Source>(source: S, ticket: Ticket, change: fn(&mut Permit<S::Held>)) -> Ticket {
    let mut permit = source.permit(ticket);
    change(&mut permit);
    S::put_back(ticket, permit)
}

impl<S: Source + Copy> Drop for Steps<S> {
    #[inline]
    fn drop(&mut self) {
        cancel(self.source, self.ticket);
    }
}

/// Drops the permit between two steps, or after a step that has panicked.
#[cold]
#[inline(never)]
fn cancel<S: Source>(source: S, ticket: Ticket) {
    drop(source.permit(ticket));
}

#[inline(never)]
fn end_plainly<S: Source>(source: S, ticket: Ticket, outcome: Outcome) {
    if ticket.word().admits() {
        source.settle_pass(ticket.word(), outcome);
    } else {
        source.permit(ticket).end(outcome);
    }
}

#[inline(never)]
fn end_with_verdict<S: Source>(source: S, ticket: Ticket, verdict: Verdict) {
    source.permit(ticket).end(verdict);
}

/// A guard for one step under a permit that is taken apart.
struct TakenStep<'a, S: Source + Copy>(&'a mut Steps<S>);

impl<S: Source + Copy> Drop for TakenStep<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.ticket = panicked(self.0.source, self.0.ticket);
    }
}

#[cold]
#[inline(never)]
fn panicked<S: Source>(source: S, mut ticket: Ticket) -> Ticket {
    if ticket.is_probe_or_parked() {
        return changed(source, ticket, leave_panicked);
    }
    ticket.set(Stage::Idle, true);
    ticket
}

impl<S: Source + Copy> fmt::Debug for Steps<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}
