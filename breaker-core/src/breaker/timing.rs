//! Begins and ends timed calls, and counts those that hang.
//!
//! [`HungCalls`] knows which calls have been out for `slow_call`. The next call that asks for
//! admission first records each of them as slow, which may trip the breaker, and is decided
//! afterwards. In half-open, each probe's lease tells for how long the probe has been out.

use crate::breaker::Breaker;
use crate::breaker::cold::Count;
use crate::breaker::hung::{Begin, BucketId, End, Here, HungCalls};
use crate::breaker::nesting;
use crate::breaker::recording::Recorded;
use crate::breaker::ticket::{Admitted, Ticket};
use crate::breaker::tuning::NEVER_SLOW;
use crate::clock::{Clock, Reading, Span};
use crate::error::BreakerError;
use crate::event::Reason;
use crate::outcome::{FailureKind, Outcome, Verdict};
use crate::state::status::{Episode, Phase};
use crate::state::step::{Effect, Input};
use crate::state::word::Word;
use crate::window::Position;

/// The shortest `slow_call` that the coarse clock measures, in nanoseconds: fifty times the time by
/// which that clock may trail the precise one.
const COARSE_FROM: u64 = 500_000_000;

/// The length from which a call is slow; zero if calls are not timed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) nanos: u64,
    /// True if the coarse clock is exact enough.
    is_coarse: bool,
}

impl Breaker {
    /// Admits a timed call, after hanging calls have been counted.
    #[inline(never)]
    pub(super) fn admit_timed(&self) -> Result<Ticket, BreakerError> {
        match self.begin_fast() {
            Some(ticket) => Ok(ticket),
            None => self.admit_timed_slow(),
        }
    }

    /// Makes the ticket of a timed call, if the coarse clock is exact enough and no hanging call
    /// has to be counted first.
    #[inline]
    pub(crate) fn begin_fast(&self) -> Option<Ticket> {
        let ticket = self.begin_coarse();
        (!ticket.is_asking()).then_some(ticket)
    }

    /// Like [`begin_fast`](Self::begin_fast), but returns [`Ticket::ASKING`] for `None`: a ticket
    /// is returned in registers, and an `Option` of a ticket in memory.
    #[inline(never)]
    fn begin_coarse(&self) -> Ticket {
        // While somebody listens, `bound` is greater than any `slow_call`.
        let bound = self.tuning.slow_call_word();
        if !(COARSE_FROM..=NEVER_SLOW).contains(&bound) || !self.is_on_system_clock() {
            return Ticket::ASKING;
        }
        let Some(here) = self.hung_here() else { return Ticket::ASKING };
        self.begin_at(here, Clock::coarse_nanos()).unwrap_or(Ticket::ASKING)
    }

    #[inline]
    fn begin_at(&self, here: Here<'_>, began: u64) -> Option<Ticket> {
        let (word, bound) = (self.cell.load_relaxed(), self.tuning.slow_call_word());
        if !word.admits_timed() {
            return None;
        }
        let key = here.begin(word.episode(), bound, began)?;
        Some(Ticket::timed(key, Reading::new(began, true)))
    }

    /// Returns this thread's view of the timed calls that are out, if the thread has begun one
    /// before.
    #[inline]
    pub(super) fn hung_here(&self) -> Option<Here<'_>> {
        self.cell.cold_if_made()?.hung.get()?.here()
    }

    #[cold]
    #[inline(never)]
    fn admit_timed_slow(&self) -> Result<Ticket, BreakerError> {
        loop {
            let (word, bound) = (self.cell.load_relaxed(), self.bound());
            if !word.admits_timed() || bound.nanos == 0 {
                return self.admit_or_reject();
            }
            if let Some(ticket) = self.begin_timed(word.episode(), bound) {
                return Ok(ticket);
            }
        }
    }

    /// Makes the ticket of a timed call. Returns `None` if hanging calls have been counted: the
    /// word may have changed.
    pub(super) fn begin_timed(&self, episode: Episode, bound: Bound) -> Option<Ticket> {
        let hung = self.cell.cold().hung.get_or_init(|| Box::new(HungCalls::new()));
        let reading = |nanos| Reading::new(nanos, bound.is_coarse);
        match hung.begin(episode, bound.nanos, || self.nanos(bound.is_coarse)) {
            Begin::Out(began, key) => Some(Ticket::timed(key, reading(began))),
            Begin::Untracked(began) => Some(Ticket::tracked(episode, Some(reading(began)))),
            Begin::Hung(buckets) => {
                self.count_hung(hung, episode, &buckets);
                None
            }
        }
    }

    /// Returns the length from which a new call is slow. If listeners are told the call's length,
    /// the precise clock measures it.
    #[inline]
    pub(super) fn bound(&self) -> Bound {
        let (nanos, is_heard) = self.tuning.slow_call_nanos();
        let is_coarse = nanos >= COARSE_FROM && !is_heard && self.is_on_system_clock();
        Bound { nanos, is_coarse }
    }

    #[inline]
    pub(super) fn is_on_system_clock(&self) -> bool {
        self.shared().is_none_or(|shared| shared.clock.is_system())
    }

    /// Reads the clock that gave the beginning of a timed call.
    #[inline]
    pub(super) fn end_of(&self, ticket: Ticket) -> Reading {
        let is_coarse = ticket.began_coarsely();
        Reading::new(self.nanos(is_coarse), is_coarse)
    }

    #[inline]
    fn nanos(&self, is_coarse: bool) -> u64 {
        if is_coarse { Clock::coarse_nanos() } else { self.precise_nanos() }
    }

    #[cold]
    #[inline(never)]
    fn precise_nanos(&self) -> u64 {
        self.clock().nanos()
    }

    pub(super) fn precise_now(&self) -> Reading {
        Reading::precise(self.precise_nanos())
    }

    /// Returns the nanoseconds that a call has taken.
    #[cold]
    #[inline(never)]
    pub(super) fn nanos_since(&self, began: Reading) -> u64 {
        self.nanos(began.is_coarse()).saturating_sub(began.nanos())
    }

    /// Ends a timed call at `now`, if it has taken less than `slow_call` and no listener is to hear
    /// of it. Then calls `settle` with the word, which is closed: the call is to be settled like an
    /// untimed one. Returns `false` and changes nothing if the call may be late, slow, or counted
    /// already.
    ///
    /// Unless `COUNTED_TOO`, it also returns `false` if all calls are counted. It is generic so
    /// that each caller inlines its own copy.
    #[inline]
    pub(super) fn end_in_time<const COUNTED_TOO: bool>(
        &self,
        ticket: Ticket,
        now: Reading,
        here: Here<'_>,
        settle: impl FnOnce(Word),
    ) -> bool {
        let Some((key, began)) = ticket.timed_call() else { return false };
        let length = now.nanos().saturating_sub(began.nanos());
        let word = self.cell.load_relaxed();
        // While somebody listens, `bound` is greater than any `slow_call`, and no generation has
        // it.
        let bound = self.tuning.slow_call_word();
        let call = ticket.word();
        let admits = if COUNTED_TOO {
            word.admits_timed_of(call)
        } else {
            word.admits_uncounted_timed_of(call)
        };
        if length >= bound || !admits {
            return false;
        }
        let ended = here.end(key, bound, began.nanos());
        if ended {
            settle(word);
        }
        ended
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
        if fails && (effect != Effect::Late || position.is_some()) {
            self.add_to_totals(Count::Failures(FailureKind::Slow));
        }
        if let (Some(position), false) = (position, fails) {
            if hung.note(bucket, position) {
                self.apply_late_failure(episode, position, Outcome::Failure.into());
            }
        }
        effect
    }

    /// Settles a call that was counted as slow while it hung. Returns `false` if it was not
    /// counted, or its episode is over: it must then be settled like any other call.
    #[inline]
    pub(super) fn settle_hung(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        admitted.token.is_some() && self.settle_if_hung(admitted, verdict)
    }

    #[inline(never)]
    fn settle_if_hung(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        let (Some(token), Some(began)) = (admitted.token, admitted.began) else { return false };
        let Some(hung) = self.cell.cold().hung.get() else { return false };
        let (episode, failed) = (admitted.episode, verdict.outcome == Outcome::Failure);
        let bound = self.bound().nanos;
        let times = [began.nanos(), self.nanos(began.is_coarse())];
        let End::Counted(position) = hung.end(token, episode, bound, times, failed) else {
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
        let Recorded::MayTrip(found) = self.add_failure(episode, position) else {
            return self.add_to_totals(Count::Failures(verdict.failure_kind()));
        };
        let reason = if verdict.trips { Some(Reason::Trip) } else { found };
        self.apply_failure(episode, reason, verdict);
    }

    /// Notes an item of a stream: a probe keeps its slot anew, for at least `least`. With the first
    /// item the call has answered; unless that item is slow, the call is no longer slow. Returns
    /// the ticket with which the call goes on.
    #[cfg(feature = "stream")]
    #[cold]
    #[inline(never)]
    pub(crate) fn note_item(&self, ticket: Ticket, is_first: bool, least: Span) -> Ticket {
        let Some(admitted) = ticket.admitted() else { return ticket };
        let success = Verdict::from(Outcome::Success);
        let answers = is_first && !self.is_slow(&admitted, success);
        if let Some(lease) = admitted.lease {
            let (now, spans) = (self.clock().stamp(), [least, self.tuning.probe_timeout()]);
            self.cell.cold().leases.renew(admitted.episode, lease, answers, now, spans);
            self.renew_lease_for_item(admitted.episode, spans[0].max(spans[1]));
        }
        if !answers {
            return ticket;
        }
        // If `slow_call` was shorter before, the call may already have been counted as slow.
        if self.settle_hung(&admitted, success) {
            self.end_hung(&admitted, success);
            return ticket.unrecorded();
        }
        ticket.answered()
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
            if self.apply(input, None, Reason::ProbeFailed) != Effect::Late {
                self.add_to_totals(Count::Failures(FailureKind::Slow));
            }
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
