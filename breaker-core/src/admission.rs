//! Letting calls in, and taking in how they went.

use core::cell::OnceCell;
use core::time::Duration;

use crate::atomic::Ordering;
use crate::breaker::Breaker;
use crate::cell::Changed;
use crate::clock::{Span, Tick};
use crate::error::BreakerError;
use crate::event::{EventKind, Reason};
use crate::nesting;
use crate::outcome::{Outcome, Verdict};
use crate::permit::{Entry, Ticket};
use crate::record::Recorded;
use crate::snapshot::State;
use crate::step::{self, Admission, Effect, Event};
use crate::word::{Episode, Phase, Status, Word};

/// What a breaker says to a call on the spot.
pub enum Answer<'a> {
    /// It is closed; the word to compare with when the call ends.
    Closed(&'a Breaker, Word),
    /// It is open.
    Rejected(Rejection<'a>),
    /// It must look more closely.
    Later,
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
    pub(crate) fn answer(&self) -> Answer<'_> {
        let word = self.cell.glance();
        if self.may_go(word) {
            return Answer::Closed(self, word.without_failures());
        }
        match self.reject_if_open(word) {
            Some(left) => Answer::Rejected(Rejection { breaker: self, left }),
            None => Answer::Later,
        }
    }

    /// Lets a call in if the breaker is closed, and calls are not timed; the word to
    /// compare with when it ends.
    #[inline]
    pub(crate) fn admit_if_closed(&self) -> Option<Word> {
        let word = self.cell.glance();
        self.may_go(word).then(|| word.without_failures())
    }

    #[inline]
    fn may_go(&self, word: Word) -> bool {
        word.is_plainly_closed() || word.is_watchfully_closed() && !self.tuning.is_timed()
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
        let word = self.cell.glance();
        if word.is_plainly_closed() {
            Ok(Ticket::closed(word))
        } else if word.is_watchfully_closed() {
            Ok(match self.began() {
                None => Ticket::closed(word),
                began => Ticket::watched(word.episode(), began),
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
        let now = self.now();
        if now >= until {
            return None;
        }
        self.cell.ledger().rejections.add_one();
        if self.is_listened_to() {
            self.tell_of_rejection();
        }
        Some(until.left(now, self.cell.since()))
    }

    #[cold]
    fn tell_of_rejection(&self) {
        self.tell_of_call(self.cell.status(), |state| EventKind::Rejected { state });
    }

    #[cold]
    fn admit_or_reject(&self) -> Result<Ticket, BreakerError> {
        loop {
            let limits = self.tuning.limits();
            let changed = self.cell.update(
                || self.clock().stamp(),
                |status| step::admit(status, limits, self.clock()),
            );
            let status = changed.after;
            // The probe has its lease before anybody else's code runs.
            let probe =
                (changed.answer == Admission::Probe).then(|| self.let_out_probe(status.episode));
            self.tell(&changed, Reason::CooldownOver);
            if let Some(probe) = probe {
                return Ok(probe);
            }
            let error = match changed.answer {
                Admission::Recorded => return Ok(self.admit_recorded(status)),
                Admission::Unrecorded => return Ok(Ticket::watched(status.episode, None)),
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
            self.cell.ledger().rejections.add_one();
            self.tell_of_call(status, |state| EventKind::Rejected { state });
            return Err(error);
        }
    }

    fn admit_recorded(&self, status: Status) -> Ticket {
        if let Phase::Observing { .. } = status.phase {
            // Relaxed: no decision hangs on it.
            let ledger = self.cell.ledger();
            let until = Tick::from_bits(ledger.observed_until.load(Ordering::Relaxed));
            if self.now() < until {
                ledger.observed_rejections.fetch_add(1, Ordering::Relaxed);
            }
            return self.watch(status.episode);
        }
        if status.watchful {
            return self.watch(status.episode);
        }
        Ticket::closed(Word::pack(status))
    }

    #[inline]
    fn watch(&self, episode: Episode) -> Ticket {
        Ticket::watched(episode, self.began())
    }

    /// The time, if calls are timed.
    #[inline]
    fn began(&self) -> Option<Duration> {
        self.tuning.is_timed().then(|| self.clock().elapsed())
    }

    /// The word has admitted a probe. If the call is made from inside another
    /// probe, it gives the slot back and belongs to that one.
    fn let_out_probe(&self, episode: Episode) -> Ticket {
        if nesting::is_inside(self, episode) {
            self.free_slot(episode);
            return Ticket::UNRECORDED;
        }
        let is_over = || self.cell.status().episode != episode;
        let lease = self.cell.ledger().leases.claim(episode, self.clock().stamp(), is_over);
        Ticket::probe(episode, lease, self.began())
    }

    /// Frees the slot of a probe that has been out for `probe_timeout`.
    fn write_off_probe(&self, episode: Episode) -> bool {
        let leases = &self.cell.ledger().leases;
        let found = leases.write_off(episode, self.now(), self.tuning.probe_timeout());
        if found {
            self.free_slot(episode);
        }
        found
    }

    fn free_slot(&self, episode: Episode) {
        let event = Event::Settle { episode, outcome: Outcome::Ignored, trips: false };
        self.apply(event, None, Reason::ProbeFailed);
    }

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
                || failed && closed.is_closed() && self.count_failure(closed);
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

    /// Lets an event happen, and tells of the transition it makes.
    pub(crate) fn apply(&self, event: Event, asked: Option<Duration>, opening: Reason) -> Effect {
        let limits = self.tuning.limits();
        let cooldown = self.tuning.cooldown();
        // One moment for all: it opens now, for so long from now.
        let moment = OnceCell::new();
        let now = || *moment.get_or_init(|| self.clock().stamp());
        let until = |status: Status| {
            let reopenings = match status.phase {
                Phase::HalfOpen { .. } => self.cell.openings(status),
                _ => 0,
            };
            now().after(cooldown.length(&self.name, status.episode.next(), reopenings, asked))
        };
        let changed = self.cell.update(now, |status| step::step(status, event, limits, until));
        if changed.answer == Effect::WouldOpen {
            self.would_open(now(), cooldown.base);
        }
        self.tell(&changed, reason(event, &changed, opening));
        changed.answer
    }

    /// Remembers how long it would be open, unless it would be open already.
    fn would_open(&self, now: Tick, cooldown: Span) {
        let later = |until: u64| (now.bits() >= until).then(|| now.after(cooldown).bits());
        // Relaxed: no decision hangs on it.
        let _ = self.cell.ledger().observed_until.fetch_update(
            Ordering::Relaxed,
            Ordering::Relaxed,
            later,
        );
    }

    /// Something happened to a call. Told only if somebody listens.
    fn tell_of_call(&self, status: Status, kind: impl FnOnce(State) -> EventKind) {
        if self.is_listened_to() {
            let event = self.event(status, kind(State::from(status.phase)));
            self.cell.ledger().outbox.tell(&event, self.listeners_of_all());
        }
    }
}

fn reason(event: Event, changed: &Changed<Effect>, opening: Reason) -> Reason {
    match (event, changed.before.phase, changed.after.phase) {
        (Event::Reset, _, _) => Reason::Reset,
        (Event::Settle { .. }, Phase::HalfOpen { .. }, Phase::Closed { .. }) => {
            Reason::ProbesSucceeded
        }
        (Event::Settle { .. }, Phase::HalfOpen { .. }, _) => Reason::ProbeFailed,
        (Event::Settle { .. }, _, _) => opening,
        _ => Reason::Manual,
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
