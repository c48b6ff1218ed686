//! Adds calls to the totals: each failure, and every other call if `count_calls` is set.
//!
//! If all calls are counted, the word is marked `counted`, which a pass leaves out. So the end of a
//! call never finds the word equal, and comes here. Whatever the word says, a failure is added
//! where it is settled, unless the word counts it: see [`past_rows`](super::past_rows). Each call
//! is added once, by the outcome that it counted as, or it is late.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::cold::Count;
use crate::breaker::recording::SUCCESS;
use crate::breaker::ticket::Ticket;
use crate::outcome::{FailureKind, Outcome, Verdict};
use crate::state::word::Word;
use crate::window::Window;

impl Breaker {
    /// Adds a failure to the totals. It is not inlined: its callers reach it by a tail call, so
    /// they need no stack frame.
    #[inline(never)]
    pub(super) fn add_error(&self) {
        match self.cell.own_cold() {
            Some(cold) => cold.add_error(),
            None => self.add_to_totals(Count::Failures(FailureKind::Error)),
        }
    }

    /// Like [`add_error`](Self::add_error), for a success.
    #[inline(never)]
    pub(super) fn add_success(&self) {
        match self.cell.own_cold() {
            Some(cold) => cold.add_success(),
            None => self.add_to_totals(Count::Successes),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn add_to_totals(&self, count: Count) {
        self.cell.cold().add_fast(count);
    }

    /// Adds a call that has counted as `outcome` to the totals.
    pub(super) fn add_outcome(&self, verdict: Verdict, outcome: Outcome) {
        let count = match outcome {
            Outcome::Failure => Count::Failures(verdict.failure_kind()),
            _ if !self.tuning.counts_calls() => return,
            Outcome::Success => Count::Successes,
            Outcome::Ignored if verdict.is_cancelled() => Count::Cancelled,
            Outcome::Ignored => Count::Ignored,
        };
        self.add_to_totals(count);
    }

    /// Settles a call like [`settle_passed`](Self::settle_passed), and counts it by its outcome if
    /// the word is marked so.
    #[inline(never)]
    pub(super) fn settle_in_totals(
        &self,
        pass: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        if found.pass() != pass {
            return self.settle_slow(pass, outcome, retry_after);
        }
        match outcome {
            Outcome::Success => {
                let closed = found.without_failures();
                self.settle_counted_success(found, || self.record_success(closed));
            }
            Outcome::Failure if found.is_recorded() => {
                self.settle_recorded_failure(found.without_failures(), retry_after);
            }
            Outcome::Failure | Outcome::Ignored => {
                self.settle_unrecorded(stored, found, outcome, retry_after);
            }
        }
    }

    /// Settles a success by the word `found`, and counts it.
    #[inline]
    fn settle_counted_success(&self, found: Word, record: impl FnOnce() -> bool) {
        let closed = found.without_failures();
        let is_settled =
            if found.is_recorded() { record() } else { found == closed || self.forget_row(closed) };
        if !is_settled {
            return self.settle_slow(closed, Outcome::Success, None);
        }
        if found.is_recorded() {
            self.end_row(closed);
        }
        self.add_success();
    }

    /// Records a success. Returns `false` as
    /// [`record_success_slow`](Self::record_success_slow) does.
    fn record_success(&self, closed: Word) -> bool {
        match self.take_success(closed) {
            Some((calls, place)) => calls.has_passed(place) || calls.fill(place, SUCCESS),
            None => self.record_success_slow(closed),
        }
    }

    /// Settles and counts a success that has ended in time. Returns `false` as
    /// [`end_in_time`](Self::end_in_time) does.
    pub(super) fn settle_timed_success_in_totals(&self, ticket: Ticket) -> bool {
        let Some(here) = self.hung_here() else { return false };
        let now = self.end_of(ticket);
        self.end_in_time::<true>(ticket, now, here, |word: Word| {
            let closed = word.without_failures();
            self.settle_counted_success(word, || match self.window() {
                Some(Window::Time(window)) if now.is_coarse() => {
                    self.record_success_in_time_window(window, closed, || now.coarse_tick())
                }
                _ => self.record_success(closed),
            });
        })
    }

    /// Settles a call that the word alone has admitted, and that is cancelled.
    pub(crate) fn cancel_passed(&self, ticket: Ticket) {
        if self.cell.load_relaxed().is_counted() {
            self.settle(ticket, Verdict::CANCELLED);
        }
    }
}
