//! A window of time: the calls of the last period, counted in buckets of equal length.
//!
//! The window has one stripe for each shard (see [`crate::sync::shard`]), and one for all
//! threads without a shard. A thread with a shard counts by a load and a store, with no
//! locked instruction. A multiplication tells whether a call belongs to the latest bucket of
//! its stripe.
//!
//! Buckets are numbered on the window's own time line: the clock's time plus a shift. A new
//! episode raises the shift by more than the whole window. Every bucket number in use is
//! then too old, and the first bucket begins with the episode. The tag of the episode and
//! the shift are one word, the frame.
//!
//! Sums are taken as of the record's own timestamp, which saves a second clock reading. If
//! any stripe has a later bucket, the sums are taken as of that bucket: another thread may
//! have recorded there before this thread's look.

use crate::clock::{Span, Tick};
use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::shard;

use super::stripe::{self, Counters, HORIZON, KINDS, Stripe};
use super::{CallRecord, LatestEpisode, Tag, Totals, move_on};

/// Frame: episode (20), shift in milliseconds (44).
const SHIFT_BITS: u32 = 64 - Tag::BITS;
const SHIFT_MASK: u64 = (1 << SHIFT_BITS) - 1;

#[derive(Debug)]
pub(super) struct TimeWindow {
    bucket: u64,
    buckets: u32,
    latest_episode: LatestEpisode,
    frame: AtomicU64,
    /// The rows of one stripe.
    length: usize,
    /// The length of a stripe's ring, less one.
    mask: u64,
    /// The rows of all stripes, by shard; the last stripe is shared.
    rows: Box<[Counters]>,
}

impl TimeWindow {
    pub(super) fn new(bucket: Span, buckets: u8, episode: Episode) -> Self {
        let length = stripe::rows(buckets);
        TimeWindow {
            bucket: bucket.bits(),
            buckets: buckets.into(),
            latest_episode: LatestEpisode::new(episode),
            // The first bucket has the number one.
            frame: AtomicU64::new(Tag::of(episode).0 << SHIFT_BITS | bucket.bits()),
            length,
            mask: u64::from(buckets).next_power_of_two() - 1,
            rows: (0..length * (shard::count() + 1)).map(|_| stripe::counters()).collect(),
        }
    }

    /// Records a call and returns its timestamp, or `None` if the window has moved on.
    #[inline]
    pub(super) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
    ) -> Option<Tick> {
        let now = now();
        self.record_at(episode, since, now, record).then_some(now)
    }

    #[inline]
    fn record_at(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: Tick,
        record: CallRecord,
    ) -> bool {
        // Relaxed: see the window's module.
        let mut frame = self.frame.load(Ordering::Relaxed);
        if !self.latest_episode.is(episode) || tag_of(frame) != Tag::of(episode) {
            match self.move_on(episode, since) {
                Some(moved) => frame = moved,
                None => return false,
            }
        }
        let moment = now.bits() + (frame & SHIFT_MASK);
        let shard = shard::current();
        if !shard.is_some_and(|shard| self.record_fast(shard, moment, record)) {
            self.record_slow(shard, moment, record);
        }
        true
    }

    /// Records a call in the shard's stripe, if it belongs to the stripe's latest bucket.
    #[inline]
    fn record_fast(&self, shard: usize, moment: u64, record: CallRecord) -> bool {
        let at = shard * self.length;
        let latest = stripe::latest(&self.rows[at]);
        let is_same = moment.wrapping_sub(latest.wrapping_mul(self.bucket)) < self.bucket;
        if is_same {
            #[allow(clippy::cast_possible_truncation, reason = "less than the number of places")]
            let place = (latest & self.mask) as usize;
            stripe::record_fast(&self.rows[at + 1 + place], latest, record);
        }
        is_same
    }

    #[cold]
    fn record_slow(&self, shard: Option<usize>, moment: u64, record: CallRecord) {
        self.stripe(shard).record(moment / self.bucket, record);
    }

    /// Returns the stripe of the shard, or the shared one.
    fn stripe(&self, shard: Option<usize>) -> Stripe<'_> {
        let last = self.rows.len() - self.length;
        let at = shard.map_or(last, |shard| shard * self.length);
        let rows = &self.rows[at..][..self.length];
        Stripe { rows, buckets: self.buckets, exclusive: shard.is_some() }
    }

    /// Adds a failure to a call that was recorded at `recorded`. Returns `false` if that is no
    /// longer in the window.
    #[cold]
    pub(super) fn add_failure(&self, episode: Episode, recorded: Tick, now: Tick) -> bool {
        // Relaxed: see the window's module.
        let frame = self.frame.load(Ordering::Relaxed);
        let number = self.number(recorded, frame);
        let age = self.number(now, frame).saturating_sub(number);
        let is_here = self.latest_episode.is(episode) && tag_of(frame) == Tag::of(episode);
        let is_in_window = is_here && age < self.buckets.into();
        if is_in_window {
            self.stripe(shard::current()).add_failure(number);
        }
        is_in_window
    }

    #[cold]
    fn move_on(&self, episode: Episode, since: impl Fn() -> Tick) -> Option<u64> {
        let start = |frame| self.frame_of(episode, since(), frame);
        move_on(&self.frame, &self.latest_episode, episode, tag_of, start)
    }

    pub(super) fn sums(&self, episode: Episode, now: Tick) -> Totals {
        // Relaxed: see the window's module.
        let frame = self.frame.load(Ordering::Relaxed);
        if !self.latest_episode.is(episode) || tag_of(frame) != Tag::of(episode) {
            return Totals::default();
        }
        let mut number = self.number(now, frame);
        loop {
            match self.sums_at(number) {
                Ok([calls, failures, slow]) => return Totals { calls, failures, slow },
                Err(later) => number = later,
            }
        }
    }

    /// Adds up all stripes as of bucket `number`. Returns a stripe's latest bucket as an
    /// error if that is later.
    #[inline]
    fn sums_at(&self, number: u64) -> Result<[u64; KINDS], u64> {
        let mut sums = [0; KINDS];
        let mut left = self.rows.len();
        for rows in self.rows.chunks(self.length) {
            left -= rows.len();
            let latest = stripe::latest(&rows[0]);
            if latest == 0 {
                // The stripe was never written to.
                continue;
            }
            // A number far ahead is left from before a reset of the numbers (`frame_of`).
            if latest > number && latest - number < HORIZON {
                return Err(latest);
            }
            let stripe = Stripe { rows, buckets: self.buckets, exclusive: left > 0 };
            for (sum, part) in sums.iter_mut().zip(stripe.sums(number, latest)) {
                *sum += part;
            }
        }
        Ok(sums)
    }

    /// Returns the frame of a later episode, which began at `since`.
    fn frame_of(&self, episode: Episode, since: Tick, before: u64) -> u64 {
        let past = since.bits() + (before & SHIFT_MASK);
        let beyond = past + (u64::from(self.buckets) + 1) * self.bucket;
        let mut shift = beyond.next_multiple_of(self.bucket) - since.bits();
        if shift > SHIFT_MASK {
            // After very many episodes the shift overflows: the counts are cleared, and the
            // numbers start again. Relaxed: see the window's module.
            self.rows.iter().flatten().for_each(|word| word.store(0, Ordering::Relaxed));
            // A shift of one to two buckets, by which a bucket begins at `since`.
            let first = since.bits().next_multiple_of(self.bucket) + self.bucket;
            shift = first - since.bits();
        }
        Tag::of(episode).0 << SHIFT_BITS | shift
    }

    /// Returns the number of the bucket at `now`, at least one: in a head, zero stands for a
    /// stripe that was never written to.
    fn number(&self, now: Tick, frame: u64) -> u64 {
        (now.bits() + (frame & SHIFT_MASK)) / self.bucket
    }
}

/// Returns the tag of a frame.
const fn tag_of(frame: u64) -> Tag {
    Tag(frame >> SHIFT_BITS)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
