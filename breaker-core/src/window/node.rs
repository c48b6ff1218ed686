//! A window of time, which holds one shape after another.

use super::credit::Draw;
use super::epoch::Epoch;
use super::time::TimeWindow;
use super::{CallRecord, Position, Totals};
use crate::clock::{Span, Tick};
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A window of time, one of a breaker's [`Windows`](super::Windows). It may hold one shape after
/// another.
#[derive(Debug)]
pub(crate) struct TimeNode {
    /// The epoch of episode zero, for the window's present shape.
    base: AtomicU64,
    pub(super) window: TimeWindow,
}

impl TimeNode {
    /// Makes a window with room for this many buckets. No call is recorded before it
    /// [begins](Self::begin).
    pub(super) fn new(buckets: u8) -> Self {
        TimeNode { base: AtomicU64::new(0), window: TimeWindow::new(buckets) }
    }

    /// Starts anew, empty, with a shape for which there is room. `base` is the epoch of episode
    /// zero. The caller holds the lock of the breaker's windows.
    pub(super) fn begin(
        &self,
        (bucket, buckets): (Span, u8),
        base: u64,
        episode: Episode,
        now: impl Fn() -> Tick,
    ) {
        self.window.begin(bucket, buckets, Epoch(base.wrapping_add(episode.0)), now);
        self.window.renew_row(episode);
        // Release pairs with the acquire in `epoch`: a record of the new epoch finds the window
        // begun.
        self.base.store(base, Ordering::Release);
    }

    /// Records no more calls until the window starts anew, with a later base than `base`. The
    /// caller holds the lock of the breaker's windows.
    pub(super) fn retire(&self, base: u64) {
        self.window.retire(Epoch(base));
    }

    /// Returns the epoch of an episode.
    #[inline]
    pub(super) fn epoch(&self, episode: Episode) -> Epoch {
        // Acquire pairs with the release in `begin`.
        Epoch(self.base.load(Ordering::Acquire).wrapping_add(episode.0))
    }

    /// Records a call of `episode`, which began at `since`. Returns `None` if the window has
    /// moved on to a later epoch.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
    ) -> Option<Position> {
        let epoch = self.epoch(episode);
        let at = self.window.record(epoch, since, now, record);
        at.map(|now| Position { epoch, at: now.bits(), counted: false })
    }

    /// Records a failure as [`record`](Self::record) does, and draws a credit if it can. `in_word`:
    /// the breaker's word counts the failure; otherwise the credit counts it.
    #[inline]
    pub(crate) fn fail(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        in_word: impl Fn() -> bool,
    ) -> Option<(Position, Draw)> {
        let epoch = self.epoch(episode);
        let (at, draw) = self.window.fail(epoch, episode, since, now, in_word)?;
        Some((Position { epoch, at: at.bits(), counted: false }, draw))
    }

    /// Returns the consecutive failures that credits have counted. Returns `None` while a config is
    /// changing.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> Option<u16> {
        let failures = self.window.row_failures(episode)?;
        Some(u16::try_from(failures).unwrap_or(u16::MAX))
    }

    /// Ends the consecutive failures for a recorded success. Returns true if a config is changing:
    /// the caller must wait for the end of the change.
    #[inline]
    pub(crate) fn end_row(&self) -> bool {
        self.window.end_row()
    }

    /// Looks whether the window trips, as seen by the call recorded at `position`. `spare` returns
    /// a number of failures that, added to some totals, do not trip, or `None` if the totals trip.
    pub(crate) fn look(&self, position: Position, spare: &dyn Fn(Totals) -> Option<u64>) -> bool {
        self.window.look(position.epoch, Tick::from_bits(position.at), spare)
    }

    /// Returns the totals, as seen by the call recorded at `position`.
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) fn sums(&self, position: Position) -> Totals {
        self.window.sums(position.epoch, Tick::from_bits(position.at))
    }
}
