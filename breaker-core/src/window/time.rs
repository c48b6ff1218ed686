//! A window of time: the calls of the last period, counted in buckets of equal length.
//!
//! The window has one stripe for each shard (see [`crate::sync::shard`]) that has recorded a call,
//! and one for all threads without a shard. A thread with a shard counts by a load and a store,
//! with no locked instruction. A multiplication tells whether a call belongs to the latest bucket
//! of its stripe.
//!
//! Buckets are numbered on the window's own time line: the clock's time plus a shift. A new episode
//! raises the shift by more than the whole window. Every bucket number in use is then too old, and
//! the first bucket begins with the episode. The tag of the epoch and the shift are one word, the
//! frame.
//!
//! Sums are taken as of the record's own timestamp, which saves a second clock reading. If
//! any stripe has a later bucket, the sums are taken as of that bucket: another thread may
//! have recorded there before this thread's look.
//!
//! # Changes
//! A thread that holds a lock (see [`Windows`](super::Windows)) may change the length and the
//! number of the buckets; records do not take the lock. The thread raises the latest epoch, then
//! the frame, then stores the lengths, and last of all the node's base of the new epochs.
//!
//! - A record has loaded the base with acquire, so it loads the lengths of its epoch, or later
//!   ones. It has read its clock before it loaded an old frame. The thread that changes the window
//!   reads the clock after its swap of the frame, and so later. By that reading the new numbers
//!   begin beyond every number that an old frame gives, with the old bucket length or the new. So
//!   such a record counts in a bucket that is too old for the new window.
//! - A look that has loaded later lengths finds a later epoch at its end, and shows nothing.

use crate::clock::{Span, Tick};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;
use crate::sync::shard;

use super::epoch::{Epoch, LatestEpoch, Tag, move_on};
use super::stripe::{self, Counters, HORIZON, KINDS, RING, Stripe};
use super::{CallRecord, Totals};

/// Frame: epoch (20), shift in milliseconds (44).
const SHIFT_BITS: u32 = 64 - Tag::BITS;
const SHIFT_MASK: u64 = (1 << SHIFT_BITS) - 1;

#[derive(Debug)]
pub(super) struct TimeWindow {
    /// The length of a bucket.
    bucket: AtomicU64,
    buckets: AtomicU64,
    latest: LatestEpoch,
    frame: AtomicU64,
    /// The number of rows in one stripe.
    length: usize,
    /// The length of a stripe's ring, less one.
    mask: u64,
    /// The stripes by shard. The first record makes each; the last one is shared.
    stripes: Box<[OnceBox<Box<[Counters]>>]>,
    pub(super) row: AtomicU64,
    pub(super) looks: Looks,
}

/// The number of looks and grants. It has a cache line of its own, since only those touch it.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Looks(pub(super) AtomicU64);

impl TimeWindow {
    /// Makes a window with room for this many buckets, or any number that needs a ring of equal
    /// length.
    pub(super) fn new(buckets: u8) -> Self {
        Self::with_shards(buckets, shard::count())
    }

    fn with_shards(buckets: u8, shards: usize) -> Self {
        let length = stripe::rows(buckets);
        TimeWindow {
            bucket: AtomicU64::new(1),
            buckets: AtomicU64::new(buckets.into()),
            latest: LatestEpoch::new(),
            frame: AtomicU64::new(0),
            length,
            mask: u64::from(buckets).next_power_of_two() - 1,
            stripes: (0..=shards).map(|_| OnceBox::new()).collect(),
            row: AtomicU64::new(0),
            looks: Looks(AtomicU64::new(0)),
        }
    }

    /// Starts anew, empty, in an epoch that no record has brought yet.
    pub(super) fn begin(&self, bucket: Span, buckets: u8, epoch: Epoch, now: impl Fn() -> Tick) {
        // Relaxed: only this function, under the lock, replaces the zero of a new window.
        let is_new = self.frame.load(Ordering::Relaxed) == 0;
        self.latest.raise(epoch);
        // No record has this frame's epoch yet, and records of an earlier epoch no longer change
        // the frame. Acquire and release order the clock's reading after the swap.
        let tag = Tag::of(epoch).0 << SHIFT_BITS;
        let old = self.frame.swap(tag, Ordering::AcqRel);
        let (now, bucket) = (now().bits(), bucket.bits());
        let old_moment = now + (old & SHIFT_MASK);
        let old_bucket = self.bucket.load(Ordering::Relaxed).min(bucket);
        // The first bucket of a new window has the number one.
        let skipped = if is_new { 0 } else { old_moment / old_bucket + u64::from(buckets) + 1 };
        let shift = (skipped + 1)
            .checked_mul(bucket)
            .map(|first| if is_new { first } else { first - now / bucket * bucket })
            .filter(|shift| *shift <= SHIFT_MASK)
            .unwrap_or_else(|| {
                self.clear();
                bucket
            });
        // Release pairs with the acquire of threads that load the lengths: see the module above.
        self.bucket.store(bucket, Ordering::Release);
        self.buckets.store(buckets.into(), Ordering::Release);
        self.frame.store(tag | shift, Ordering::Release);
    }

    /// Refuses calls of earlier epochs than `epoch`.
    pub(super) fn retire(&self, epoch: Epoch) {
        self.latest.raise(epoch);
    }

    /// Clears the counts, so that the numbers can start again.
    fn clear(&self) {
        // Relaxed: see the window's module.
        let words =
            self.stripes.iter().filter_map(OnceBox::get).flat_map(|rows| rows.iter().flatten());
        words.for_each(|word| word.store(0, Ordering::Relaxed));
    }

    /// Records a call and returns its timestamp, or `None` if the window has moved on.
    #[inline]
    pub(super) fn record(
        &self,
        epoch: Epoch,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
    ) -> Option<Tick> {
        let now = now();
        self.record_at(epoch, since, now, record).then_some(now)
    }

    #[inline]
    fn record_at(
        &self,
        epoch: Epoch,
        since: impl Fn() -> Tick,
        now: Tick,
        record: CallRecord,
    ) -> bool {
        let Some(frame) = self.frame_for(epoch, since) else { return false };
        let (shard, moment) = (shard::current(), moment(frame, now));
        if shard.and_then(|shard| self.record_fast(shard, moment, record)).is_none() {
            self.record_slow(shard, moment, record);
        }
        true
    }

    /// Returns the frame of `epoch`, and moves the window on to it if need be. Returns `None` if
    /// the window has moved on to a later epoch.
    #[inline]
    pub(super) fn frame_for(&self, epoch: Epoch, since: impl Fn() -> Tick) -> Option<u64> {
        // Relaxed: see the window's module.
        let frame = self.frame.load(Ordering::Relaxed);
        if self.latest.is(epoch) && tag_of(frame) == Tag::of(epoch) {
            return Some(frame);
        }
        self.move_on(epoch, since)
    }

    /// Records a call in the shard's stripe, if it belongs to the stripe's latest bucket. Returns
    /// the rows of the stripe.
    #[inline]
    pub(super) fn record_fast(
        &self,
        shard: usize,
        moment: u64,
        record: CallRecord,
    ) -> Option<&[Counters]> {
        let rows = self.rows(shard)?;
        let latest = stripe::latest(rows.first()?);
        let bucket = self.bucket();
        if moment.wrapping_sub(latest.wrapping_mul(bucket)) >= bucket {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of places")]
        let place = (latest & self.mask) as usize;
        stripe::record_fast(rows.get(RING + place)?, latest, record);
        Some(rows)
    }

    /// Records any call.
    #[cold]
    pub(super) fn record_slow(&self, shard: Option<usize>, moment: u64, record: CallRecord) {
        self.stripe(shard).record(moment / self.bucket(), record);
    }

    /// Returns the stripe of the shard, or the shared one.
    fn stripe(&self, shard: Option<usize>) -> Stripe<'_> {
        let last = self.stripes.len() - 1;
        // There are as many stripes as shards, and one more.
        let place = shard.filter(|shard| *shard < last);
        let make = || Box::new((0..self.length).map(|_| stripe::counters()).collect());
        let rows = self.stripes[place.unwrap_or(last)].get_or_init(make);
        Stripe { rows, buckets: self.buckets(), exclusive: place.is_some() }
    }

    /// Returns the rows of the shard's stripe, if it was made.
    #[inline]
    pub(super) fn rows(&self, shard: usize) -> Option<&[Counters]> {
        Some(self.stripes.get(shard)?.get()?)
    }

    /// Returns the rows of all stripes that were made.
    pub(super) fn stripes(&self) -> impl Iterator<Item = &[Counters]> {
        self.stripes.iter().filter_map(|rows| rows.get().map(|rows| &**rows))
    }

    /// Adds a failure to a call recorded at `recorded`. Returns `false` if the call has left the
    /// window.
    #[cold]
    pub(super) fn add_failure(&self, epoch: Epoch, recorded: Tick, now: Tick) -> bool {
        // Relaxed: see the window's module.
        let frame = self.frame.load(Ordering::Relaxed);
        let number = self.number(recorded, frame);
        let age = self.number(now, frame).saturating_sub(number);
        let is_here = self.latest.is(epoch) && tag_of(frame) == Tag::of(epoch);
        let is_in_window = is_here && age < self.buckets().into();
        if is_in_window {
            self.stripe(shard::current()).add_failure(number);
        }
        is_in_window
    }

    #[cold]
    fn move_on(&self, epoch: Epoch, since: impl Fn() -> Tick) -> Option<u64> {
        let start = |frame| Some(self.frame_of(epoch, since(), frame));
        move_on(&self.frame, &self.latest, epoch, tag_of, start)
    }

    pub(super) fn sums(&self, epoch: Epoch, now: Tick) -> Totals {
        self.sums_and_bucket(epoch, now).map(|(totals, _)| totals).unwrap_or_default()
    }

    /// Returns the totals, and the bucket as of which they hold. Returns `None` if the window does
    /// not hold `epoch`.
    pub(super) fn sums_and_bucket(&self, epoch: Epoch, now: Tick) -> Option<(Totals, u64)> {
        // Relaxed: see the window's module.
        let frame = self.frame.load(Ordering::Relaxed);
        if !self.latest.is(epoch) || tag_of(frame) != Tag::of(epoch) {
            return None;
        }
        let mut number = self.number(now, frame);
        loop {
            match self.sums_at(number) {
                // See the module above: the lengths may belong to a later epoch.
                Ok(_) if !self.latest.is(epoch) => return None,
                // A failure added to another stripe's call may be visible before that call.
                Ok([calls, failures, slow]) => {
                    let failures = failures.min(calls);
                    return Some((Totals { calls, failures, slow }, number));
                }
                Err(later) => number = later,
            }
        }
    }

    /// Adds up all stripes as of bucket `number`. If a stripe's latest bucket is later, returns
    /// that bucket as an error.
    #[inline]
    fn sums_at(&self, number: u64) -> Result<[u64; KINDS], u64> {
        let mut sums = [0; KINDS];
        let buckets = self.buckets();
        let shared = self.stripes.len() - 1;
        for (place, rows) in self.stripes.iter().enumerate() {
            let Some(rows) = rows.get() else { continue };
            let latest = stripe::latest(&rows[0]);
            if latest == 0 {
                // No thread has written to the stripe.
                continue;
            }
            // A number far ahead is left from before a reset of the numbers (`frame_of`).
            if latest > number && latest - number < HORIZON {
                return Err(latest);
            }
            let stripe = Stripe { rows, buckets, exclusive: place < shared };
            for (sum, part) in sums.iter_mut().zip(stripe.sums(number, latest)) {
                *sum += part;
            }
        }
        Ok(sums)
    }

    /// Returns the frame of a later episode, which began at `since`.
    fn frame_of(&self, epoch: Epoch, since: Tick, before: u64) -> u64 {
        let bucket = self.bucket();
        let past = since.bits() + (before & SHIFT_MASK);
        let beyond = past + (u64::from(self.buckets()) + 1) * bucket;
        let mut shift = beyond.next_multiple_of(bucket) - since.bits();
        if shift > SHIFT_MASK {
            // After very many episodes the shift overflows: the counts are cleared, and the
            // numbers start again.
            self.clear();
            // Shifts by one to two buckets, so that a bucket begins at `since`.
            let first = since.bits().next_multiple_of(bucket) + bucket;
            shift = first - since.bits();
        }
        Tag::of(epoch).0 << SHIFT_BITS | shift
    }

    /// Returns the number of the bucket at `now`, at least one: in a head, zero stands for a stripe
    /// without writes.
    fn number(&self, now: Tick, frame: u64) -> u64 {
        moment(frame, now) / self.bucket()
    }

    /// Returns the length of a bucket in milliseconds.
    #[inline]
    fn bucket(&self) -> u64 {
        // Acquire pairs with the release in `begin`: see the module above.
        self.bucket.load(Ordering::Acquire)
    }

    /// Returns the number of buckets.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "at most 60")]
    fn buckets(&self) -> u32 {
        // Acquire pairs with the release in `begin`: see the module above.
        self.buckets.load(Ordering::Acquire) as u32
    }
}

/// Returns the moment on the window's own time line.
#[inline]
pub(super) const fn moment(frame: u64, now: Tick) -> u64 {
    now.bits() + (frame & SHIFT_MASK)
}

/// Returns the tag of a frame.
const fn tag_of(frame: u64) -> Tag {
    Tag(frame >> SHIFT_BITS)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
