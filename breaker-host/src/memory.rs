//! A process's memory of one record, beside the state of its breaker.
//!
//! Two records are kept. The *known* one is the last that was read or written; its stamp decides if
//! the outcome of a call counts or is late. The *heard* one is the last that the breaker was told
//! of. They differ, since an answer or a report reads the record too, but tells the breaker only a
//! part of it:
//!
//! - A look that finds the record changed tells the breaker, and notes the record as heard. To be
//!   told twice is harmless.
//! - A change by this process notes the written record as heard, if the record that it found was
//!   heard: then nothing in it is new to the breaker. Otherwise the next look tells the breaker.
//! - A failure that opens the record may have been late for its breaker, so the next look tells it.
//! - The record may change between a look and the moment at which the breaker was told. If this
//!   process changes it meanwhile, the next look tells again.
//! - The lease of this process is no news. Telling the breaker before its probe has left would
//!   delay the probe.

use std::sync::{Arc, Weak};
use std::time::Duration;

use breaker_core::Breaker;
use breaker_core::shared::{Effect, Event, Record, Shape, Stamp};

use crate::act::{Act, Unsettled};
use crate::entry::{Failure, News, Turn};
use crate::files::OpenFile;
use crate::owed::Owed;
use crate::trouble::Trouble;

/// A process's memory of one record.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) breaker: Weak<Breaker>,
    pub(crate) file: Option<OpenFile>,
    /// The record that was last read or written.
    pub(crate) known: Option<Record>,
    /// The record that the breaker was last told of; `None` if the next look must tell it.
    heard: Option<Record>,
    /// The breaker is being told.
    is_telling: bool,
    /// The last open that this process began.
    own: Option<Stamp>,
    /// The last lease that this process was granted.
    lease: Option<Stamp>,
    /// The open that somebody has ended by hand in this process alone.
    left: Option<Stamp>,
    pub(crate) owed: Option<Owed>,
    /// The time at which a call of this process last failed.
    pub(crate) failed_ms: Option<u64>,
    pub(crate) unsettled: Option<Unsettled>,
    pub(crate) trouble: Option<Trouble>,
}

impl Memory {
    /// Notes the breaker. The next look tells it in any case, since the record may have changed by
    /// then.
    pub(crate) fn attach(&mut self, breaker: &Arc<Breaker>) {
        self.breaker = Arc::downgrade(breaker);
        self.heard = None;
    }

    /// Notes failures that could not be written.
    pub(crate) fn owe(&mut self, failures: u16, last_ms: u64) {
        let stamp = self.known.map(|record| record.stamp());
        self.owed = Some(Owed::add(self.owed, failures, stamp, last_ms));
        self.failed_ms = Some(last_ms);
    }

    /// Notes the record that a look has found. Returns the news for the breaker.
    pub(crate) fn note_look(&mut self, record: Record, now_ms: u64) -> Option<News> {
        let before = self.heard.replace(record);
        if before == Some(record) {
            return None;
        }
        let failures = |record: &Record| record.failures(record.at_ms, Duration::MAX);
        if failures(&record) <= before.as_ref().map_or(0, failures) {
            // A success of another process has broken the row that the owed failures belong to.
            self.owed = None;
        }
        let is_held = self.lease == Some(record.stamp());
        self.is_telling = !is_held && !self.has_left(&record);
        self.is_telling.then_some(News { before, record, now_ms })
    }

    /// Notes that the breaker was told.
    pub(crate) fn note_told(&mut self) {
        self.is_telling = false;
    }

    /// Notes that there is no record.
    pub(crate) fn note_nothing(&mut self) {
        (self.known, self.heard, self.unsettled) = (None, None, None);
    }

    /// Notes the record that a change by this process found, and the one that it left.
    pub(crate) fn note_change(
        &mut self,
        found: Option<Record>,
        after: Option<Record>,
        did: Option<(Act, Effect)>,
        now_ms: u64,
    ) {
        self.known = after;
        let is_late = matches!(did, Some((_, Effect::Tripped)));
        if self.is_telling {
            self.heard = None;
        } else if found.is_some() && found == self.heard && !is_late {
            self.heard = after;
        }
        let (Some((act, effect)), Some(after)) = (did, after) else { return };
        if act.opens(effect) {
            self.own = began(&after);
        }
        if effect == Effect::Granted {
            self.lease = Some(after.stamp());
        }
        if matches!(act, Act::Event(Event::Fail { .. })) {
            (self.owed, self.failed_ms) = (None, Some(now_ms));
        }
    }

    /// Returns true if this process has ended the open, for itself or for all.
    pub(crate) fn has_ended(&self, record: &Record) -> bool {
        self.has_left(record) || self.unsettled.is_some()
    }

    /// Notes that somebody has closed the breaker by hand. If the record is still open, that open
    /// no longer concerns this process.
    pub(crate) fn leave_open(&mut self) {
        self.left = self.known.as_ref().and_then(began);
    }

    pub(crate) fn has_left(&self, record: &Record) -> bool {
        self.left.is_some() && self.left == began(record)
    }

    /// Returns true if this process began the open.
    pub(crate) fn is_own(&self, record: &Record) -> bool {
        self.own.is_some() && self.own == began(record)
    }

    /// Returns whether this process has the lease, as far as it knows.
    pub(crate) fn has_lease(&self, now_ms: u64) -> bool {
        let runs = |record: &Record| {
            self.lease == Some(record.stamp())
                && record.remaining(now_ms).is_some_and(|left| !left.is_zero())
        };
        self.known.as_ref().is_some_and(runs)
    }

    /// Notes the result of the last access. Trouble of the folder concerns all records and is
    /// reported elsewhere. `TooManyNames` is the exception: it stays the trouble of this record
    /// until the folder has room.
    pub(crate) fn turn(&mut self, failure: Option<&Failure>) -> Option<Turn> {
        let no_room = Some(Trouble::TooManyNames);
        let to = match failure {
            Some(Failure::Folder(Trouble::TooManyNames)) => {
                self.trouble = no_room;
                return None;
            }
            Some(Failure::Folder(_)) => return None,
            None if self.trouble == no_room => {
                if self.known.is_some() {
                    self.trouble = None;
                }
                return None;
            }
            Some(Failure::Record(trouble)) => Some(*trouble),
            None => None,
        };
        let from = std::mem::replace(&mut self.trouble, to);
        (from != to).then_some(Turn { from, to })
    }
}

/// Returns the stamp at which the open began.
pub(crate) fn began(record: &Record) -> Option<Stamp> {
    match record.shape {
        Shape::Open { began, .. } => Some(Stamp { epoch: began, ..record.stamp() }),
        Shape::Closed { .. } => None,
    }
}
