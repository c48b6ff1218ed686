//! Admission: what the state machine says to a call that asks to be let in.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::nesting;
use crate::breaker::ticket::Ticket;
use crate::clock::{Span, Tick};
use crate::error::BreakerError;
use crate::event::{EventKind, Reason};
use crate::outcome::Outcome;
use crate::state::step::{self, Admission, Input};
use crate::state::word::{Episode, Phase, Status, Word};
use crate::sync::atomic::Ordering;

/// A breaker's decision on a call, as far as its word alone allows one.
pub enum Decision<'a> {
    /// It is closed. The word is to be compared when the call ends.
    Admitted(&'a Breaker, Word),
    /// It is open.
    Rejected(Rejection<'a>),
    /// The state machine must decide.
    Undecided,
}

/// An error that is made where it is used: it would be copied about otherwise.
#[derive(Clone, Copy)]
pub struct Rejection<'a> {
    breaker: &'a Breaker,
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
        if self.admits(word) {
            return Decision::Admitted(self, word.without_failures());
        }
        match self.reject_if_open(word) {
            Some(left) => Decision::Rejected(Rejection { breaker: self, left }),
            None => Decision::Undecided,
        }
    }

    #[inline]
    fn admits(&self, word: Word) -> bool {
        word.is_closed_untracked() || word.is_closed_tracked() && !self.tuning.is_timed()
    }

    /// What is left, if the breaker is open, still registered, and its cooldown not
    /// over.
    #[inline]
    fn reject_if_open(&self, word: Word) -> Option<Span> {
        match word.open_until() {
            Some(until) if !word.is_detached() => self.reject_until(until),
            _ => None,
        }
    }

    /// The error of a call that an open breaker has rejected.
    #[inline]
    fn open_error(&self, left: Span) -> BreakerError {
        BreakerError::Open { name: self.name.clone(), retry_after: left.length() }
    }

    #[inline]
    pub(crate) fn admit(&self) -> Result<Ticket, BreakerError> {
        let word = self.cell.load_relaxed();
        if word.is_closed_untracked() {
            Ok(Ticket::closed(word))
        } else if word.is_closed_tracked() {
            Ok(match self.began() {
                None => Ticket::closed(word),
                began => Ticket::tracked(word.episode(), began),
            })
        } else if let Some(left) = word.open_until().and_then(|until| self.reject_until(until)) {
            Err(self.open_error(left))
        } else {
            self.admit_or_reject()
        }
    }

    /// What an open breaker has to say before its cooldown is over: as
    /// [`step::admit`] would have it.
    #[inline(never)]
    fn reject_until(&self, until: Tick) -> Option<Span> {
        let now = self.coarse_now();
        if now >= until {
            return None;
        }
        self.cell.cold().rejections.add_one();
        if self.has_listeners() {
            self.notify_rejection();
        }
        Some(until.left(now, self.cell.since()))
    }

    #[cold]
    fn admit_or_reject(&self) -> Result<Ticket, BreakerError> {
        loop {
            let limits = self.tuning.limits();
            let changed = self.cell.update(
                || self.clock().stamp(),
                |status| step::admit(status, limits, || self.coarse_now()),
            );
            let status = changed.after;
            // The probe has its lease before anybody else's code runs.
            let probe =
                (changed.result == Admission::Probe).then(|| self.start_probe(status.episode));
            self.notify(&changed, Reason::CooldownOver);
            if let Some(probe) = probe {
                return Ok(probe);
            }
            let error = match changed.result {
                Admission::Recorded => return Ok(self.admit_recorded(status)),
                Admission::Unrecorded => return Ok(Ticket::tracked(status.episode, None)),
                Admission::Probe => continue,
                Admission::Saturated if nesting::is_inside(self, status.episode) => {
                    return Ok(Ticket::UNRECORDED);
                }
                Admission::Saturated if self.write_off_probe(status.episode) => continue,
                Admission::Saturated => BreakerError::Saturated { name: self.name.clone() },
                Admission::Isolated => BreakerError::Isolated { name: self.name.clone() },
                Admission::Open { now, until } => {
                    self.open_error(until.left(now, self.cell.since()))
                }
            };
            self.cell.cold().rejections.add_one();
            self.notify_call(status, |state| EventKind::Rejected { state });
            return Err(error);
        }
    }

    fn admit_recorded(&self, status: Status) -> Ticket {
        if let Phase::Observing { .. } = status.phase {
            // Relaxed: no decision hangs on it.
            let cold = self.cell.cold();
            let until = Tick::from_bits(cold.observed_until.load(Ordering::Relaxed));
            if self.coarse_now() < until {
                cold.observed_rejections.fetch_add(1, Ordering::Relaxed);
            }
            return self.track(status.episode);
        }
        if status.tracked {
            return self.track(status.episode);
        }
        Ticket::closed(Word::pack(status))
    }

    #[inline]
    fn track(&self, episode: Episode) -> Ticket {
        Ticket::tracked(episode, self.began())
    }

    /// The time, if calls are timed.
    #[inline]
    fn began(&self) -> Option<Duration> {
        self.tuning.is_timed().then(|| self.clock().elapsed())
    }

    /// The word has admitted a probe. If the call is made from inside another
    /// probe, it gives the slot back and belongs to that one.
    fn start_probe(&self, episode: Episode) -> Ticket {
        if nesting::is_inside(self, episode) {
            self.free_slot(episode);
            return Ticket::UNRECORDED;
        }
        let is_over = || self.cell.status().episode != episode;
        let lease = self.cell.cold().leases.claim(episode, self.clock().stamp(), is_over);
        Ticket::probe(episode, lease, self.began())
    }

    /// Frees the slot of a probe that has been out for `probe_timeout`.
    fn write_off_probe(&self, episode: Episode) -> bool {
        let leases = &self.cell.cold().leases;
        let found = leases.write_off(episode, self.coarse_now(), self.tuning.probe_timeout());
        if found {
            self.free_slot(episode);
        }
        found
    }

    fn free_slot(&self, episode: Episode) {
        let input = Input::Settle { episode, outcome: Outcome::Ignored, trips: false };
        self.apply(input, None, Reason::ProbeFailed);
    }
}
