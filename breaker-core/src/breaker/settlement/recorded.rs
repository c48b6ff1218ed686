//! Settles calls that a window records.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cold::ColdState;
use crate::breaker::recording::{Recorded, SUCCESS};
use crate::outcome::{Outcome, Verdict};
use crate::state::word::Word;
use crate::window::{CallWindow, Place};

impl Breaker {
    /// Settles a recorded call, while the word counts no failure. The window of calls is tried
    /// first; if the call's slot already has its outcome, nothing is left to do.
    #[inline]
    pub(super) fn settle_in_calls(&self, stored: &AtomicWord, closed: Word, outcome: Outcome) {
        let Some(cold) = self.cell.cold_if_made() else {
            return self.settle_slow(closed, outcome, None);
        };
        let (calls, episode) = (cold.windows.calls(), closed.episode());
        match outcome {
            Outcome::Success => match calls.take_success_at_once(episode) {
                Some(place) if calls.has_passed(place) => {
                    // Loaded anew: see `end_row`.
                    if stored.load_relaxed() != closed {
                        self.forget_recorded(closed);
                    }
                }
                Some(place) => self.fill_success(closed, calls, place),
                None => self.settle_success_slow(closed),
            },
            Outcome::Failure => match calls.take_failure_at_once(episode) {
                Some(place) => self.end_failure_in_calls(closed, cold, place),
                None => self.settle_failure_slow(closed, None),
            },
            Outcome::Ignored => self.settle_slow(closed, outcome, None),
        }
    }

    /// Ends a failure that has taken its slot in the window. It is not inlined, so that
    /// [`settle_pass`](Self::settle_pass) needs no stack frame.
    #[inline(never)]
    fn end_failure_in_calls(&self, closed: Word, cold: &ColdState, place: Place) {
        let calls = cold.windows.calls();
        if calls.has_failed(place) && calls.is_below_limit() {
            cold.add_error();
        } else {
            self.fill_failure(closed, calls, place, None);
        }
    }

    /// Settles a call that is recorded and not timed. `closed` is the word without its failures.
    #[inline]
    pub(super) fn settle_recorded(
        &self,
        closed: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        match outcome {
            Outcome::Success => self.settle_recorded_success(closed),
            Outcome::Failure => self.settle_recorded_failure(closed, retry_after),
            Outcome::Ignored => self.settle_slow(closed, outcome, retry_after),
        }
    }

    /// Settles a success. The window of calls is tried first, and a slot that already has the
    /// outcome. Every further case is a tail call, so this function needs no stack frame.
    #[inline(never)]
    pub(super) fn settle_recorded_success(&self, closed: Word) {
        match self.take_success(closed) {
            Some((calls, place)) if calls.has_passed(place) => self.end_row(closed),
            Some((calls, place)) => self.fill_success(closed, calls, place),
            None => self.settle_success_slow(closed),
        }
    }

    #[inline(never)]
    fn fill_success(&self, closed: Word, calls: &CallWindow, place: Place) {
        self.end_success(closed, calls.fill(place, SUCCESS));
    }

    #[inline(never)]
    fn settle_success_slow(&self, closed: Word) {
        self.end_success(closed, self.record_success_slow(closed));
    }

    #[inline]
    pub(super) fn end_success(&self, closed: Word, is_recorded: bool) {
        if is_recorded {
            self.end_row(closed);
        } else {
            self.settle_slow(closed, Outcome::Success, None);
        }
    }

    /// Ends the row of failures that the word counts, after a recorded success.
    #[inline]
    pub(in crate::breaker) fn end_row(&self, closed: Word) {
        // Loaded anew: a change of the window may have moved failures into the word meanwhile.
        if self.cell.load_relaxed() != closed {
            self.forget_recorded(closed);
        }
    }

    #[inline(never)]
    fn forget_recorded(&self, closed: Word) {
        if !self.forget_row(closed) {
            self.apply_success(closed.episode());
        }
    }

    /// Settles a failure. Further cases are tail calls, as in
    /// [`settle_recorded_success`](Self::settle_recorded_success).
    #[inline(never)]
    pub(in crate::breaker) fn settle_recorded_failure(
        &self,
        closed: Word,
        retry_after: Option<Duration>,
    ) {
        match self.take_failure(closed) {
            Some((calls, place)) if calls.has_failed(place) && calls.is_below_limit() => {
                self.add_error();
            }
            Some((calls, place)) => self.fill_failure(closed, calls, place, retry_after),
            None => self.settle_failure_slow(closed, retry_after),
        }
    }

    #[inline(never)]
    fn fill_failure(
        &self,
        closed: Word,
        calls: &CallWindow,
        place: Place,
        retry_after: Option<Duration>,
    ) {
        self.end_failure(closed, self.fill_slot(closed, calls, place), retry_after);
    }

    #[inline(never)]
    fn settle_failure_slow(&self, closed: Word, retry_after: Option<Duration>) {
        self.end_failure(closed, self.record_failure_slow(closed), retry_after);
    }

    #[inline]
    pub(super) fn end_failure(
        &self,
        closed: Word,
        recorded: Recorded,
        retry_after: Option<Duration>,
    ) {
        match recorded {
            Recorded::Missed => self.settle_slow(closed, Outcome::Failure, retry_after),
            Recorded::Counted => self.add_error(),
            Recorded::MayTrip(reason) => {
                let verdict = Verdict { retry_after, ..Outcome::Failure.into() };
                self.apply_failure(closed.episode(), reason, verdict);
            }
        }
    }
}
