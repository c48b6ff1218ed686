//! Settles calls that carry more than their pass. A timed call that has ended in time continues as
//! an untimed call.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::ticket::Ticket;
use crate::clock::Reading;
use crate::outcome::{End, Outcome, Verdict};
use crate::state::word::Word;
use crate::window::Window;

impl Breaker {
    /// Settles a call that carries more than its pass, or whose outcome trips, or that has failed
    /// by something other than its output.
    #[inline]
    pub(super) fn settle_held(&self, ticket: Ticket, verdict: Verdict) {
        let Verdict { outcome, trips, retry_after, end } = verdict;
        let is_plain = !trips && end == End::Judged;
        match outcome {
            Outcome::Success if is_plain && retry_after.is_none() => {
                self.settle_held_success(ticket);
            }
            Outcome::Failure if is_plain => self.settle_held_failure(ticket, verdict),
            Outcome::Success | Outcome::Failure | Outcome::Ignored => {
                self.settle_unpacked(ticket, verdict);
            }
        }
    }

    /// Settles a call with a held ticket that is neither a probe nor parked.
    #[cold] // As for a pass: the end of a call seldom comes here.
    #[inline(never)]
    pub(crate) fn settle_held_call(&self, ticket: Ticket, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.settle_held_success(ticket),
            Outcome::Failure | Outcome::Ignored => self.settle_held_other(ticket, outcome),
        }
    }

    /// It is not inlined, since a verdict is passed in memory.
    #[inline(never)]
    fn settle_held_other(&self, ticket: Ticket, outcome: Outcome) {
        self.settle(ticket, outcome.into());
    }

    #[inline(never)]
    fn settle_held_success(&self, ticket: Ticket) {
        let Some(here) = self.hung_here() else { return self.settle_success_unpacked(ticket) };
        let now = self.end_of(ticket);
        let settle = |word: Word| match word.without_failures() {
            closed if word.is_recorded() => self.settle_timed_success(closed, now),
            _ if word.failures() == 0 => {}
            closed => self.forget_failures(closed),
        };
        if !self.end_in_time::<false>(ticket, now, here, settle) {
            self.settle_success_unpacked(ticket);
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_success_unpacked(&self, ticket: Ticket) {
        if !self.cell.load_relaxed().is_counted() || !self.settle_timed_success_in_totals(ticket) {
            self.settle_unpacked(ticket, Outcome::Success.into());
        }
    }

    /// Settles a recorded success that has ended `now`. A window of time reuses the reading if the
    /// coarse clock gave it.
    #[inline(never)]
    fn settle_timed_success(&self, closed: Word, now: Reading) {
        match self.window() {
            Some(Window::Time(window)) if now.is_coarse() => {
                let now = || now.coarse_tick();
                self.end_success(closed, self.record_success_in_time_window(window, closed, now));
            }
            _ => self.settle_recorded_success(closed),
        }
    }

    #[inline(never)]
    fn settle_held_failure(&self, ticket: Ticket, verdict: Verdict) {
        let (failure, hint) = (Outcome::Failure, verdict.retry_after);
        let in_time = |here| {
            let now = self.end_of(ticket);
            self.end_in_time::<true>(ticket, now, here, |word: Word| {
                match word.without_failures() {
                    closed if word.is_recorded() => self.settle_timed_failure(closed, now, hint),
                    _ => self.settle_unrecorded(self.cell.atomic_word(), word, failure, hint),
                }
            })
        };
        if !self.hung_here().is_some_and(in_time) {
            self.settle_unpacked(ticket, verdict);
        }
    }

    /// Like [`settle_timed_success`](Self::settle_timed_success), for a failure.
    #[inline(never)]
    fn settle_timed_failure(&self, closed: Word, now: Reading, retry_after: Option<Duration>) {
        match self.window() {
            Some(Window::Time(window)) if now.is_coarse() => {
                let now = || now.coarse_tick();
                let recorded = self.record_failure_in_time_window(window, closed, now);
                self.end_failure(closed, recorded, retry_after);
            }
            _ => self.settle_recorded_failure(closed, retry_after),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_unpacked(&self, ticket: Ticket, verdict: Verdict) {
        if let Some(admitted) = ticket.admitted() {
            self.settle_admitted(&admitted, verdict);
        }
    }
}
