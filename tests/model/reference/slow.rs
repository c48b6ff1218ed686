//! Calls that hang: the next call that asks for admission counts them.

use breakerbox::Reason;

use super::cooldown::later;
use super::{Call, Kind, Model, Phase, Slot, tick};

impl Model {
    fn elapsed(&self, call: &Call) -> u64 {
        self.clock - call.began
    }

    /// Returns whether a call that ends now is slow, by the present `slow_call`. A call that began
    /// while none was set is not timed.
    pub(super) fn is_slow(&self, call: &Call) -> bool {
        let bound = self.tuning.slow_call.map(|bound| bound * 1_000_000);
        call.timed > 0 && bound.is_some_and(|bound| self.elapsed(call) >= bound)
    }

    pub(super) fn count_hung(&mut self) {
        let Some(bound) = self.tuning.slow_call else { return };
        match self.phase {
            Phase::HalfOpen { .. } => self.fail_hung_probe(bound),
            Phase::Closed | Phase::Observing { .. } => self.count_hung_calls(bound * 1_000_000),
            _ => {}
        }
    }

    /// A slow probe is a failed one, whether or not it has its slot. If a `probe_timeout` longer
    /// than `slow_call` is over as well, the probe has lost its slot to the caller instead: a
    /// permit that somebody has forgotten must not open the breaker time and again.
    fn fail_hung_probe(&mut self, bound: u64) {
        let hangs = |call: &Call| {
            let Kind::Probe { slot } = call.kind else { return false };
            let end = match slot {
                Slot::Held => later(tick(call.began), self.tuning.probe_timeout),
                Slot::Lost { since } => since,
            };
            let slow = later(tick(call.began), bound);
            let is_replaced = end > slow && end <= self.now();
            call.episode == self.episode && slow <= self.now() && !is_replaced
        };
        if self.calls.iter().any(hangs) {
            self.open(Reason::ProbeFailed, None, false);
        }
    }

    /// Counts the calls that hang, the oldest first. One that has been out for less than 9/8 of
    /// `slow_call` may be left for the next time, with those that began as it did. The eighth is
    /// that of a longer `slow_call`, if the call began under one.
    fn count_hung_calls(&mut self, bound: u64) {
        let (episode, group) = (self.episode, self.hung.len());
        let is_out = |call: &Call| call.kind == Kind::Recorded && call.episode == episode;
        let slow = |call: &&Call| is_out(call) && call.timed > 0 && self.elapsed(call) >= bound;
        let begun = |call: &Call| (call.began, call.timed);
        let mut together: Vec<_> = self.calls.iter().filter(slow).map(begun).collect();
        together.sort_unstable();
        together.dedup();
        for as_these in together {
            let leeway = bound.max(as_these.1 * 1_000_000) / 8;
            let is_due = self.clock - as_these.0 >= bound + leeway;
            if !is_due && self.choices.choose(2) == 0 {
                continue;
            }
            if group == self.hung.len() {
                self.hung.push(Vec::new());
            }
            for at in 0..self.calls.len() {
                if begun(&self.calls[at]) == as_these && is_out(&self.calls[at]) {
                    self.calls[at].kind = Kind::Counted { group };
                    self.count_one(group);
                    if self.episode != episode {
                        return;
                    }
                }
            }
        }
    }

    fn count_one(&mut self, group: usize) {
        let fails = self.tuning.slow_rate.is_none();
        let number = self.record(fails, true);
        self.hung[group].extend(number.filter(|_| !fails));
        let mut trips = self.judge().is_some();
        if fails {
            self.consecutive = self.consecutive.saturating_add(1);
            trips |= self.reaches_threshold();
        }
        if trips {
            self.trip(Reason::SlowCalls, None);
        }
    }

    /// The end of a call that was counted while it hung. Under `slow_rate`, its failure is added
    /// to what was recorded then, if that is still in the window. Calls that were counted
    /// together are not told apart.
    pub(super) fn settle_counted(
        &mut self,
        group: usize,
        failed: bool,
        trips: bool,
        hint: Option<u64>,
    ) {
        let records = self.hung[group].len() as u64;
        if records == 0 {
            return;
        }
        let chosen = usize::try_from(self.choices.choose(records)).unwrap();
        let number = self.hung[group].remove(chosen);
        let Some(window) = self.tuning.window else { return };
        if !failed || !self.window.add_failure(window, number, self.now()) {
            return;
        }
        self.consecutive = self.consecutive.saturating_add(1);
        self.judge_failure(trips, hint);
    }
}
