//! One place: its record, the breaker of this process, and the dealings between the two.

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

/// Everything known of one place.
pub(super) struct Entry {
    pub(super) place: Place,
    /// The breaker of this process. None is attached if the record is open, and only other
    /// processes have a breaker for it so far.
    pub(super) breaker: Weak<Breaker>,
    /// The breaker's cooldown, as its config has it.
    pub(super) cooldown: Duration,
    /// The time limit of a probe.
    pub(super) probe_timeout: Duration,
    pub(super) record: Option<Seen>,
    /// The opening that the breaker was told of, until it is told of the end.
    pub(super) told: Option<ToldOpen>,
    /// The opening that was ended by hand in this process.
    pub(super) ignored: Option<Token>,
    pub(super) evidence: Option<Evidence>,
    /// A vote of this process may count in the store.
    pub(super) may_vote: bool,
    pub(super) lease: Option<Lease>,
    /// The breaker's wait for the lease of a record that is due.
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
    /// The moment at which the brain's timers list this entry.
    pub(super) listed: Option<Moment>,
}

/// All that a decision about one entry needs beside the entry.
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

    /// Does everything whose moment has come.
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
