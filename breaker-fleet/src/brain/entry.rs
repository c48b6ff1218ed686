//! What is known of one place: its record, the breaker of this process, and what goes on between
//! the two.

use std::sync::{Arc, Weak};
use std::time::Duration;

use breaker_core::Breaker;
use breaker_core::link::{Token, Told};

use super::bids::Bids;
use super::evidence::Evidence;
use super::lease::{Lease, Patience};
use super::order::Seen;
use super::output::{Change, Outputs, Tell, Word};
use super::queue::Queue;
use super::random::Random;
use super::sights::ToldOpen;
use super::suspicion::Suspicion;
use super::{Mode, Moment, Setup};
use crate::store::Place;

/// What is known of one place.
pub(super) struct Entry {
    pub(super) place: Place,
    /// The breaker of this process. None is attached to the place of a record that is open, and that
    /// only others have a breaker for so far.
    pub(super) breaker: Weak<Breaker>,
    /// The breaker's cooldown, as its config has it.
    pub(super) cooldown: Duration,
    /// How long a probe may take.
    pub(super) probe_timeout: Duration,
    pub(super) record: Option<Seen>,
    /// The open that the breaker has been told of, as long as it has not been told of its end.
    pub(super) told: Option<ToldOpen>,
    /// The open that somebody has ended by hand in this process.
    pub(super) ignored: Option<Token>,
    pub(super) evidence: Option<Evidence>,
    /// A vote of this process may count in the store.
    pub(super) may_vote: bool,
    pub(super) lease: Option<Lease>,
    /// What the breaker waits for, and has waited for, while its record is due.
    pub(super) patience: Patience,
    /// The number of acts in a row that the store has not answered, or refused.
    pub(super) unanswered: u8,
    pub(super) bids: Bids,
    /// The number of this process's probes that have failed since the record was closed.
    pub(super) failed_probes: u16,
    /// When the breaker is to be told that the record is closed.
    pub(super) close_at: Option<Moment>,
    pub(super) suspicion: Option<Suspicion>,
    pub(super) queue: Queue,
    /// The moment by which the brain's list of timers has this entry.
    pub(super) listed: Option<Moment>,
}

/// What a decision about one entry goes by, beside the entry.
pub(super) struct Context<'a> {
    pub(super) now: Moment,
    pub(super) setup: &'a Setup,
    pub(super) mode: &'a Mode,
    /// The number of domains that open a record, to be shown.
    pub(super) quorum: u16,
    pub(super) random: &'a mut Random,
    pub(super) out: &'a mut Outputs,
    /// Something does not add up: a sync is wanted before its time.
    pub(super) wants_sync: &'a mut bool,
}

impl Entry {
    pub(super) fn new(place: &Place) -> Self {
        Self {
            place: Arc::clone(place),
            breaker: Weak::new(),
            cooldown: Duration::ZERO,
            probe_timeout: Duration::ZERO,
            record: None,
            told: None,
            ignored: None,
            evidence: None,
            may_vote: false,
            lease: None,
            patience: Patience::default(),
            unanswered: 0,
            bids: Bids::default(),
            failed_probes: 0,
            close_at: None,
            suspicion: None,
            queue: Queue::default(),
            listed: None,
        }
    }

    pub(super) fn has_breaker(&self) -> bool {
        self.breaker.strong_count() > 0
    }

    /// Returns whether nothing would be lost with the entry.
    pub(super) fn is_idle(&self) -> bool {
        let is_open = self.record.as_ref().is_some_and(|record| record.open.is_some());
        !self.has_breaker() && !is_open && self.queue.is_empty()
    }

    /// Returns whether a sync is to name the place, so that a closed record is known to be closed.
    pub(super) fn asks_for_sight(&self) -> bool {
        let is_open = self.record.as_ref().is_some_and(|record| record.open.is_some());
        is_open || self.told.is_some() || self.evidence.is_some()
    }

    /// Returns when [`wake`](Self::wake) has something to do.
    pub(super) fn next_wake(&self) -> Option<Moment> {
        let suspicion = self.suspicion.as_ref().map(|suspicion| suspicion.ends);
        let lease = self.lease.as_ref().map(Lease::next_wake);
        [self.bids.next_wake(), self.close_at, suspicion, lease].into_iter().flatten().min()
    }

    /// Does what its moment has come for.
    pub(super) fn wake(&mut self, cx: &mut Context<'_>) {
        self.end_lease_in_time(cx);
        self.wake_bids(cx);
        self.close_in_time(cx);
        self.acquit_in_time(cx);
    }

    pub(super) fn tell(&self, told: Told, cx: &mut Context<'_>) {
        self.say(Word::Told(told), cx);
    }

    pub(super) fn say(&self, word: Word, cx: &mut Context<'_>) {
        if self.has_breaker() {
            let (place, breaker) = (Arc::clone(&self.place), Weak::clone(&self.breaker));
            cx.out.tells.push_back(Tell { place, breaker, word });
        }
    }

    pub(super) fn note(&self, change: impl FnOnce(Place) -> Change, cx: &mut Context<'_>) {
        cx.out.changes.push(change(Arc::clone(&self.place)));
    }
}
