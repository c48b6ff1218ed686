//! The link from breakers to their records.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Opening, Probe, Report, Tally, Terms, Token, Told};
use breaker_core::shared::{Effect, Event, Record, Shape, Stamp};
use breaker_core::{Breaker, EventKind, Reason, Sharing, State};

use crate::act::{Act, Found};
use crate::deadline::Deadline;
use crate::entry::{Change, forget_after};
use crate::host::Shared;
use crate::memory::began;

/// The link of a registry to its records.
struct HostLink(Arc<Shared>);

pub(crate) fn of(shared: &Arc<Shared>) -> Arc<dyn Link> {
    Arc::new(HostLink(Arc::clone(shared)))
}

impl HostLink {
    /// Changes a record that exists. If `makes`, makes a missing one.
    fn change(
        &self,
        id: &Id,
        makes: bool,
        deadline: Deadline,
        act: impl Fn(&Found) -> Option<Act>,
    ) -> Option<Change> {
        let entry = self.0.entry(id, deadline)?;
        let changed = entry.change(&self.0.files, deadline, makes, act);
        self.0.note(&entry, changed, deadline).ok()?
    }

    /// Applies one event to a record that exists.
    fn tell(&self, id: &Id, event: impl Fn(&Found) -> Event) -> Option<Change> {
        self.change(id, false, Deadline::new(), |found| Some(Act::Event(event(found))))
    }
}

impl Link for HostLink {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        let deadline = Deadline::new();
        let Some(entry) = self.0.enter(id, deadline) else { return Told::Nothing };
        let read = entry.attach(breaker, &self.0.files, deadline);
        let Ok(Some(news)) = self.0.note(&entry, read, deadline) else { return Told::Nothing };
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
        self.0.entry(id, Deadline::new()).is_some()
    }

    fn failed(&self, id: &Id, row: u16, terms: &Terms) -> Tally {
        let deadline = Deadline::new();
        let Some(entry) = self.0.entry(id, deadline) else { return Tally::Alone };
        let Terms { threshold, cooldown, opens_for, openings, .. } = *terms;
        let forget_after = forget_after(cooldown);
        let act = |found: &Found| {
            let failures = found.failures(row, forget_after);
            let seen = found.seen;
            let fail = Event::Fail {
                failures,
                seen,
                threshold,
                cooldown: opens_for,
                openings,
                forget_after,
            };
            Some(Act::Event(fail))
        };
        let changed = entry.change(&self.0.files, deadline, true, act);
        let change = match self.0.note(&entry, changed, deadline) {
            Ok(Some(change)) => change,
            Ok(None) => return Tally::Alone,
            Err(_) => {
                entry.owe(deadline);
                let peeked = entry.peek(&self.0.files);
                let opening = peeked.and_then(|(record, now_ms)| opening(&record, now_ms, false));
                return opening.map_or(Tally::Alone, Tally::Open);
            }
        };
        if change.is_left {
            return Tally::Alone;
        }
        match opening(&change.record, change.now_ms, change.is_own) {
            Some(opening) => Tally::Open(opening),
            None => Tally::Row(change.record.failures(change.now_ms, forget_after)),
        }
    }

    fn recovered(&self, id: &Id) {
        let deadline = Deadline::new();
        let Some(entry) = self.0.entry(id, deadline) else { return };
        entry.forget_owed(deadline);
        self.tell(id, |found| Event::Succeed { seen: found.seen });
    }

    fn due(&self, id: &Id, lease: Duration) -> Probe {
        let deadline = Deadline::new();
        let Some(entry) = self.0.entry(id, deadline) else { return Probe::Alone };
        let act = |_: &Found| Some(Act::Event(Event::Claim { lease }));
        let claimed = entry.change(&self.0.files, deadline, false, act);
        let Ok(Some(change)) = self.0.note(&entry, claimed, deadline) else {
            // If many processes claim at once, those that did not get the lock see who has the
            // lease.
            let peeked = entry.peek(&self.0.files);
            let left = peeked.and_then(|(record, now_ms)| record.remaining(now_ms));
            return left.filter(|left| !left.is_zero()).map_or(Probe::Alone, Probe::Wait);
        };
        if change.effect == Effect::Granted {
            return Probe::Go(token(change.record.stamp()));
        }
        match change.record.remaining(change.now_ms) {
            Some(left) => Probe::Wait(left),
            // The record may have stayed unchanged because the trip of this process could not be
            // written, or it may be a new record. Neither says that the breaker is closed.
            None if has_gone_on(change.seen, &change.record) => Probe::Closed,
            None => Probe::Alone,
        }
    }

    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        let token = stamp(token);
        let change = self.tell(id, |_| Event::Renew { token, lease });
        change.is_none_or(|change| change.record.stamp() == token)
    }

    fn back(&self, id: &Id, token: Token) {
        let token = stamp(token);
        self.tell(id, |_| Event::Back { token });
    }

    fn event(&self, id: &Id, report: &Report<'_>) {
        let deadline = Deadline::new();
        let Some(entry) = self.0.entry(id, deadline) else { return };
        // Any state but closed ends the row of failures, and so does every closing.
        entry.forget_owed(deadline);
        if to_write(report, false).is_some() {
            let act = |found: &Found| to_write(report, found.is_new);
            let makes = makes(report);
            let changed = entry.change(&self.0.files, deadline, makes, act);
            if self.0.note(&entry, changed, deadline).is_err() {
                if let Some(act) = to_write(report, false) {
                    entry.settle_later(act, deadline);
                }
            }
        }
        if is_closed_by_hand(report.event.kind) {
            entry.leave(deadline);
        }
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        let deadline = Deadline::new();
        let role = self.0.entry(id, deadline)?.role(deadline)?;
        self.0.files.is_open().then(|| Sharing::new("host", role))
    }
}

/// Returns the action that a report asks for, now.
fn to_write(report: &Report<'_>, is_new: bool) -> Option<Act> {
    // The record is due no later than the breaker: a caller who has waited as long as it was told
    // does not wait again.
    let cooldown = whole_ms(report.left());
    let trip = Event::Trip { cooldown, openings: report.openings };
    let trip = (!cooldown.is_zero()).then_some(Act::Event(trip));
    let token = report.token.map(stamp);
    match report.event.kind {
        _ if report.known => None,
        EventKind::Extended { .. } => trip,
        EventKind::Transition { from, to, reason } => match (to, reason) {
            // A breaker that is closed by hand is closed for all processes. The other controls are
            // local, and so is their end.
            (State::Closed, Reason::Reset) if is_shared(from) => Some(Act::Event(Event::Reset)),
            (State::Closed, Reason::Manual) if is_open(from) => Some(Act::Event(Event::Reset)),
            (_, Reason::Manual | Reason::Reset | Reason::Restored) => None,
            (State::Closed, _) => {
                Some(token.map_or(Act::RecoverIfDue, |token| Act::Event(Event::Recover { token })))
            }
            (State::Open, _) => match token {
                // A record that somebody has removed has no open to resume.
                Some(token) if !is_new => Some(Act::Event(Event::Relapse { token, cooldown })),
                _ => trip,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Returns true if a report makes a missing record: if the breaker opens.
fn makes(report: &Report<'_>) -> bool {
    match report.event.kind {
        EventKind::Extended { .. } => true,
        EventKind::Transition { to, .. } => to == State::Open,
        _ => false,
    }
}

fn whole_ms(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn is_closed_by_hand(kind: EventKind) -> bool {
    let EventKind::Transition { to, reason, .. } = kind else { return false };
    to == State::Closed && matches!(reason, Reason::Manual | Reason::Reset)
}

fn is_open(state: State) -> bool {
    matches!(state, State::Open | State::HalfOpen)
}

/// Returns true if other processes may know of this state.
fn is_shared(state: State) -> bool {
    is_open(state) || state == State::Closed
}

/// Returns true if the record is the one that was seen, in a later epoch.
fn has_gone_on(seen: Option<Stamp>, record: &Record) -> bool {
    seen.is_some_and(|seen| seen.generation == record.generation && seen.epoch < record.epoch)
}

/// Returns the opening of an open record, for the breaker; `None` if the record is closed.
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
