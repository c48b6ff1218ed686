//! A stripe of a window of time: the calls of one shard, or of all threads without a shard.
//!
//! A stripe is a ring of buckets. Each count in a bucket is one word: the count, and the number of
//! the bucket in which it was counted. A count whose number is too old is read as zero. The numbers
//! are short and wrap, so a stripe without writes for a whole window is swept before its next
//! record. The ring's length is a power of two, so a bucket's place is found without a division.
//!
//! The head is before the ring. It has the number of the latest bucket written to, and the *past*:
//! the sums of the window's other buckets, as of the latest bucket. On its first record in a
//! bucket, the shard's thread sums up the past and then stores the bucket's number in the head. So
//! a reader in that bucket adds the bucket to the past. The past also has a bucket number beside
//! it; a reader that finds another number scans the ring.
//!
//! Between the head and the ring is a row with the shard's word of [credits](super::credit).
//!
//! A call is counted before its failure, both with release. A reader loads the failures
//! before the calls, both with acquire, and so sees no failure without its call.

use crate::sync::atomic::{AtomicU64, Ordering};

use super::CallRecord;
use super::credit::Due;

/// Count: lowest bits of the bucket's number (32), calls (32).
const COUNT_BITS: u32 = 32;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// A bucket number this far ahead is an old number that has wrapped, not a later bucket.
pub(super) const HORIZON: u64 = 1 << 16;

/// The places of a bucket's counts.
const CALLS: usize = 0;
const FAILURES: usize = 1;
const SLOW: usize = 2;
pub(super) const KINDS: usize = 3;
/// The place of the latest bucket's number, in full, in the head beside the past.
const LATEST: usize = 3;

/// The counts of a bucket, or the head.
pub(super) type Counters = [AtomicU64; KINDS + 1];

/// The row with the credits.
pub(super) const CREDITS: usize = 1;
/// The first row of the ring.
pub(super) const RING: usize = 2;

/// Two cache lines, in rows: the prefetcher loads cache lines in pairs.
const PADDING: usize = 4;

/// Returns the number of rows that a stripe takes in memory.
pub(super) fn rows(buckets: u8) -> usize {
    RING + usize::from(buckets).next_power_of_two() + PADDING
}

pub(super) fn counters() -> Counters {
    core::array::from_fn(|_| AtomicU64::new(0))
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stripe<'a> {
    pub(super) rows: &'a [Counters],
    /// The number of buckets in the window.
    pub(super) buckets: u32,
    /// `true` if only one thread writes to the stripe.
    pub(super) exclusive: bool,
}

impl<'a> Stripe<'a> {
    /// Returns the row of bucket `number`.
    #[inline]
    fn bucket(self, number: u64) -> &'a Counters {
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of places")]
        let place = (number & (self.ring().len() as u64 - 1)) as usize;
        &self.ring()[place]
    }

    #[inline]
    fn ring(self) -> &'a [Counters] {
        &self.rows[RING..self.rows.len() - PADDING]
    }

    /// Records on the slow path: the call is the first of its bucket, a later record has
    /// overtaken it, or the stripe is shared.
    pub(super) fn record(self, number: u64, record: CallRecord) {
        let latest = latest(&self.rows[0]);
        if latest < number {
            self.advance_to(number, latest);
        }
        let counts = self.bucket(number);
        if !self.exclusive {
            return record_by(|count| add(count, number), counts, record);
        }
        self.clear_wrapped(counts, number);
        record_fast(counts, number, record);
        if number < latest {
            self.cache_past(latest);
        }
    }

    /// Clears old failures: they may be so rare that the number wraps before the next one.
    fn clear_wrapped(self, counts: &Counters, number: u64) {
        for count in &counts[FAILURES..KINDS] {
            // Relaxed: no other thread stores to it.
            let found = count.load(Ordering::Relaxed);
            if age(found, number) >= self.buckets && !is_ahead(found, number) {
                count.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Adds a failure to a call that was counted in bucket `number`, in this stripe or another.
    pub(super) fn add_failure(self, number: u64) {
        let latest = latest(&self.rows[0]);
        if latest < number {
            self.advance_to(number, latest);
        }
        let counts = self.bucket(number);
        if !begin_empty(&counts[CALLS], number) {
            return;
        }
        if self.exclusive {
            self.clear_wrapped(counts, number);
            add_exclusive(&counts[FAILURES], number);
            if number < latest {
                self.cache_past(latest);
            }
        } else {
            add(&counts[FAILURES], number);
        }
    }

    /// Makes `number` the latest bucket. Sweeps the counts if the stripe had no writes for a whole
    /// window: their numbers may have wrapped.
    fn advance_to(self, number: u64, latest: u64) {
        // A stripe without any writes has nothing to sweep.
        if latest > 0 && number - latest >= self.buckets.into() && !self.sweep(number, latest) {
            return;
        }
        if self.exclusive {
            self.cache_past(number);
            // Relaxed: credits of another bucket mean nothing, and a look to which they matter
            // takes them back.
            self.rows[CREDITS][0].fetch_and(Due::REVOKED, Ordering::Relaxed);
        }
        // Release pairs with the acquire in `latest` and publishes the past. In a shared
        // stripe the first count of the bucket (`add`) publishes this number to `sweep`.
        self.rows[0][LATEST].fetch_max(number, Ordering::Release);
    }

    /// Clears old counts. Returns `false` if another thread has reached this bucket meanwhile.
    fn sweep(self, number: u64, latest: u64) -> bool {
        for count in self.ring().iter().flat_map(|row| &row[..KINDS]) {
            // Acquire pairs with the release of the first count in a bucket (`add`): a
            // thread that sees a fresh count sees the new latest bucket below.
            let found = count.load(Ordering::Acquire);
            if self.rows[0][LATEST].load(Ordering::Relaxed) >= number {
                return false;
            }
            // A thread whose clock trails by a bucket may just have counted here. After half a
            // round of the numbers, an old count may look as fresh.
            let is_fresh = age(found, number) < self.buckets;
            if is_fresh && number - latest < u64::from(u32::MAX / 2) {
                continue;
            }
            // If the swap fails, another thread has swept this count and adds to it. Relaxed: a
            // cleared count publishes nothing.
            let _ = count.compare_exchange(found, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
        true
    }

    /// Stores the past of bucket `number` in the head.
    fn cache_past(self, number: u64) {
        let sums = self.scan(number, 1);
        for (past, sum) in self.rows[0].iter().zip(sums) {
            // A sum that overflows is stored under another number, so that readers scan.
            let of = if sum <= COUNT_MASK { number } else { number + 1 };
            // Relaxed: see the window's module. `advance_to` publishes the past of a new bucket.
            past.store(of << COUNT_BITS | sum & COUNT_MASK, Ordering::Relaxed);
        }
    }

    /// Returns the stripe's part of the window's totals as of bucket `number`. `latest` is the
    /// stripe's latest bucket.
    #[inline]
    pub(super) fn sums(self, number: u64, latest: u64) -> [u64; KINDS] {
        if number.saturating_sub(latest) >= self.buckets.into() {
            return [0; KINDS];
        }
        let cached =
            if self.exclusive && latest == number { self.cached_sums(number) } else { None };
        cached.unwrap_or_else(|| self.scan(number, 0))
    }

    /// Adds up the past and bucket `number`. Returns `None` if the past belongs to another bucket.
    #[inline]
    fn cached_sums(self, number: u64) -> Option<[u64; KINDS]> {
        let (head, bucket) = (&self.rows[0], self.bucket(number));
        let mut sums = [0; KINDS];
        for kind in (0..KINDS).rev() {
            // Acquire: see the module above.
            let past = head[kind].load(Ordering::Acquire);
            if age(past, number) > 0 {
                return None;
            }
            let count = bucket[kind].load(Ordering::Acquire);
            let is_here = age(count, number) == 0;
            sums[kind] = (past & COUNT_MASK) + if is_here { count & COUNT_MASK } else { 0 };
        }
        Some(sums)
    }

    /// Adds up the window's buckets as of `number` that are at least `youngest` buckets old.
    fn scan(self, number: u64, youngest: u32) -> [u64; KINDS] {
        let mut sums = [0; KINDS];
        let counted = youngest..self.buckets;
        for bucket in self.ring() {
            // Every record is counted as a call first. Relaxed: see the window's module.
            if !counted.contains(&age(bucket[CALLS].load(Ordering::Relaxed), number)) {
                continue;
            }
            for (sum, count) in sums.iter_mut().zip(&bucket[..KINDS]).rev() {
                // Acquire: see the module above.
                let count = count.load(Ordering::Acquire);
                if counted.contains(&age(count, number)) {
                    *sum += count & COUNT_MASK;
                }
            }
        }
        sums
    }
}

/// Returns the latest bucket that was written to in a stripe, or zero if none was.
#[inline]
pub(super) fn latest(head: &Counters) -> u64 {
    // Acquire pairs with the release in `advance_to`: the past that is loaded next belongs to this
    // bucket or to a later one.
    head[LATEST].load(Ordering::Acquire)
}

/// Records a call in bucket `number` of a stripe that no other thread writes to.
#[inline]
pub(super) fn record_fast(counts: &Counters, number: u64, record: CallRecord) {
    record_by(|count| add_exclusive(count, number), counts, record);
}

/// Adds to the counts, the calls first: see the module above.
#[inline]
fn record_by(add: impl Fn(&AtomicU64), counts: &Counters, record: CallRecord) {
    add(&counts[CALLS]);
    if record.failed {
        add(&counts[FAILURES]);
    }
    if record.slow {
        add(&counts[SLOW]);
    }
}

/// Returns how many buckets before `number` the count was last added to, modulo 2^32.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a count stores 32 bits of the number")]
fn age(count: u64, number: u64) -> u32 {
    (number as u32).wrapping_sub((count >> COUNT_BITS) as u32)
}

/// Returns whether the count belongs to a bucket later than `number`, by less than [`HORIZON`]: a
/// number farther ahead is an old number that has wrapped.
fn is_ahead(count: u64, number: u64) -> bool {
    // An empty count belongs to no bucket.
    count & COUNT_MASK != 0 && (1..HORIZON).contains(&0_u32.wrapping_sub(age(count, number)).into())
}

/// Adds one to a count in bucket `number` of a stripe to which no other thread writes. The one
/// exception is the reset in `TimeWindow::frame_of`: a count that races with the reset has a number
/// far from any in use.
#[inline]
fn add_exclusive(count: &AtomicU64, number: u64) {
    // Relaxed: no other thread stores to it. The stores release: see the module above.
    let found = count.load(Ordering::Relaxed);
    // The numbers are equal, and the count does not overflow into the number.
    if found ^ number << COUNT_BITS < COUNT_MASK {
        count.store(found + 1, Ordering::Release);
    } else {
        begin_exclusive(count, found, number);
    }
}

#[cold]
fn begin_exclusive(count: &AtomicU64, found: u64, number: u64) {
    // Otherwise the count is full, or a later record of this thread has overtaken this one:
    // a call in a signal handler, after this call had read the clock.
    if age(found, number) > 0 && !is_ahead(found, number) {
        count.store((number << COUNT_BITS) + 1, Ordering::Release);
    }
}

/// Begins bucket `number` without a call, if the count belongs to an earlier one: readers skip a
/// bucket whose count of calls has another number. Returns `false` if the count belongs to a later
/// bucket.
fn begin_empty(count: &AtomicU64, number: u64) -> bool {
    // Relaxed: see the window's module.
    let mut found = count.load(Ordering::Relaxed);
    while age(found, number) > 0 {
        if is_ahead(found, number) {
            return false;
        }
        let empty = number << COUNT_BITS;
        // Release pairs with the acquire in `sweep` and `scan`.
        match count.compare_exchange_weak(found, empty, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(newer) => found = newer,
        }
    }
    true
}

/// Adds one to a count in bucket `number` of a shared stripe.
fn add(count: &AtomicU64, number: u64) {
    let fresh = number << COUNT_BITS;
    // Relaxed: see the window's module.
    let mut found = count.load(Ordering::Relaxed);
    loop {
        let next = if age(found, number) == 0 { found + 1 } else { fresh + 1 };
        // Another thread is a window ahead, so this record is too old; or the count is full, and
        // must not overflow into the number.
        if is_ahead(found, number) || next & COUNT_MASK == 0 {
            return;
        }
        // A swap, not an addition: the number may have just changed, and a call must not be counted
        // in a window whose failures do not have it. Release pairs with the acquire in `sweep` and
        // `scan`.
        match count.compare_exchange_weak(found, next, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(newer) => found = newer,
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
