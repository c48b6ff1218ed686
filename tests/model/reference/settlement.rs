//! The ends of calls.

use breakerbox::{EventKind, Reason};

use super::{Call, Kind, Model, Phase, Slot};
use crate::action::End;

/// The outcome that the end of a call counts as.
#[derive(Clone, Copy)]
struct Verdict {
    failed: bool,
    succeeded: bool,
    slow: bool,
    end: End,
}

impl Model {
    /// Ends a call. `fails_on_cancel`: its function has `on_cancel = "failure"`.
    pub(crate) fn finish(&mut self, id: usize, end: End, fails_on_cancel: bool) {
        let Some(at) = self.calls.iter().position(|call| call.id == id) else { return };
        let call = self.calls.swap_remove(at);
        let verdict = self.verdict(&call, end, fails_on_cancel);
        if call.episode != self.episode {
            return self.settle_late(&call, verdict);
        }
        match call.kind {
            Kind::Unrecorded => {}
            Kind::Counted { group } => {
                let failed = end.fails() || end == End::Cancel && fails_on_cancel;
                self.settle_counted(group, failed, verdict.end.trips(), verdict.end.hint());
            }
            Kind::Probe { slot: Slot::Held | Slot::Lost { .. } } => self.settle_probe(verdict),
            Kind::Recorded => self.settle_recorded(verdict),
        }
    }

    fn verdict(&self, call: &Call, end: End, fails_on_cancel: bool) -> Verdict {
        let failed = end.fails() || end == End::Cancel && fails_on_cancel;
        // An ignored call counts as nothing, even if it was slow.
        let slow = end != End::Ignored && self.is_slow(call);
        let is_probe = matches!(call.kind, Kind::Probe { .. });
        let slow_fails = slow && (is_probe || self.tuning.slow_rate.is_none());
        Verdict {
            failed: failed || slow_fails,
            succeeded: end == End::Success && !slow_fails,
            slow,
            end,
        }
    }

    fn settle_late(&mut self, call: &Call, verdict: Verdict) {
        if verdict.failed && call.kind != Kind::Unrecorded {
            self.extend(call.episode, verdict.end.hint());
        }
        self.late += 1;
        self.tell(EventKind::Late);
    }

    fn settle_probe(&mut self, verdict: Verdict) {
        if verdict.failed {
            return self.open(Reason::ProbeFailed, verdict.end.hint(), false);
        }
        let needed = self.tuning.success_threshold;
        let Phase::HalfOpen { successes } = &mut self.phase else { return };
        if verdict.succeeded {
            *successes = successes.saturating_add(1);
            if *successes >= needed {
                self.enter(Phase::Closed, Reason::ProbesSucceeded);
            }
        }
    }

    fn settle_recorded(&mut self, verdict: Verdict) {
        if !(verdict.failed || verdict.slow || verdict.succeeded) {
            return;
        }
        self.record(verdict.failed, verdict.slow);
        if verdict.failed {
            self.consecutive = self.consecutive.saturating_add(1);
            self.judge_failure(verdict.end.trips(), verdict.end.hint());
            return;
        }
        if verdict.succeeded {
            self.consecutive = 0;
        }
        if let (true, Some(reason)) = (verdict.slow, self.judge()) {
            self.trip(reason, None);
        }
    }

    /// Records a call in the window, if there is one.
    pub(super) fn record(&mut self, failed: bool, slow: bool) -> Option<u64> {
        let now = self.now();
        let window = self.tuning.window?;
        Some(self.window.record(window, &mut self.choices, now, (failed, slow)))
    }

    pub(super) fn reaches_threshold(&self) -> bool {
        self.tuning.threshold.is_some_and(|threshold| self.consecutive >= threshold)
    }

    /// Returns the reason to trip that the window gives. If there are several, the contract does
    /// not say which is told; it is the first of these.
    pub(super) fn judge(&self) -> Option<Reason> {
        let sums = self.window.sums(self.tuning.window?, self.now());
        let counts = sums.calls >= self.tuning.count_waits_for.into();
        if counts && self.tuning.failure_count.is_some_and(|count| sums.failures >= count.into()) {
            return Some(Reason::FailureCount);
        }
        let reaches = |rate: Option<f64>, part| {
            let waits = sums.calls < self.tuning.min_calls.into();
            rate.is_some_and(|rate| !waits && sums.share(part) >= rate)
        };
        if reaches(self.tuning.failure_rate, sums.failures) {
            return Some(Reason::FailureRate);
        }
        reaches(self.tuning.slow_rate, sums.slow).then_some(Reason::SlowRate)
    }

    /// Judges a failure that has been recorded and counted.
    pub(super) fn judge_failure(&mut self, trips: bool, hint: Option<u64>) {
        let by_itself = trips.then_some(Reason::Trip);
        let in_a_row = || self.reaches_threshold().then_some(Reason::ConsecutiveFailures);
        if let Some(reason) = by_itself.or_else(|| self.judge()).or_else(in_a_row) {
            self.trip(reason, hint);
        }
    }

    /// Opens, or notes that it would have opened, unless it would be open already.
    pub(super) fn trip(&mut self, reason: Reason, hint: Option<u64>) {
        let now = self.now();
        match &mut self.phase {
            Phase::Observing { until } if now >= *until => {
                *until = super::cooldown::later(now, self.tuning.cooldown);
            }
            Phase::Observing { .. } => {}
            _ => self.open(reason, hint, false),
        }
    }
}
