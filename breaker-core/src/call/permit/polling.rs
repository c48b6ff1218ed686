//! A guard for one poll under a permit.

use super::{Permit, changes_nothing};
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::ticket::Stage;
use crate::call::turned::Ignorable;
use crate::outcome::{Outcome, Verdict};

/// A guard for one poll under a permit. A poll ends with the call suspended or settled, or
/// it panics.
pub(crate) struct Polling<'a, B: BreakerRef>(&'a mut Permit<B>);

impl<'a, B: BreakerRef> Polling<'a, B> {
    /// Enters the permit, unless the call is settled: polls after its end record nothing.
    #[inline]
    pub(crate) fn of(permit: &'a mut Permit<B>) -> Self {
        if permit.ticket.stage() != Stage::Settled {
            permit.enter();
        }
        Polling(permit)
    }

    /// Like [`of`](Self::of), for a call that is not settled.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn of_open(permit: &'a mut Permit<B>) -> Self {
        permit.enter();
        Polling(permit)
    }

    /// Suspends a call that is not settled. The guard then has nothing left to do.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn leave_open(self) {
        self.0.suspend();
        core::mem::forget(self);
    }

    #[inline]
    pub(crate) fn suspend(&mut self) {
        self.leave(Stage::Suspended, self.0.ticket.is_failed());
    }

    #[inline]
    pub(crate) fn settle(&mut self, verdict: impl Into<Verdict>) {
        let verdict = verdict.into();
        let failed = verdict.outcome == Outcome::Failure;
        let ticket = self.0.ticket;
        match (self.leave(Stage::Settled, failed), &self.0.breaker) {
            (true, Some(breaker)) if !changes_nothing(breaker, ticket, verdict.outcome) => {
                breaker.settle(ticket, verdict);
            }
            _ => {}
        }
    }

    /// Leaves the body if it is running, and returns whether it was.
    #[inline]
    fn leave(&mut self, stage: Stage, failed: bool) -> bool {
        let runs = self.0.ticket.stage() == Stage::Running;
        if runs {
            self.0.leave(stage, failed);
        }
        runs
    }
}

impl<B: BreakerRef> Ignorable for Polling<'_, B> {
    fn ignore(&mut self) {
        self.settle(Outcome::Ignored);
    }
}

impl<B: BreakerRef> Drop for Polling<'_, B> {
    #[inline]
    fn drop(&mut self) {
        // A panicking poll leaves `nesting` here: that keeps a list per thread, and the permit may
        // be dropped on another thread.
        self.leave(Stage::Idle, true);
    }
}
