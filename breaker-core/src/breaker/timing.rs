//! Begins and ends timed calls, and counts those that hang.
//!
//! [`HungCalls`] knows which calls have been out for `slow_call`. The next call that asks for
//! admission records each of them as slow, and may trip the breaker by it, before it is decided
//! itself. In half-open, each probe's lease tells for how long the probe has been out.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::hung::{Begin, End, HungCalls};
use crate::breaker::nesting;
use crate::breaker::ticket::{Admitted, Ticket};
use crate::clock::Span;
use crate::error::BreakerError;
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::step::{Effect, Input};
use crate::state::word::{Episode, Phase};

impl Breaker {
    /// Admits a timed call, after the calls that hang have been counted.
    #[inline(never)]
    pub(super) fn admit_timed(&self) -> Result<Ticket, BreakerError> {
        loop {
            let word = self.cell.load_relaxed();
            let bound = self.tuning.slow_call_nanos();
            if bound == 0 || !word.is_closed_tracked() {
                return self.admit_or_reject();
            }
            if let Some(ticket) = self.begin_timed(word.episode(), bound) {
                return Ok(ticket);
            }
        }
    }

    /// Makes the ticket of a timed call; `bound` is `slow_call` in nanoseconds. Returns `None` if calls that hang have been counted: the
    /// word may have changed.
    pub(super) fn begin_timed(&self, episode: Episode, bound: u64) -> Option<Ticket> {
        let hung = self.cell.cold().hung.get_or_init(|| Box::new(HungCalls::new()));
        let began = self.clock().elapsed();
        match hung.begin(episode, bound, nanos(began)) {
            Begin::Out(token) => Some(Ticket::timed(episode, began, token)),
            Begin::Untracked => Some(Ticket::tracked(episode, Some(began))),
            Begin::Hung(buckets) => {
                self.count_hung(hung, episode, &buckets);
                None
            }
        }
    }

    /// Counts calls that hang, until the episode is over.
    #[cold]
    fn count_hung(&self, hung: &HungCalls, episode: Episode, buckets: &[u64]) {
        for bucket in buckets {
            if self.count_one_hung(hung, episode, *bucket) == Effect::Late {
                break;
            }
        }
    }

    fn count_one_hung(&self, hung: &HungCalls, episode: Episode, bucket: u64) -> Effect {
        let status = self.cell.status();
        let counts = matches!(status.phase, Phase::Closed { .. } | Phase::Observing { .. });
        if status.episode != episode || !counts {
            return Effect::Late;
        }
        let fails = self.tuning.rates().slow_rate.is_none();
        let outcome = if fails { Outcome::Failure } else { Outcome::Ignored };
        let (position, reason) = self.record(episode, outcome, true, true);
        if let (Some(position), false) = (position, fails) {
            hung.note(bucket, position);
        }
        let trips = reason.is_some();
        let outcome = match outcome {
            Outcome::Ignored if !trips => return Effect::Done,
            // The state machine lets no ignored outcome trip.
            Outcome::Ignored => Outcome::Success,
            outcome => outcome,
        };
        self.apply(Input::Settle { episode, outcome, trips }, None, Reason::SlowCalls)
    }

    /// Settles a call that was counted as slow while it hung. Returns `false` if it was not
    /// counted, or its episode is over: it must be settled like any other.
    #[inline]
    pub(super) fn settle_hung(&self, admitted: &Admitted, outcome: Outcome) -> bool {
        admitted.token.is_some() && self.settle_if_hung(admitted, outcome)
    }

    #[inline(never)]
    fn settle_if_hung(&self, admitted: &Admitted, outcome: Outcome) -> bool {
        let (Some(token), Some(began)) = (admitted.token, admitted.began) else { return false };
        let Some(hung) = self.cell.cold().hung.get() else { return false };
        let (episode, now) = (admitted.episode, || nanos(self.clock().elapsed()));
        let End::Counted(position) = hung.end(token, episode, nanos(began), now) else {
            return false;
        };
        if self.cell.status().episode != episode {
            return false;
        }
        if let (Some(position), Outcome::Failure) = (position, outcome) {
            let reason = self.add_failure(episode, position);
            let input = Input::Settle { episode, outcome, trips: reason.is_some() };
            self.apply(input, None, reason.unwrap_or(Reason::ConsecutiveFailures));
        }
        true
    }

    /// Opens a half-open breaker if one of its probes has been out for `slow_call`: a slow probe
    /// is a failed probe. A probe that has been out for a longer `probe_timeout` is lost instead.
    pub(super) fn fail_hung_probe(&self) {
        let word = self.cell.load_relaxed();
        let Some(bound) = self.tuning.slow_call().filter(|_| word.is_half_open()) else { return };
        let episode = word.episode();
        let leases = &self.cell.cold().leases;
        let hangs = leases.any_hung(episode, self.coarse_now(), Span::new(bound));
        // A call from inside a probe belongs to the probe, and leaves the word to it.
        if hangs && !nesting::is_inside(self, episode) {
            let outcome = Outcome::Failure;
            let input = Input::SettleProbe { episode, outcome, holds_slot: true };
            self.apply(input, None, Reason::ProbeFailed);
        }
    }
}

/// Returns the nanoseconds; 64 bits hold 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
