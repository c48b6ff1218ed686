//! The effect of a sight of the record on the entry and the breaker.

use std::time::Duration;

use breaker_core::link::{Opening, Token, Told};
use breaker_core::shared::LONGEST;

use super::entry::{Context, Entry};
use super::lease::Patience;
use super::order::{Seen, Way, Worth, worth};
use super::{Mode, Moment};
use crate::store::Sight;

/// The opening that a breaker was told of last.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToldOpen {
    /// The stamp and the due moment that the breaker was told.
    stamp: Token,
    due: Moment,
    /// If the store is silent when the record is due, the breaker waits until this random moment,
    /// so that the processes of a fleet do not probe in step.
    alone_from: Moment,
}

/// The longest part of `spread` that follows from the cooldown.
const LONGEST_SPREAD: Duration = Duration::from_secs(2);

impl Entry {
    /// Takes in a sight of the record.
    pub(super) fn see(&mut self, sight: &Sight, way: Way, cx: &mut Context<'_>) {
        match worth(self.record.as_ref(), sight, way) {
            Worth::Old => {}
            Worth::Unclear => {
                let is_known_open = self.record.as_ref().is_some_and(|known| known.open.is_some());
                *cx.wants_sync |= is_known_open || sight.open.is_some();
            }
            Worth::Same => {
                if let Some(known) = &mut self.record {
                    known.refine(sight, cx.now);
                }
                self.settle(cx);
            }
            Worth::New => {
                self.record = Some(Seen::new(sight, cx.now));
                self.lose_lease_to(sight.stamp, cx);
                self.settle(cx);
            }
        }
    }

    /// Notes that the store has no record, and had one.
    pub(super) fn vanished(&mut self, cx: &mut Context<'_>) {
        (self.record, self.bids.at) = (None, None);
        self.lose_lease(cx);
        self.bids.end();
        self.vote_again(cx);
    }

    /// Brings the breaker and the entry in line with the known record.
    pub(super) fn settle(&mut self, cx: &mut Context<'_>) {
        let Some(record) = &self.record else { return };
        match record.left(cx.now) {
            Some((open, left)) => {
                let (openings, began) = (open.openings, open.began);
                let (stamp, due) = (record.stamp, open.due);
                self.close_at = None;
                self.evidence_is_shared();
                self.suspicion = None;
                self.await_due(began, due, cx);
                let is_own_lease = self.lease.as_ref().is_some_and(|it| it.token == stamp);
                if is_own_lease || self.ignored == Some(began) || self.queue.is_settling(began) {
                    return;
                }
                if self.told.is_none_or(|told| told.stamp != stamp || told.due != due) {
                    self.told = Some(self.told_open(stamp, due, cx));
                    let own = false;
                    self.tell(Told::Open(Opening { left, openings, began, own }), cx);
                }
            }
            None => {
                let stamp = record.stamp;
                self.ignored = None;
                self.bids.end();
                (self.patience, self.failed_probes) = (Patience::default(), 0);
                self.evidence_is_over(stamp, cx);
                if self.told.is_some() && self.close_at.is_none() {
                    let tenth = (self.cooldown / 10).min(LONGEST_SPREAD);
                    let spread = cx.setup.spread.unwrap_or(tenth);
                    self.close_at = Some(cx.now + cx.random.below(spread));
                }
            }
        }
    }

    fn told_open(&self, stamp: Token, due: Moment, cx: &mut Context<'_>) -> ToldOpen {
        let cooldown = self.cooldown.min(LONGEST);
        let guard = cx.random.time(cooldown / 20, cooldown / 2);
        ToldOpen { stamp, due, alone_from: due + guard }
    }

    /// Returns what a new breaker is told.
    pub(super) fn first_word(&mut self, cx: &mut Context<'_>) -> Told {
        let Some(record) = &self.record else { return Told::Nothing };
        let Some((open, left)) = record.left(cx.now) else { return Told::Nothing };
        let (openings, began) = (open.openings, open.began);
        let (stamp, due) = (record.stamp, open.due);
        self.told = Some(self.told_open(stamp, due, cx));
        self.await_due(began, due, cx);
        Told::Open(Opening { left, openings, began, own: false })
    }

    /// Tells the breaker that the record is closed, once its part of the spread is over.
    pub(super) fn close_in_time(&mut self, cx: &mut Context<'_>) {
        if self.close_at.is_some_and(|at| at <= cx.now) {
            (self.close_at, self.told) = (None, None);
            self.tell(Told::Closed, cx);
        }
    }

    /// Returns for how long a breaker waits that was told open, if the store is silent or has lost
    /// the record.
    pub(super) fn guarded(&self, now: Moment) -> Option<Duration> {
        let left = self.told?.alone_from - now;
        Some(left).filter(|left| !left.is_zero())
    }

    /// Returns whether the record is known to have closed since the breaker was told open.
    pub(super) fn is_told_too_much(&self) -> bool {
        let is_closed = self.record.as_ref().is_some_and(|record| record.open.is_none());
        is_closed && self.told.is_some()
    }
}

/// Returns whether breakers are shared at this moment.
pub(super) fn is_shared(mode: &Mode) -> bool {
    *mode == Mode::Joined
}
