//! Settles any admitted call. The fast paths leave to this what they cannot settle.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::ticket::Admitted;
use crate::event::{EventKind, Reason};
use crate::outcome::{Outcome, Verdict};
use crate::state::status::{Episode, Phase, Tracking};
use crate::state::step::{Effect, Input};
use crate::state::word::Word;
use crate::sync::atomic::Ordering;

/// The fate of the outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    Counted,
    /// A disabled breaker counts nothing.
    Uncounted,
    /// The episode of the call is over.
    Late,
}

impl Breaker {
    /// Settles any admitted call, and counts an outcome that is late.
    #[inline(never)]
    pub(super) fn settle_admitted(&self, admitted: &Admitted, verdict: Verdict) {
        if self.settle_hung(admitted, verdict) {
            return self.end_hung(admitted, verdict);
        }
        let slow = self.is_slow(admitted, verdict);
        let outcome = self.outcome(admitted, verdict, slow);
        let settled = match admitted.lease {
            Some(lease) => {
                let episode = admitted.episode;
                self.cell.cold().probes_out.end(episode, lease);
                let holds_slot = self.cell.cold().leases.give_up(episode, lease);
                let input = Input::SettleProbe { episode, outcome, holds_slot };
                match self.apply(input, verdict.retry_after, Reason::ProbeFailed) {
                    Effect::Late => Settled::Late,
                    _ => {
                        self.note_probe_end(episode, outcome);
                        Settled::Counted
                    }
                }
            }
            None => self.settle_call(admitted.episode, verdict, outcome, slow),
        };
        if settled == Settled::Counted {
            self.add_outcome(verdict, outcome);
        }
        if settled == Settled::Late {
            // Relaxed: a count for people to read.
            self.cell.cold().late.fetch_add(1, Ordering::Relaxed);
            self.notify_call(self.cell.status(), |_| EventKind::Late);
        }
        if self.tuning.is_timed_for_listeners() || self.is_heard() {
            self.tell_outcome(admitted, verdict, slow, settled != Settled::Late);
        }
    }

    /// Ends a call that was counted as slow while it hung.
    pub(in crate::breaker) fn end_hung(&self, admitted: &Admitted, verdict: Verdict) {
        // Without a slow rate it has counted as a failure. With a slow rate, the failure was added.
        if verdict.outcome != Outcome::Failure && self.tuning.rates().slow_rate.is_some() {
            self.add_outcome(verdict, verdict.outcome);
        }
        self.tell_outcome(admitted, verdict, true, true);
    }

    pub(in crate::breaker) fn is_slow(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        let judged = verdict.outcome != Outcome::Ignored || verdict.is_cancelled();
        let (Some(began), Some(bound), true) = (admitted.began, self.tuning.slow_call(), judged)
        else {
            return false;
        };
        !admitted.answered && Duration::from_nanos(self.nanos_since(began)) >= bound
    }

    /// Returns the outcome for the state machine: a slow call is a failure if it is a probe, or if
    /// no slow rate is set.
    fn outcome(&self, admitted: &Admitted, verdict: Verdict, slow: bool) -> Outcome {
        let is_probe = admitted.lease.is_some();
        if slow && (is_probe || self.tuning.rates().slow_rate.is_none()) {
            return Outcome::Failure;
        }
        verdict.outcome
    }

    /// Settles a call that was no probe.
    fn settle_call(
        &self,
        episode: Episode,
        verdict: Verdict,
        outcome: Outcome,
        slow: bool,
    ) -> Settled {
        let status = self.cell.status();
        if status.episode != episode {
            if let (Outcome::Failure, Some(hint)) = (outcome, verdict.retry_after) {
                self.extend(episode, hint);
            }
            return Settled::Late;
        }
        if status.phase == Phase::Disabled {
            return Settled::Uncounted;
        }
        let failed = outcome == Outcome::Failure;
        let in_word = !matches!(status.phase, Phase::Closed { .. });
        let (position, mut reason) = self.record(episode, outcome, slow, in_word);
        if failed && verdict.trips {
            reason = Some(Reason::Trip);
        }
        if reason.is_none() {
            let closed = Word::pack(status).without_failures();
            // A failure that is neither timed nor recorded is left to `apply`: `count_failure`
            // could mostly not count it, and so it came here.
            let Tracking { timed, recorded, .. } = status.tracking;
            let may_count = failed && (timed || recorded) && closed.is_closed();
            // Loaded anew for a success: a change of the window may have moved failures into the
            // word meanwhile.
            let changes = failed || outcome == Outcome::Success && self.cell.has_failures();
            let counted = position.is_some_and(|position| position.counted);
            if counted || !changes || may_count && self.count_added_failure(closed) {
                return Settled::Counted;
            }
        }
        let input = Input::Settle { episode, outcome, trips: reason.is_some() };
        let reason = reason.unwrap_or(Reason::ConsecutiveFailures);
        // If another thread has seen the record and tripped on it, the call has counted.
        match self.apply(input, verdict.retry_after, reason) {
            Effect::Late if position.is_none() => Settled::Late,
            _ => Settled::Counted,
        }
    }

    /// Counts a failure in the word. The totals get it by its kind, not from the word.
    fn count_added_failure(&self, closed: Word) -> bool {
        if closed.is_recorded() {
            return self.count_failure(closed);
        }
        let past_rows = &self.cell.cold().past_rows;
        past_rows.take_back(1);
        let is_counted = self.count_failure(closed);
        if !is_counted {
            past_rows.add(1);
        }
        is_counted
    }
}
