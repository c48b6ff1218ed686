//! The actions of a process on a record.

use std::time::Duration;

use breaker_core::shared::{Effect, Event, Record, Stamp, step};

use crate::memory::began;
use crate::owed::Owed;

/// One atomic action of a process on a record: no other process acts in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// One event.
    Event(Event),
    /// Closes the record if it is due: then no other process probes. Enough probes have succeeded
    /// without a lease, since the link had left the breaker alone.
    RecoverIfDue,
}

impl Act {
    /// Applies the action at `now_ms`, in milliseconds since 1970.
    pub(crate) fn apply(self, record: Record, now_ms: u64) -> (Record, Effect) {
        match self {
            Self::Event(event) => step(record, event, now_ms),
            Self::RecoverIfDue => {
                let (claimed, effect) =
                    step(record, Event::Claim { lease: Duration::ZERO }, now_ms);
                if effect != Effect::Granted {
                    return (claimed, effect);
                }
                let token = claimed.stamp();
                (step(claimed, Event::Recover { token }, now_ms).0, Effect::Changed)
            }
        }
    }

    /// Returns true if the action, with this effect, has begun an open.
    pub(crate) fn opens(self, effect: Effect) -> bool {
        match self {
            Self::Event(Event::Fail { .. }) => effect == Effect::Tripped,
            Self::Event(Event::Trip { .. } | Event::Relapse { .. }) => effect == Effect::Changed,
            _ => false,
        }
    }
}

/// The record that a change finds once it holds the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) record: Record,
    /// There was no record.
    pub(crate) is_new: bool,
    /// The stamp that this process knew before.
    pub(crate) seen: Option<Stamp>,
    pub(crate) owed: Option<Owed>,
    pub(crate) failed_ms: Option<u64>,
    pub(crate) now_ms: u64,
}

impl Found {
    /// Returns the number of failures in a row that a new failure adds to the record, including
    /// failures that could not be written. If a cleaner has removed the record, `row`, which the
    /// breaker counts by itself, is used if it is higher.
    pub(crate) fn failures(&self, row: u16, forget_after: Duration) -> u16 {
        let owed = self.owed.map_or(0, |owed| owed.count(&self.record, self.now_ms, forget_after));
        let failures = owed.saturating_add(1);
        let age_ms = self.failed_ms.map_or(0, |last_ms| self.now_ms.saturating_sub(last_ms));
        let is_remembered = u128::from(age_ms) <= forget_after.as_millis();
        if self.is_new && is_remembered { failures.max(row) } else { failures }
    }
}

/// The end of a half-open, or a closing by hand, that could not be written. The next read or change
/// of the record applies it, if the record is still in the open that it was meant for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsettled {
    act: Act,
    began: Option<Stamp>,
    since_ms: u64,
}

impl Unsettled {
    /// `known` is the record as this process knew it. Returns `None` for a trip: one that cannot be
    /// written concerns this process alone.
    pub(crate) fn new(act: Act, known: Option<&Record>, now_ms: u64) -> Option<Self> {
        let is_end = match act {
            Act::RecoverIfDue => true,
            Act::Event(event) => {
                matches!(event, Event::Recover { .. } | Event::Relapse { .. } | Event::Reset)
            }
        };
        is_end.then(|| Self { act, began: known.and_then(began), since_ms: now_ms })
    }

    /// Applies the action at `now_ms`, in milliseconds since 1970.
    pub(crate) fn apply(self, record: Record, now_ms: u64) -> Record {
        if began(&record) != self.began {
            return record;
        }
        let act = match self.act {
            Act::Event(Event::Relapse { token, cooldown }) => {
                let late = Duration::from_millis(now_ms.saturating_sub(self.since_ms));
                Act::Event(Event::Relapse { token, cooldown: cooldown.saturating_sub(late) })
            }
            act => act,
        };
        act.apply(record, now_ms).0
    }
}
