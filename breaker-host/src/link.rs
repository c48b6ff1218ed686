//! How breakers reach their records.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Probe, Report, Tally, Terms, Token, Told};
use breaker_core::shared::{Effect, Event, Record, Shape, Stamp};
use breaker_core::{Breaker, EventKind, Reason, State};

use crate::entry::{Change, began, forget_after};
use crate::host::Shared;

/// The link of a registry to its records.
struct HostLink(Arc<Shared>);

pub(crate) fn of(shared: &Arc<Shared>) -> Arc<dyn Link> {
    Arc::new(HostLink(Arc::clone(shared)))
}

impl HostLink {
    fn forget_owed(&self, id: &Id) {
        if let Some(entry) = self.0.entry(id) {
            entry.pay(u16::MAX);
        }
    }

    /// Changes a record that is there, or is made if `makes`.
    fn change(
        &self,
        id: &Id,
        makes: bool,
        event: impl Fn(Option<Stamp>) -> Event,
    ) -> Option<Change> {
        let entry = self.0.enter(id)?;
        self.0.note(&entry, entry.change(&self.0.files, makes, event))
    }
}

impl Link for HostLink {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        let Some(entry) = self.0.enter(id) else { return Told::Nothing };
        let Some(news) = self.0.note(&entry, entry.attach(breaker, &self.0.files)) else {
            return Told::Nothing;
        };
        if let Some(opening) = opening(&news.record, news.now_ms, false) {
            return Told::Open(opening);
        }
        match news.record.failures(news.now_ms, forget_after(breaker.config().cooldown())) {
            0 => Told::Nothing,
            failures => Told::Failures(failures),
        }
    }

    fn detach(&self, breaker: &Breaker, id: &Id) {
        self.0.leave(breaker, id);
    }

    fn counts(&self, id: &Id) -> bool {
        self.0.entry(id).is_some()
    }

    fn failed(&self, id: &Id, _row: u16, terms: &Terms) -> Tally {
        let Some(entry) = self.0.enter(id) else { return Tally::Alone };
        let Terms { threshold, cooldown, opens_for, openings, .. } = *terms;
        let (owed, forget_after) = (entry.owed(), forget_after(cooldown));
        let event = |seen| Event::Fail {
            failures: owed.saturating_add(1),
            seen,
            threshold,
            cooldown: opens_for,
            openings,
            forget_after,
        };
        let Some(change) = self.0.note(&entry, entry.change(&self.0.files, true, event)) else {
            entry.owe();
            let peeked = entry.peek(&self.0.files);
            let opening = peeked.and_then(|(record, now_ms)| opening(&record, now_ms, false));
            return opening.map_or(Tally::Alone, Tally::Open);
        };
        entry.pay(owed);
        if change.is_left {
            return Tally::Alone;
        }
        match opening(&change.record, change.now_ms, change.is_own) {
            Some(opening) => Tally::Open(opening),
            None => Tally::Row(change.record.failures(change.now_ms, forget_after)),
        }
    }

    fn recovered(&self, id: &Id) {
        self.forget_owed(id);
        self.change(id, false, |seen| Event::Succeed { seen });
    }

    fn due(&self, id: &Id, lease: Duration) -> Probe {
        let Some(entry) = self.0.enter(id) else { return Probe::Alone };
        let event = |_| Event::Claim { lease };
        let Some(change) = self.0.note(&entry, entry.change(&self.0.files, false, event)) else {
            // Of a crowd that claims at once, those that wait for the lock in vain see who has it.
            let peeked = entry.peek(&self.0.files);
            let left = peeked.and_then(|(record, now_ms)| record.remaining(now_ms));
            return left.filter(|left| !left.is_zero()).map_or(Probe::Alone, Probe::Wait);
        };
        if change.effect == Effect::Granted {
            return Probe::Go(token(change.record.stamp()));
        }
        match change.record.remaining(change.now_ms) {
            Some(left) => Probe::Wait(left),
            // A record that nobody has changed since does not know of the trip of this process,
            // which could not be written; or this is not the record that was told of.
            None if has_gone_on(change.seen, &change.record) => Probe::Closed,
            None => Probe::Alone,
        }
    }

    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        let token = stamp(token);
        let change = self.change(id, false, |_| Event::Renew { token, lease });
        change.is_none_or(|change| change.record.stamp() == token)
    }

    fn back(&self, id: &Id, token: Token) {
        let token = stamp(token);
        self.change(id, false, |_| Event::Back { token });
    }

    fn event(&self, id: &Id, report: &Report<'_>) {
        // The row of failures is over in any state but closed, and by whatever closes.
        self.forget_owed(id);
        if let Some(event) = to_write(report) {
            let makes = matches!(event, Event::Trip { .. });
            // What is left of the cooldown is taken when the lock is had, so that the record is due
            // when the breaker is, however long the lock was waited for.
            self.change(id, makes, |_| to_write(report).unwrap_or(event));
        }
        if is_closed_by_hand(report.event.kind) {
            if let Some(entry) = self.0.entry(id) {
                entry.leave();
            }
        }
    }

    fn scope(&self, id: &Id) -> Option<&'static str> {
        let entry = self.0.entry(id)?;
        let is_shared = entry.trouble().is_none() && self.0.files.is_open();
        is_shared.then_some("host")
    }
}

/// Returns what a report does to the record.
fn to_write(report: &Report<'_>) -> Option<Event> {
    let cooldown = report.left();
    let trip = Event::Trip { cooldown, openings: report.openings };
    let token = report.token.map(stamp);
    match report.event.kind {
        _ if report.known => None,
        EventKind::Extended { .. } => Some(trip),
        EventKind::Transition { from, to, reason } => match (to, reason) {
            // Who closes a breaker by hand does so for all processes; the other controls are local.
            (State::Closed, Reason::Reset) => Some(Event::Reset),
            (State::Closed, Reason::Manual) if is_open(from) => Some(Event::Reset),
            (_, Reason::Manual | Reason::Reset | Reason::Restored) => None,
            (State::Closed, _) => token.map(|token| Event::Recover { token }),
            (State::Open, _) => {
                Some(token.map_or(trip, |token| Event::Relapse { token, cooldown }))
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_closed_by_hand(kind: EventKind) -> bool {
    let EventKind::Transition { to, reason, .. } = kind else { return false };
    to == State::Closed && matches!(reason, Reason::Manual | Reason::Reset)
}

fn is_open(state: State) -> bool {
    matches!(state, State::Open | State::HalfOpen)
}

/// Returns whether the record is the one that was seen, in a later epoch.
fn has_gone_on(seen: Option<Stamp>, record: &Record) -> bool {
    seen.is_some_and(|seen| seen.generation == record.generation && seen.epoch < record.epoch)
}

/// Returns what a breaker is told of a record that is open.
pub(crate) fn opening(record: &Record, now_ms: u64, own: bool) -> Option<Opening> {
    let Shape::Open { openings, .. } = record.shape else { return None };
    let left = record.remaining(now_ms)?;
    Some(Opening { left, openings: openings.max(1), began: token(began(record)?), own })
}

fn token(stamp: Stamp) -> Token {
    Token { generation: stamp.generation, epoch: stamp.epoch }
}

fn stamp(token: Token) -> Stamp {
    Stamp { generation: token.generation, epoch: token.epoch }
}
