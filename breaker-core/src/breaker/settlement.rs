//! Settles admitted calls: records and counts each outcome, and applies an outcome that trips.

mod admitted;
mod held;
mod recorded;

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cell::StateCell;
use crate::breaker::cold::Count;
use crate::breaker::ticket::{Admitted, Ticket};
use crate::event::Reason;
use crate::outcome::{End, Outcome, Verdict};
use crate::state::status::Episode;
use crate::state::step::Input;
use crate::state::word::Word;

impl Breaker {
    /// Settles an admitted call. The caller leaves out a success that is known to change nothing.
    #[inline(never)]
    pub(crate) fn settle(&self, ticket: Ticket, verdict: Verdict) {
        let Verdict { outcome, trips, retry_after, .. } = verdict;
        let pass = ticket.word();
        if trips || pass.is_held() || verdict.end != End::Judged {
            self.settle_held(ticket, verdict);
        } else {
            self.settle_passed(pass, outcome, retry_after);
        }
    }

    /// Like [`settle`](Self::settle), for a call whose ticket is only its pass. Every slow case is
    /// a tail call, so this function needs no stack frame.
    #[cold] // The end of a call compares the word first, and seldom comes here.
    #[inline(never)]
    pub(crate) fn settle_pass(&self, pass: Word, outcome: Outcome) {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        if found == pass.recorded() {
            self.settle_in_calls(stored, found, outcome);
        } else if found.without_failures() == pass {
            self.settle_unrecorded(stored, found, outcome, None);
        } else if found == pass.counted() && outcome == Outcome::Success {
            self.add_success();
        } else {
            self.settle_passed_slow(pass, outcome);
        }
    }

    #[inline(never)]
    fn settle_passed_slow(&self, pass: Word, outcome: Outcome) {
        self.settle_passed(pass, outcome, None);
    }

    /// Settles a call that the word alone has admitted. The word may have changed since.
    #[inline]
    fn settle_passed(&self, pass: Word, outcome: Outcome, retry_after: Option<Duration>) {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        if found.pass_if_uncounted() != pass {
            self.settle_in_totals(pass, outcome, retry_after);
        } else if found.is_recorded() {
            self.settle_recorded(found.without_failures(), outcome, retry_after);
        } else {
            self.settle_unrecorded(stored, found, outcome, retry_after);
        }
    }

    /// Settles a call that is neither timed nor recorded, by the word `found`.
    #[inline]
    pub(super) fn settle_unrecorded(
        &self,
        stored: &AtomicWord,
        found: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        let closed = found.without_failures();
        // Failures come first: the caller has already settled most successes.
        if outcome == Outcome::Failure {
            // The totals read this failure from the word.
            if !StateCell::count_failure(stored, found, self.tuning.quick_threshold()) {
                self.settle_slow(closed, Outcome::Failure, retry_after);
            }
        } else if outcome == Outcome::Ignored {
            self.settle_slow(closed, outcome, retry_after);
        } else if found != closed {
            self.forget_failures(closed);
        }
    }

    #[inline(never)]
    fn forget_failures(&self, closed: Word) {
        if !self.forget_row(closed) {
            self.settle_slow(closed, Outcome::Success, None);
        }
    }

    /// Clears the failure count for a success. Of several threads, the one that has cleared it
    /// tells the link. Returns `false` if the word differs from `closed` in more than the count.
    pub(super) fn forget_row(&self, closed: Word) -> bool {
        let forgotten = self.cell.forget_failures(closed);
        if forgotten.is_some_and(|failures| failures > 0) {
            self.note_recovered();
        }
        forgotten.is_some()
    }

    /// Settles a call through a closed breaker that the fast paths cannot settle: it trips, is
    /// late, is ignored, has no window yet, or the breaker has changed meanwhile.
    #[cold]
    #[inline(never)]
    pub(super) fn settle_slow(
        &self,
        closed: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        if let (Outcome::Success, Some(cold)) = (outcome, self.cell.cold_if_made()) {
            // A change of the window may be moving the consecutive failures into the word. This
            // success must find them there, so it waits for the end of the change.
            drop(cold.windows.lock());
        }
        let admitted = Admitted {
            episode: closed.episode(),
            lease: None,
            began: None,
            token: None,
            answered: false,
        };
        self.settle_admitted(&admitted, Verdict { retry_after, ..outcome.into() });
    }

    /// Applies a success that the window has recorded. The word has changed in more than its
    /// failures: a new config may have changed its flags.
    #[cold]
    fn apply_success(&self, episode: Episode) {
        let input = Input::Settle { episode, outcome: Outcome::Success, trips: false };
        // The reason goes unused: a success makes no transition.
        self.apply(input, None, Reason::ProbesSucceeded);
    }

    /// Applies a failure that the window has recorded: it trips for `reason`, or is counted.
    #[cold]
    pub(super) fn apply_failure(&self, episode: Episode, reason: Option<Reason>, verdict: Verdict) {
        self.add_to_totals(Count::Failures(verdict.failure_kind()));
        let input = Input::Settle { episode, outcome: Outcome::Failure, trips: reason.is_some() };
        self.apply(input, verdict.retry_after, reason.unwrap_or(Reason::ConsecutiveFailures));
    }

    /// Counts a failure in the word. Returns `false` if it would trip, or the word has changed
    /// in more than its count.
    #[inline]
    pub(crate) fn count_failure(&self, closed: Word) -> bool {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        found.without_failures() == closed
            && StateCell::count_failure(stored, found, self.tuning.quick_threshold())
    }
}
