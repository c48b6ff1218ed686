//! Looks at a window of time, draws and grants credits, and counts rows of failures.
//! [`credit`](super::credit) explains them, and why no trip is missed.

use crate::clock::Tick;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::shard;

use super::credit::{Draw, Due, Row};
use super::epoch::Epoch;
use super::stripe::{self, CREDITS, Counters};
use super::time::{TimeWindow, moment};
use super::{CallRecord, Totals};

const FAILURE: CallRecord = CallRecord { failed: true, slow: false };

/// A look grants this part of the free failures, so that other shards can have some too. In models
/// it grants all.
const SHARE: u64 = if cfg!(breaker_loom) { 1 } else { 4 };

/// Returns the word of the shard whose stripe has these rows.
#[inline]
fn due(rows: &[Counters]) -> Option<&AtomicU64> {
    rows.get(CREDITS).map(|row| &row[0])
}

impl TimeWindow {
    /// Records a failure, and draws a credit if it can. Returns its timestamp, or `None` if the
    /// window has moved on. `in_word`: the breaker's word counts the failure, and no row does.
    #[inline]
    pub(super) fn fail(
        &self,
        epoch: Epoch,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        in_word: impl Fn() -> bool,
    ) -> Option<(Tick, Draw)> {
        let now = now();
        let frame = self.frame_for(epoch, since)?;
        let (shard, moment) = (shard::current(), moment(frame, now));
        // The failure is recorded before it draws.
        let drawn = match shard.and_then(|shard| self.record_fast(shard, moment, FAILURE)) {
            Some(rows) => self.draw(rows, episode, in_word),
            None => {
                self.record_slow(shard, moment, FAILURE);
                Draw::None
            }
        };
        Some((now, drawn))
    }

    /// Draws a credit of the shard whose stripe has these rows.
    #[inline]
    fn draw(&self, rows: &[Counters], episode: Episode, in_word: impl Fn() -> bool) -> Draw {
        let Some(due) = due(rows) else { return Draw::None };
        // Relaxed: the swap compares it.
        let found = Due(due.load(Ordering::Relaxed));
        if found.credits() == 0 {
            return Draw::None;
        }
        let (next, draw) = if in_word() {
            (Some(found.drawn()), Draw::Uncounted)
        } else {
            // Relaxed: a thread finds the end of the row by each success that came before.
            let row = Row(self.row.load(Ordering::Relaxed));
            let row = if row.is_running_in(episode) { Some(row) } else { self.begin_row(episode) };
            (row.map(|row| found.drawn_in(row)), Draw::Counted)
        };
        let Some(next) = next else { return Draw::None };
        // Release pairs with the acquire in `credits` and `revoke`: a thread that finds the credit
        // drawn finds the failure.
        let swap = due.compare_exchange(found.0, next.0, Ordering::Release, Ordering::Relaxed);
        if swap.is_ok() { draw } else { Draw::None }
    }

    /// Begins a row of failures. Returns `None` while a config is changing.
    #[cold]
    fn begin_row(&self, episode: Episode) -> Option<Row> {
        // Relaxed: the row decides only where failures are counted.
        let mut found = Row(self.row.load(Ordering::Relaxed));
        while !found.is_running_in(episode) {
            let next = found.next(episode)?;
            let swap =
                self.row.compare_exchange(found.0, next.0, Ordering::Relaxed, Ordering::Relaxed);
            match swap {
                Ok(_) => return Some(next),
                Err(newer) => found = Row(newer),
            }
        }
        Some(found)
    }

    /// Ends the row of failures, if one is running, for a recorded success. Returns true if a
    /// config is changing: the caller must wait for the end of the change.
    #[inline]
    pub(super) fn end_row(&self) -> bool {
        // Acquire pairs with the release in `end_change`: a success that finds the row moved finds
        // its failures in the breaker's word.
        let row = Row(self.row.load(Ordering::Acquire));
        row.is_running() && self.end_running(row)
    }

    #[inline(never)]
    fn end_running(&self, row: Row) -> bool {
        let mut found = row;
        while found.is_running() && found.number() == row.number() {
            // Relaxed: the end of a row publishes nothing else. Acquire: as in `end_row`.
            let (ended, failure) = (found.ended().0, Ordering::Acquire);
            match self.row.compare_exchange(found.0, ended, Ordering::Relaxed, failure) {
                Ok(_) => break,
                Err(newer) => found = Row(newer),
            }
        }
        found.is_changing()
    }

    /// Returns the failures of the running row that were counted when they drew, if the row belongs
    /// to `episode`. Returns `None` while a config is changing.
    pub(super) fn row_failures(&self, episode: Episode) -> Option<u64> {
        // Acquire pairs with the release in `end_change`: a reader that finds the failures gone
        // finds them in the breaker's word.
        let row = Row(self.row.load(Ordering::Acquire));
        if row.is_changing() {
            return None;
        }
        if !row.is_running_in(episode) {
            return Some(0);
        }
        // Relaxed: the counts are read for their own sake.
        let load = |due: &AtomicU64| Due(due.load(Ordering::Relaxed)).failures(row);
        let failures = self.stripes().filter_map(due).map(load).sum();
        // Relaxed: if the load is stale, so were the counts, and the breaker's word is read again.
        (self.row.load(Ordering::Relaxed) == row.0).then_some(failures)
    }

    /// Ends the row of failures, since the window starts anew in `episode`.
    pub(super) fn renew_row(&self, episode: Episode) {
        let renewed = |row| Some(Row(row).renewed(episode).0);
        // Relaxed: the base of the new epochs publishes it.
        let _ = self.row.fetch_update(Ordering::Relaxed, Ordering::Relaxed, renewed);
    }

    /// Marks the row as changing, so that no failure draws. The caller holds the lock of the
    /// breaker's windows, puts a new config in force, and then calls [`settle`](Self::settle).
    pub(super) fn begin_change(&self) -> Row {
        // Relaxed: the row is one word, and each shard's credits and counts are one word.
        Row(self.row.fetch_or(Row::CHANGING, Ordering::Relaxed))
    }

    /// Takes all credits back after a new config is in force. Returns the failures of `row`, if it
    /// was running in `episode`.
    pub(super) fn settle(&self, row: Row, episode: Episode) -> u64 {
        // Release: a later look finds the new config. Acquire: an earlier grant is taken back.
        self.looks.0.fetch_add(1, Ordering::AcqRel);
        let is_running = row.is_running_in(episode);
        let take = |due: &AtomicU64| {
            // Relaxed: a swap finds the newest word, and no look follows.
            let taken = Due(due.fetch_and(Due::REVOKED, Ordering::Relaxed));
            if is_running { taken.failures(row) } else { 0 }
        };
        self.stripes().filter_map(due).map(take).sum()
    }

    /// Ends a change: the failures of the row are in the breaker's word.
    pub(super) fn end_change(&self) {
        let moved = |row| Some(Row(row).moved().0);
        // Release pairs with the acquire in `end_row` and `row_failures`.
        let _ = self.row.fetch_update(Ordering::Release, Ordering::Relaxed, moved);
    }

    /// Looks whether the window trips, after a record at `now`. `spare` returns a number of
    /// failures that, added to some totals, do not trip, or `None` if the totals trip. Grants
    /// credits.
    #[inline(never)]
    pub(super) fn look(
        &self,
        epoch: Epoch,
        now: Tick,
        spare: &dyn Fn(Totals) -> Option<u64>,
    ) -> bool {
        // Acquire and release pair with other looks: of two, the later one sees all records made
        // before the earlier.
        let version = self.looks.0.fetch_add(1, Ordering::AcqRel) + 1;
        let mut left = self.credits();
        let Some((totals, mut bucket)) = self.sums_and_bucket(epoch, now) else { return false };
        let Some(mut free) = spare(totals) else { return true };
        if left > free {
            self.revoke();
            left = 0;
            let Some((totals, later)) = self.sums_and_bucket(epoch, now) else { return false };
            let Some(again) = spare(totals) else { return true };
            (free, bucket) = (again, later);
        }
        self.grant((free - left) / SHARE, bucket, version);
        false
    }

    /// Grants credits for `bucket` to the thread's shard, if that is the shard's latest bucket and
    /// no thread has looked since `version`.
    fn grant(&self, credits: u64, bucket: u64, version: u64) {
        let Some(shard) = shard::current() else { return };
        let Some(rows) = self.rows(shard) else { return };
        // Relaxed: the swap compares it.
        let (Some(due), Some(head)) = (due(rows), rows.first()) else { return };
        let found = Due(due.load(Ordering::Relaxed));
        if credits == 0 || found.credits() > 0 || stripe::latest(head) != bucket {
            return;
        }
        // Relaxed: the swap of `looks` publishes it. Only this thread adds to the word of this
        // shard, so the word still is as it was found.
        let granted = found.granted(credits, Row(self.row.load(Ordering::Relaxed)));
        if due.compare_exchange(found.0, granted.0, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        // Release pairs with the other changes of `looks`: see [`credit`](super::credit).
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        if self.looks.0.compare_exchange(version, version + 1, success, failure).is_err() {
            // Relaxed: no credit was drawn meanwhile, since only this thread draws them.
            due.fetch_and(Due::REVOKED, Ordering::Relaxed);
        }
    }

    /// Returns the credits of all shards.
    fn credits(&self) -> u64 {
        // Acquire pairs with the release in `draw`.
        let load = |due: &AtomicU64| Due(due.load(Ordering::Acquire)).credits();
        self.stripes().filter_map(due).map(load).sum()
    }

    /// Takes back the credits of all shards.
    fn revoke(&self) {
        let take = |due: &AtomicU64| {
            // Acquire pairs with the release in `draw`: if a credit was drawn before, the sums have
            // its failure. A failure that finds no credit any more looks.
            due.fetch_and(Due::REVOKED, Ordering::Acquire);
        };
        self.stripes().filter_map(due).for_each(take);
    }
}
