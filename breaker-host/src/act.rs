//! The actions of a process on a record.

use std::time::Duration;

use breaker_core::shared::{Effect, Event, Record, Stamp, step};

use crate::memory::began;
use crate::owed::Owed;

/// One action of a process on a record, at once: nobody else comes between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// One event.
    Event(Event),
    /// Enough probes have succeeded that left without a lease, since the link had left the breaker
    /// alone. Closes the record if it is due: then nobody else probes.
    RecoverIfDue,
}

impl Act {
    /// Applies it at that moment, in milliseconds since 1970.
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

    /// Returns whether the act, with that effect, has begun an open.
    pub(crate) fn opens(self, effect: Effect) -> bool {
        match self {
            Self::Event(Event::Fail { .. }) => effect == Effect::Tripped,
            Self::Event(Event::Trip { .. } | Event::Relapse { .. }) => effect == Effect::Changed,
            _ => false,
        }
    }
}

/// The record that a change finds, once it is locked.
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
    /// Returns how many failures in a row a new one adds to the record: those that could not be
    /// written are among them. `row`: what the breaker counts with it, and the record, if a cleaner
    /// has removed it.
    pub(crate) fn failures(&self, row: u16, forget_after: Duration) -> u16 {
        let owed = self.owed.map_or(0, |owed| owed.count(&self.record, self.now_ms, forget_after));
        let failures = owed.saturating_add(1);
        let age_ms = self.failed_ms.map_or(0, |last_ms| self.now_ms.saturating_sub(last_ms));
        let is_remembered = u128::from(age_ms) <= forget_after.as_millis();
        if self.is_new && is_remembered { failures.max(row) } else { failures }
    }
}

/// The end of a half-open, or a closing by hand, that could not be written. It is made good when the
/// record is next read or changed, in the open that it was meant for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsettled {
    act: Act,
    began: Option<Stamp>,
    since_ms: u64,
}

impl Unsettled {
    /// `known`: the record as it was known then. A trip is none: it concerns this process alone if
    /// it cannot be written.
    pub(crate) fn new(act: Act, known: Option<&Record>, now_ms: u64) -> Option<Self> {
        let is_end = match act {
            Act::RecoverIfDue => true,
            Act::Event(event) => {
                matches!(event, Event::Recover { .. } | Event::Relapse { .. } | Event::Reset)
            }
        };
        is_end.then(|| Self { act, began: known.and_then(began), since_ms: now_ms })
    }

    /// Applies it at that moment, in milliseconds since 1970.
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
