//! The calls of one shard, or of all threads that have none, by buckets.
//!
//! A stripe is a ring of buckets, and each count in it one word: the number of the
//! bucket it was counted in, and the count. A count with an older number is as good as
//! zero, so nobody has to sweep, but for a stripe that nobody has used for a whole
//! window. The ring has a power of two of places, so that finding one takes no division.
//!
//! Before the ring is the head: the bucket in which the stripe was last written to, and
//! the *past*, which is what the window holds at the time of that bucket without it. The
//! thread that has the shard sums it up as it comes to a new bucket, before it says that
//! it has; so that whoever looks at the stripe in that same bucket adds the one to the
//! other. The past too has the number of the bucket beside it: who finds another there
//! goes through the ring.
//!
//! A call is counted first and its failure second, with release; whoever looks reads the
//! failures first, with acquire, and so sees no failure without its call.

use crate::sync::atomic::{AtomicU64, Ordering};

use super::CallRecord;

/// Count: number of the bucket (32), calls (32).
const COUNT_BITS: u32 = 32;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// So many buckets ahead is not where time has come to.
pub(super) const HORIZON: u64 = 1 << 16;

/// The counts of a bucket.
const CALLS: usize = 0;
const FAILURES: usize = 1;
const SLOW: usize = 2;
pub(super) const KINDS: usize = 3;
/// In the head, beside the past: the number of the bucket, in full.
const LATEST: usize = 3;

/// The counts of a bucket, or the head.
pub(super) type Counters = [AtomicU64; KINDS + 1];

/// Two cache lines, in rows: neighbours in memory fetch in pairs.
const PADDING: usize = 4;

/// How many rows a stripe takes in memory.
pub(super) fn rows(buckets: u8) -> usize {
    1 + usize::from(buckets).next_power_of_two() + PADDING
}

pub(super) fn counters() -> Counters {
    core::array::from_fn(|_| AtomicU64::new(0))
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stripe<'a> {
    pub(super) rows: &'a [Counters],
    /// How many there are in the window.
    pub(super) buckets: u32,
    /// Whether but one thread writes to it.
    pub(super) exclusive: bool,
}

impl<'a> Stripe<'a> {
    /// The row of a bucket, wherever in the ring it is.
    #[inline]
    fn bucket(self, number: u64) -> &'a Counters {
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of places")]
        let place = (number & (self.ring().len() as u64 - 1)) as usize;
        &self.ring()[place]
    }

    #[inline]
    fn ring(self) -> &'a [Counters] {
        &self.rows[1..self.rows.len() - PADDING]
    }

    /// Records the first call of a bucket, or one that others have overtaken, or one of
    /// the threads that share a stripe.
    pub(super) fn record(self, number: u64, record: CallRecord) {
        let latest = latest(&self.rows[0]);
        if latest < number {
            self.advance_to(number, latest);
        }
        let counts = self.bucket(number);
        if !self.exclusive {
            return record_by(|count| add(count, number), counts, record);
        }
        // Failures may be so rare that their number comes round before the next.
        for count in &counts[FAILURES..KINDS] {
            let found = count.load(Ordering::Relaxed);
            if age(found, number) >= self.buckets && !is_ahead(found, number) {
                count.store(0, Ordering::Relaxed);
            }
        }
        record_fast(counts, number, record);
        if number < latest {
            self.cache_past(latest);
        }
    }

    /// Notes that it is written to in this bucket. After a gap of a whole window
    /// the counts are swept: their numbers are short, and come round again.
    fn advance_to(self, number: u64, latest: u64) {
        // One that was never written to has nothing to sweep.
        if latest > 0 && number - latest >= self.buckets.into() && !self.sweep(number, latest) {
            return;
        }
        if self.exclusive {
            self.cache_past(number);
        }
        // Release pairs with the acquire in `latest`. The counts of a shared stripe are
        // published by the first one, see `add`.
        self.rows[0][LATEST].fetch_max(number, Ordering::Release);
    }

    /// Whether nobody else has come to this bucket meanwhile.
    fn sweep(self, number: u64, latest: u64) -> bool {
        for count in self.ring().iter().flat_map(|row| &row[..KINDS]) {
            // Acquire pairs with the release of the first count in a bucket
            // (`add`): who sees a fresh count sees that it need not sweep.
            let found = count.load(Ordering::Acquire);
            if self.rows[0][LATEST].load(Ordering::Relaxed) >= number {
                return false;
            }
            // A thread whose clock trails by a bucket may have counted there by now;
            // after half a round of the numbers, it looks so and is not.
            let is_fresh = age(found, number) < self.buckets;
            if is_fresh && number - latest < u64::from(u32::MAX / 2) {
                continue;
            }
            // Failing means that another thread has swept it, and counts there.
            let _ = count.compare_exchange(found, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
        true
    }

    /// Totals up the past of a bucket.
    fn cache_past(self, number: u64) {
        let sums = self.scan(number, 1);
        for (past, sum) in self.rows[0].iter().zip(sums) {
            // One that has no room is that of another bucket.
            let of = if sum <= COUNT_MASK { number } else { number + 1 };
            // Relaxed: see the window's module; and `advance_to`.
            past.store(of << COUNT_BITS | sum & COUNT_MASK, Ordering::Relaxed);
        }
    }

    /// What the window holds of it at the time of that bucket, if this is the latest in
    /// which it was written to.
    #[inline]
    pub(super) fn sums(self, number: u64, latest: u64) -> [u64; KINDS] {
        if number.saturating_sub(latest) >= self.buckets.into() {
            return [0; KINDS];
        }
        let cached =
            if self.exclusive && latest == number { self.cached_sums(number) } else { None };
        cached.unwrap_or_else(|| self.scan(number, 0))
    }

    /// The same by the past and the bucket.
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

    /// The same by all buckets of the ring that are so old or older.
    fn scan(self, number: u64, youngest: u32) -> [u64; KINDS] {
        let mut sums = [0; KINDS];
        let counted = youngest..self.buckets;
        for bucket in self.ring() {
            // Whatever is counted is counted as a call first.
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

/// The bucket in which a stripe was last written to, by its head; zero if it never was.
#[inline]
pub(super) fn latest(head: &Counters) -> u64 {
    // Acquire pairs with the release in `advance_to`: the past is that of this bucket, or of
    // a later one.
    head[LATEST].load(Ordering::Acquire)
}

/// Records a call in the bucket of that number, of a stripe that nobody else writes to.
#[inline]
pub(super) fn record_fast(counts: &Counters, number: u64, record: CallRecord) {
    record_by(|count| add_exclusive(count, number), counts, record);
}

/// The call first: see the module above.
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

/// How many buckets ago the count was last added to, modulo 2^32.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "numbers of counts are that short")]
fn age(count: u64, number: u64) -> u32 {
    (number as u32).wrapping_sub((count >> COUNT_BITS) as u32)
}

/// Whether the count is of a bucket that is yet to come, as seen from this one. Not
/// far: what is far ahead is far behind, as the numbers come round.
fn is_ahead(count: u64, number: u64) -> bool {
    // An empty one is of no bucket.
    count & COUNT_MASK != 0 && (1..HORIZON).contains(&0_u32.wrapping_sub(age(count, number)).into())
}

/// Counts one more in the bucket of that number, in a stripe that nobody else writes
/// to. (But to clear it, after very many episodes: a count that meets that is of a
/// number that is far from any in use.)
#[inline]
fn add_exclusive(count: &AtomicU64, number: u64) {
    // Relaxed: see the window's module.
    let found = count.load(Ordering::Relaxed);
    // The same number, and it does not run over into it.
    if found ^ number << COUNT_BITS < COUNT_MASK {
        count.store(found + 1, Ordering::Release);
    } else {
        begin_exclusive(count, found, number);
    }
}

#[cold]
fn begin_exclusive(count: &AtomicU64, found: u64, number: u64) {
    // It is full; or the thread was held up between the clock and here, and its next
    // call overtook it: a signal's handler, say.
    if age(found, number) > 0 && !is_ahead(found, number) {
        count.store((number << COUNT_BITS) + 1, Ordering::Release);
    }
}

/// The same in a stripe that is shared.
fn add(count: &AtomicU64, number: u64) {
    let fresh = number << COUNT_BITS;
    // Relaxed: see the window's module.
    let mut found = count.load(Ordering::Relaxed);
    loop {
        if age(found, number) == 0 {
            // It must not run over into the number. Others may add at once,
            // but not a million of them.
            if found & COUNT_MASK < COUNT_MASK - 1_000_000 {
                // Adding leaves the number as it is, whatever it is by now.
                count.fetch_add(1, Ordering::Release);
            }
            return;
        }
        if is_ahead(found, number) {
            // Another thread is a window ahead: this record is too old for it.
            return;
        }
        // Release pairs with the acquire in `sweep`.
        match count.compare_exchange_weak(found, fresh + 1, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(newer) => found = newer,
        }
    }
}
