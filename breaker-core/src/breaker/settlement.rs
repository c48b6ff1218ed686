//! Taking in how admitted calls went.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::recording::Recorded;
use crate::call::permit::{Entry, Ticket};
use crate::event::{EventKind, Reason};
use crate::outcome::{Outcome, Verdict};
use crate::state::step::{Effect, Event};
use crate::state::word::{Episode, Phase, Word};
use crate::sync::atomic::Ordering;

impl Breaker {
    /// Takes in how an admitted call went.
    #[inline]
    pub(crate) fn settle(&self, ticket: Ticket, verdict: Verdict) {
        let now = self.cell.glance();
        let is_done =
            verdict.outcome == Outcome::Success && ticket.word() == now && !now.is_watchful();
        if !is_done {
            self.settle_otherwise(ticket, verdict);
        }
    }

    #[inline(never)]
    fn settle_otherwise(&self, ticket: Ticket, verdict: Verdict) {
        let Verdict { outcome, trips, retry_after, .. } = verdict;
        let closed = ticket.word();
        // A timed ticket's word is a detached one, and so is a probe's.
        if trips || closed.is_detached() {
            self.settle_or_drop(ticket, verdict);
        } else if closed.is_watchful() {
            self.settle_watched(closed, outcome, retry_after);
        } else {
            self.settle_unwatched(closed, outcome, retry_after);
        }
    }

    /// The same for a call that [`answer`](Self::answer) let in.
    #[cold] // A success comes first: so it is laid out, and saves a jump.
    #[inline(never)]
    pub(crate) fn settle_closed(&self, closed: Word, outcome: Outcome) {
        if closed.is_watchful() {
            self.settle_watched(closed, outcome, None);
        } else {
            self.settle_unwatched(closed, outcome, None);
        }
    }

    /// The same of a call that nobody times or records, and that does not trip by itself.
    /// What is not quickly done, or late, is left to others to the end, so that the rest
    /// needs no stack.
    #[inline]
    fn settle_unwatched(&self, closed: Word, outcome: Outcome, asked: Option<Duration>) {
        match outcome {
            Outcome::Success if self.cell.is_unbroken(closed) => {}
            Outcome::Success => self.forget_failures(closed),
            Outcome::Failure if self.count_failure(closed) => {}
            Outcome::Failure | Outcome::Ignored => self.settle_late(closed, outcome, asked),
        }
    }

    #[inline(never)]
    fn forget_failures(&self, closed: Word) {
        if !self.cell.forget_failures(closed) {
            self.settle_late(closed, Outcome::Success, None);
        }
    }

    /// The same of a call that is recorded, and not timed.
    #[inline(never)]
    fn settle_watched(&self, closed: Word, outcome: Outcome, asked: Option<Duration>) {
        let found = self.cell.glance();
        if found.without_failures() != closed {
            return self.settle_late(closed, outcome, asked);
        }
        match outcome {
            Outcome::Success if self.record_success(closed) => {
                if found != closed {
                    self.cell.forget_failures(closed);
                }
            }
            Outcome::Failure => match self.record_failure(closed) {
                Recorded::Not => self.settle_late(closed, outcome, asked),
                Recorded::Plainly => {}
                Recorded::Beyond(reason) => self.settle_failure(closed.episode(), reason, asked),
            },
            Outcome::Success | Outcome::Ignored => self.settle_late(closed, outcome, asked),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_late(&self, closed: Word, outcome: Outcome, asked: Option<Duration>) {
        let verdict = Verdict { retry_after: asked, ..outcome.into() };
        self.settle_or_drop(Ticket::closed(closed), verdict);
    }

    /// The rest of a failure that is recorded.
    #[cold]
    fn settle_failure(
        &self,
        episode: Episode,
        reason: Option<Reason>,
        retry_after: Option<Duration>,
    ) {
        let event = Event::Settle { episode, outcome: Outcome::Failure, trips: reason.is_some() };
        self.apply(event, retry_after, reason.unwrap_or(Reason::ConsecutiveFailures));
    }

    /// One failure more in a row, if it does not trip.
    #[inline]
    pub(crate) fn count_failure(&self, closed: Word) -> bool {
        self.cell.count_failure(closed, self.tuning.threshold())
    }

    /// The same, unless that stands in the window.
    #[inline]
    pub(crate) fn count_or_leave(&self, closed: Word) -> bool {
        self.tuning.has_row_in_window() || self.count_failure(closed)
    }

    #[inline(never)]
    pub(crate) fn settle_or_drop(&self, ticket: Ticket, verdict: Verdict) {
        let Some(entry) = ticket.entry() else { return };
        let slow = self.is_slow(&entry, verdict);
        let outcome = self.outcome(&entry, verdict, slow);
        let counted = match entry.lease {
            Some(lease) => {
                let event = Event::Settle { episode: entry.episode, outcome, trips: false };
                self.cell.ledger().leases.give_up(lease)
                    && self.apply(event, verdict.retry_after, Reason::ProbeFailed) != Effect::Late
            }
            None => self.settle_recorded(&entry, verdict, outcome, slow),
        };
        if !counted {
            // Relaxed: a count for people to read.
            self.cell.ledger().late.fetch_add(1, Ordering::Relaxed);
            self.tell_of_call(self.cell.status(), |_| EventKind::Late);
        }
    }

    fn is_slow(&self, entry: &Entry, verdict: Verdict) -> bool {
        let judged = verdict.outcome != Outcome::Ignored || verdict.cancelled;
        let (Some(began), Some(bound), true) = (entry.began, self.tuning.slow_call(), judged)
        else {
            return false;
        };
        self.clock().elapsed().saturating_sub(began) >= bound
    }

    /// What the call counts as in the count of failures in a row.
    fn outcome(&self, entry: &Entry, verdict: Verdict, slow: bool) -> Outcome {
        let is_probe = entry.lease.is_some();
        if slow && (is_probe || self.tuning.rates().slow_rate.is_none()) {
            return Outcome::Failure;
        }
        verdict.outcome
    }

    /// A call that was no probe; `false` if it is late.
    fn settle_recorded(
        &self,
        entry: &Entry,
        verdict: Verdict,
        outcome: Outcome,
        slow: bool,
    ) -> bool {
        let episode = entry.episode;
        let status = self.cell.status();
        if status.episode != episode {
            return false;
        }
        if status.phase == Phase::Disabled {
            return true;
        }
        let failed = outcome == Outcome::Failure;
        let (recorded, mut reason) = self.record(episode, outcome, slow);
        if failed && verdict.trips {
            reason = Some(Reason::Trip);
        }
        if reason.is_none() {
            let closed = Word::pack(status).without_failures();
            let is_done = !changes(status.phase, outcome)
                || failed && closed.is_closed() && self.count_or_leave(closed);
            if is_done {
                return true;
            }
        }
        // A slow call that is neither a failure nor trips counts for the window only.
        let outcome = if slow && outcome == Outcome::Ignored && reason.is_some() {
            Outcome::Success
        } else {
            outcome
        };
        let event = Event::Settle { episode, outcome, trips: reason.is_some() };
        let reason = reason.unwrap_or(Reason::ConsecutiveFailures);
        // Another thread may have seen the record and tripped on it: it counted.
        self.apply(event, verdict.retry_after, reason) != Effect::Late || recorded
    }
}

/// Whether the outcome of a call that was no probe does anything to the word.
fn changes(phase: Phase, outcome: Outcome) -> bool {
    match (phase, outcome) {
        (_, Outcome::Failure) => true,
        (Phase::Closed { failures } | Phase::Observing { failures }, Outcome::Success) => {
            failures > 0
        }
        _ => false,
    }
}
