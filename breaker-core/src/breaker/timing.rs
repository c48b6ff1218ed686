//! Begins and ends timed calls, and counts those that hang.
//!
//! [`HungCalls`] knows which calls have been out for `slow_call`. The next call that asks for
//! admission records each of them as slow, and may trip the breaker by it, before it is decided
//! itself. In half-open, each probe's lease tells for how long the probe has been out.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::hung::{Begin, BucketId, End, HungCalls};
use crate::breaker::nesting;
use crate::breaker::recording::Recorded;
use crate::breaker::ticket::{Admitted, Ticket};
use crate::clock::Span;
use crate::error::BreakerError;
use crate::event::Reason;
use crate::outcome::{Outcome, Verdict};
use crate::state::step::{Effect, Input};
use crate::state::word::{Episode, Phase};
use crate::window::Position;

impl Breaker {
    /// Admits a timed call, after the calls that hang have been counted.
    #[inline(never)]
    pub(super) fn admit_timed(&self) -> Result<Ticket, BreakerError> {
        loop {
            let word = self.cell.load_relaxed();
            let bound = self.tuning.slow_call_nanos();
            if bound == 0 || !word.admits_timed() {
                return self.admit_or_reject();
            }
            if let Some(ticket) = self.begin_timed(word.episode(), bound) {
                return Ok(ticket);
            }
        }
    }

    /// Makes the ticket of a timed call; `bound` is `slow_call` in nanoseconds. Returns `None` if
    /// calls that hang have been counted: the word may have changed.
    pub(super) fn begin_timed(&self, episode: Episode, bound: u64) -> Option<Ticket> {
        let hung = self.cell.cold().hung.get_or_init(|| Box::new(HungCalls::new()));
        let now = || nanos(self.clock().elapsed());
        match hung.begin(episode, bound, now) {
            Begin::Out(began, token) => Some(Ticket::timed(episode, began, token)),
            Begin::Untracked(began) => {
                Some(Ticket::tracked(episode, Some(Duration::from_nanos(began))))
            }
            Begin::Hung(buckets) => {
                self.count_hung(hung, episode, &buckets);
                None
            }
        }
    }

    /// Counts calls that hang, until the episode is over.
    #[cold]
    fn count_hung(&self, hung: &HungCalls, episode: Episode, buckets: &[BucketId]) {
        for bucket in buckets {
            if self.count_one_hung(hung, episode, *bucket) == Effect::Late {
                break;
            }
        }
    }

    fn count_one_hung(&self, hung: &HungCalls, episode: Episode, bucket: BucketId) -> Effect {
        let status = self.cell.status();
        let counts = matches!(status.phase, Phase::Closed { .. } | Phase::Observing { .. });
        if status.episode != episode || !counts {
            return Effect::Late;
        }
        let fails = self.tuning.rates().slow_rate.is_none();
        let outcome = if fails { Outcome::Failure } else { Outcome::Ignored };
        let (position, reason) = self.record(episode, outcome, true, true);
        let trips = reason.is_some();
        let effect = if fails || trips {
            self.apply(Input::Settle { episode, outcome, trips }, None, Reason::SlowCalls)
        } else {
            Effect::Done
        };
        if let (Some(position), false) = (position, fails) {
            if hung.note(bucket, position) {
                self.apply_late_failure(episode, position, Outcome::Failure.into());
            }
        }
        effect
    }

    /// Settles a call that was counted as slow while it hung. Returns `false` if it was not
    /// counted, or its episode is over: it must be settled like any other.
    #[inline]
    pub(super) fn settle_hung(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        admitted.token.is_some() && self.settle_if_hung(admitted, verdict)
    }

    #[inline(never)]
    fn settle_if_hung(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        let (Some(token), Some(began)) = (admitted.token, admitted.began) else { return false };
        let Some(hung) = self.cell.cold().hung.get() else { return false };
        let (episode, failed) = (admitted.episode, verdict.outcome == Outcome::Failure);
        let End::Counted(position) = hung.end(token, episode, nanos(began), failed) else {
            return false;
        };
        if self.cell.status().episode != episode {
            return false;
        }
        if let (Some(position), true) = (position, failed) {
            self.apply_late_failure(episode, position, verdict);
        }
        true
    }

    /// Adds the failure of a call that was counted as slow, if the call is still in the window.
    #[cold]
    fn apply_late_failure(&self, episode: Episode, position: Position, verdict: Verdict) {
        let Recorded::MayTrip(found) = self.add_failure(episode, position) else { return };
        let reason = if verdict.trips { Some(Reason::Trip) } else { found };
        self.apply_failure(episode, reason, verdict.retry_after);
    }

    /// Opens a half-open breaker if one of its probes has been out for `slow_call`: a slow probe
    /// is a failed probe. If a longer `probe_timeout` has run out as well, the caller takes the
    /// probe's slot instead.
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
