//! Admits or rejects a call: by the word alone if the word decides, else by the state machine.

#[cfg(feature = "tokio")]
use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::cell::{EpisodeTick, Mark};
use crate::breaker::cold::Count;
use crate::breaker::linked::Answer;
use crate::breaker::nesting;
#[cfg(feature = "tokio")]
use crate::breaker::ticket::Admitted;
use crate::breaker::ticket::Ticket;
use crate::clock::{Clock, Span, Tick};
use crate::error::BreakerError;
use crate::event::{EventKind, Reason};
use crate::name::Name;
use crate::outcome::Outcome;
use crate::state::status::{Episode, Phase, Status};
use crate::state::step::{self, Admission, Gate, Input};
use crate::state::word::Word;
use crate::sync::atomic::Ordering;
use crate::sync::shard;

/// The decision on a call whose breaker is known without a look-up.
pub enum Decision<'a> {
    /// The breaker is closed.
    Admitted(Ticket),
    /// The breaker is open.
    Rejected(Rejection<'a>),
    /// The state machine must decide.
    Undecided,
}

/// A rejection by an open breaker. The error is built only where it is used: each function that
/// returns a built error would copy it.
#[derive(Clone, Copy)]
pub struct Rejection<'a> {
    pub(crate) breaker: &'a Breaker,
    left: Span,
}

impl Rejection<'_> {
    #[inline]
    pub(crate) fn error(self) -> BreakerError {
        self.breaker.open_error(self.left)
    }
}

impl Breaker {
    #[inline]
    pub(crate) fn decide(&self) -> Decision<'_> {
        let word = self.cell.load_relaxed();
        if word.admits() {
            return Decision::Admitted(Ticket::passed(word.pass()));
        }
        if word.admits_timed() {
            if let Some(ticket) = self.begin_fast() {
                return Decision::Admitted(ticket);
            }
        }
        match self.reject_if_open(word) {
            Some(rejection) => Decision::Rejected(rejection),
            None => Decision::Undecided,
        }
    }

    /// Rejects the call if the word is open and attached, and its cooldown is not over.
    #[inline]
    fn reject_if_open(&self, word: Word) -> Option<Rejection<'_>> {
        match word.open_until() {
            Some(until) if !word.is_detached() => {
                let left = self.reject_until(until)?;
                Some(Rejection { breaker: self, left })
            }
            _ => None,
        }
    }

    /// Builds the error of a call whose time ran out after `after`.
    #[cfg(feature = "tokio")]
    pub(crate) fn timed_out(&self, after: Duration) -> BreakerError {
        BreakerError::TimedOut { name: self.current_name(), after }
    }

    /// Builds the error of a call that an open breaker has rejected.
    #[inline]
    fn open_error(&self, left: Span) -> BreakerError {
        BreakerError::Open { name: self.current_name(), retry_after: left.length() }
    }

    #[inline]
    pub(crate) fn admit(&self) -> Result<Ticket, BreakerError> {
        let word = self.cell.load_relaxed();
        if word.admits() {
            Ok(Ticket::passed(word.pass()))
        } else if word.admits_timed() {
            self.admit_timed()
        } else if let Some(error) = word.open_until().and_then(|end| self.reject_with_error(end)) {
            Err(error)
        } else {
            self.admit_or_reject()
        }
    }

    /// Rejects a call before `until`, the end of the cooldown, as [`step::admit`] does. Returns the
    /// rest of the cooldown.
    #[inline(never)]
    fn reject_until(&self, until: Tick) -> Option<Span> {
        match self.reject_quietly(until) {
            Some(now) => Some(until.left(now, self.cell.own_since())),
            None => self.reject_until_slow(until),
        }
    }

    /// Like [`reject_until`](Self::reject_until), but returns the error.
    #[inline(never)]
    pub(crate) fn reject_with_error(&self, until: Tick) -> Option<BreakerError> {
        if self.name.as_static().is_none() {
            return self.reject_named(until);
        }
        // The name never changes: it is read again, since keeping it would take registers.
        match (self.reject_quietly(until), self.name.as_static()) {
            (Some(now), Some(name)) => Some(BreakerError::Open {
                name: Name::from_static(name),
                retry_after: until.remaining(now, self.cell.own_since()),
            }),
            _ => self.reject_with_error_slow(until),
        }
    }

    #[inline(never)]
    fn reject_named(&self, until: Tick) -> Option<BreakerError> {
        self.reject_until(until).map(|left| self.open_error(left))
    }

    #[cold]
    #[inline(never)]
    fn reject_with_error_slow(&self, until: Tick) -> Option<BreakerError> {
        self.reject_until_slow(until).map(|left| self.open_error(left))
    }

    /// Rejects a call before `until`, if the coarse clock decides it and no listener hears of it.
    /// Returns the present moment; the cell [has its cold state itself][own].
    ///
    /// Only the readings of the thread's shard and of the clock are function calls. They come
    /// before all values that the end needs, so that few registers are kept across them.
    ///
    /// [own]: crate::breaker::cell::StateCell::own_cold
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as a function of its own it takes a frame more")]
    fn reject_quietly(&self, until: Tick) -> Option<Tick> {
        let shard = shard::number();
        if self.has_call_listeners_in(self.cell.own_cold()?) || !self.is_on_system_clock() {
            return None;
        }
        let now = Clock::system_before(until)?;
        let cold = self.cell.own_cold()?;
        if cold.counts.add_one_of(shard, Count::Rejections.number()) { Some(now) } else { None }
    }

    /// Does what [`reject_until`](Self::reject_until) does, with any clock, and near the end too.
    #[cold]
    #[inline(never)]
    fn reject_until_slow(&self, until: Tick) -> Option<Span> {
        let now = self.near_now(until);
        if now >= until {
            return None;
        }
        self.cell.cold().add(Count::Rejections);
        if self.has_call_listeners() {
            self.notify_rejection();
        }
        Some(until.left(now, self.cell.since()))
    }

    #[cold]
    pub(super) fn admit_or_reject(&self) -> Result<Ticket, BreakerError> {
        let (mut gate, mut fresh) = (self.gate(), None);
        loop {
            self.fail_hung_probe();
            let limits = self.tuning.limits();
            let changed = self.cell.update(
                || self.clock().stamp(),
                |_| false,
                Mark::None,
                |status| step::admit(status, limits, gate, |until| self.near_now(until)),
            );
            let status = changed.after;
            if matches!(gate, Gate::Leased(Some(_))) {
                gate = Gate::Leased(None);
                self.note_entered();
            }
            // The probe claims its lease before any listener runs.
            let probe =
                (changed.result == Admission::Probe).then(|| self.start_probe(status.episode));
            self.notify_transition(&changed, Reason::CooldownOver);
            if let Some(probe) = probe {
                return Ok(probe);
            }
            if let Some(lease) = fresh.take() {
                self.return_unused_lease(lease, status);
            }
            let error = match changed.result {
                Admission::Recorded => match self.admit_recorded(status) {
                    Some(ticket) => return Ok(ticket),
                    None => continue,
                },
                Admission::Unrecorded => {
                    let began = self.tuning.is_timed().then(|| self.precise_now());
                    return Ok(Ticket::tracked(status.episode, began));
                }
                Admission::Probe => continue,
                Admission::Saturated | Admission::Due
                    if nesting::is_inside(self, status.episode) =>
                {
                    return Ok(Ticket::UNRECORDED);
                }
                Admission::Saturated => match self.write_off_probe(status.episode) {
                    Ok(()) => continue,
                    Err(left) => self.saturated_error(left),
                },
                Admission::Isolated => BreakerError::Isolated { name: self.current_name() },
                Admission::Due => match self.ask_for_lease(status) {
                    Answer::Again(answered, lease) => {
                        (gate, fresh) = (answered, lease);
                        continue;
                    }
                    Answer::Wait(left) if status.phase.is_open() => self.open_error(left),
                    Answer::Wait(left) => self.saturated_error(left),
                },
                Admission::Open { now, until } => {
                    self.open_error(until.left(now, self.cell.since()))
                }
            };
            self.cell.cold().add(Count::Rejections);
            self.notify_call(status, |state| EventKind::Rejected { state });
            return Err(error);
        }
    }

    /// Returns `None` if hanging calls have been counted: the word may have changed.
    fn admit_recorded(&self, status: Status) -> Option<Ticket> {
        let is_observing = matches!(status.phase, Phase::Observing { .. });
        if !status.tracking.timed && !is_observing {
            return Some(Ticket::passed(Word::pack(status).pass()));
        }
        let bound = self.bound();
        let ticket = match bound.nanos {
            0 => Ticket::tracked(status.episode, None),
            _ => self.begin_timed(status.episode, bound)?,
        };
        if is_observing {
            // Relaxed: both are for people to read, and admit or reject no call.
            let cold = self.cell.cold();
            let until = EpisodeTick(cold.observed_until.load(Ordering::Relaxed));
            if until.is_of(status.episode) && self.coarse_now() < until.tick() {
                cold.observed_rejections.fetch_add(1, Ordering::Relaxed);
            }
        }
        Some(ticket)
    }

    /// Starts a probe that the word has admitted. If the call is made from inside another
    /// probe, it gives its slot back and belongs to the outer probe.
    fn start_probe(&self, episode: Episode) -> Ticket {
        if nesting::is_inside(self, episode) {
            self.free_slot(episode);
            return Ticket::UNRECORDED;
        }
        let now = self.precise_now();
        let began = self.tuning.is_timed().then_some(now);
        let timeout = || self.tuning.probe_timeout();
        let cold = self.cell.cold();
        match cold.leases.claim(episode, now.tick(), timeout) {
            Some(lease) => {
                // Relaxed: a count for people to read.
                cold.probes.fetch_add(1, Ordering::Relaxed);
                Ticket::probe(episode, lease, began)
            }
            // The episode is over. A tracked call of it is late, as the probe is.
            None => Ticket::tracked(episode, began),
        }
    }

    /// Lets a probe keep its slot for at least `length`, even beyond the `probe_timeout`: its body
    /// may take that long.
    #[cfg(feature = "tokio")]
    #[cold]
    #[inline(never)]
    pub(crate) fn keep_slot(&self, ticket: Ticket, length: Duration) {
        if let Some(Admitted { episode, lease: Some(lease), .. }) = ticket.admitted() {
            let (least, timeout) = (Span::new(length), self.tuning.probe_timeout());
            self.cell.cold().leases.keep(episode, lease, least, timeout);
            self.renew_lease(episode, least.max(timeout));
        }
    }

    /// Frees the slot of a probe that has been out for too long. If there is none, returns the
    /// time until there may be one.
    fn write_off_probe(&self, episode: Episode) -> Result<(), Span> {
        let leases = &self.cell.cold().leases;
        // A probe that has no lease yet was admitted just now.
        let end = || leases.first_end(episode);
        let last = || self.clock().stamp().after(self.tuning.probe_timeout());
        let first = end().unwrap_or_else(last);
        let now = self.near_now(first);
        if leases.write_off(episode, now) {
            self.free_slot(episode);
            return Ok(());
        }
        let first = if first <= now { end().unwrap_or_else(last) } else { first };
        Err(first.left(now, now))
    }

    fn saturated_error(&self, left: Span) -> BreakerError {
        BreakerError::Saturated { name: self.current_name(), retry_after: left.length() }
    }

    fn free_slot(&self, episode: Episode) {
        let input = Input::SettleProbe { episode, outcome: Outcome::Ignored, holds_slot: true };
        // The reason goes unused: an ignored outcome makes no transition.
        self.apply(input, None, Reason::ProbeFailed);
    }
}
