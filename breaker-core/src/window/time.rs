//! The last so much time, in buckets.
//!
//! Each thread records in a stripe of its own, as far as there are stripes, so
//! that threads do not wait for one another's cache lines. A stripe is a ring of
//! buckets, and each count in it one word: the number of the bucket it was
//! counted in, and the count. A count with an older number is as good as zero,
//! so nobody has to sweep.
//!
//! Buckets are numbered on a time line of the window's own, which is the
//! clock's plus a shift. Emptying the window makes the shift larger by more than
//! the whole window: every number in use is too old at once, and the first bucket
//! begins with the episode. Episode and shift are one word, the frame.

use core::cell::Cell;

use crate::atomic::{AtomicU64, Ordering};
use crate::clock::{Span, Tick};
use crate::word::Episode;

use super::{Record, Sums, Tag};

/// Frame: episode (20), shift in milliseconds (44).
const SHIFT_BITS: u32 = 64 - Tag::BITS;
const SHIFT_MASK: u64 = (1 << SHIFT_BITS) - 1;

/// Count: number of the bucket (32), calls (32).
const COUNT_BITS: u32 = 32;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// The counts of a bucket.
const CALLS: usize = 0;
const FAILURES: usize = 1;
const SLOW: usize = 2;
const KINDS: usize = 3;

/// Two cache lines, in words: neighbours in memory fetch in pairs.
const APART: usize = 16;

#[derive(Debug)]
pub(super) struct TimeWindow {
    bucket: u64,
    buckets: u32,
    frame: AtomicU64,
    stripes: Box<[Stripe]>,
}

#[derive(Debug)]
struct Stripe(Box<[AtomicU64]>);

impl TimeWindow {
    pub(super) fn new(bucket: Span, buckets: u8, episode: Episode) -> Self {
        let words = usize::from(buckets) * KINDS + APART;
        let stripe = || Stripe((0..words).map(|_| AtomicU64::new(0)).collect());
        TimeWindow {
            bucket: bucket.bits(),
            buckets: buckets.into(),
            frame: AtomicU64::new(Tag::of(episode).0 << SHIFT_BITS),
            stripes: (0..stripe_count()).map(|_| stripe()).collect(),
        }
    }

    #[inline]
    pub(super) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: Tick,
        record: Record,
    ) -> bool {
        let tag = Tag::of(episode);
        // Relaxed: see the module above.
        let mut frame = self.frame.load(Ordering::Relaxed);
        if tag.is_after(Tag(frame >> SHIFT_BITS)) {
            frame = self.move_on(tag, since());
        }
        if Tag(frame >> SHIFT_BITS) != tag {
            return false;
        }
        let number = self.number(now, frame);
        let stripe = &self.stripes[stripe_of_this_thread() & (self.stripes.len() - 1)];
        let at = (number % self.buckets) as usize * KINDS;
        add(&stripe.0[at + CALLS], number);
        if record.failed {
            add(&stripe.0[at + FAILURES], number);
        }
        if record.slow {
            add(&stripe.0[at + SLOW], number);
        }
        true
    }

    pub(super) fn sums(&self, of: Episode, now: Tick) -> Sums {
        // Relaxed: see the module above.
        let frame = self.frame.load(Ordering::Relaxed);
        if Tag::of(of) != Tag(frame >> SHIFT_BITS) {
            return Sums::default();
        }
        let number = self.number(now, frame);
        let mut sums = [0; KINDS];
        for stripe in &self.stripes {
            for bucket in stripe.0.chunks_exact(KINDS).take(self.buckets as usize) {
                for (sum, count) in sums.iter_mut().zip(bucket) {
                    let count = count.load(Ordering::Relaxed);
                    #[allow(clippy::cast_possible_truncation, reason = "the upper half")]
                    let age = number.wrapping_sub((count >> COUNT_BITS) as u32);
                    if age < self.buckets {
                        *sum += count & COUNT_MASK;
                    }
                }
            }
        }
        Sums { calls: sums[CALLS], failures: sums[FAILURES], slow: sums[SLOW] }
    }

    /// Begins the window anew for a later episode, which began at `since`.
    /// Returns the frame as it is then.
    #[cold]
    fn move_on(&self, tag: Tag, since: Tick) -> u64 {
        // Relaxed: see the module above.
        let mut found = self.frame.load(Ordering::Relaxed);
        while tag.is_after(Tag(found >> SHIFT_BITS)) {
            let past = since.bits() + (found & SHIFT_MASK);
            let beyond = past + (u64::from(self.buckets) + 1) * self.bucket;
            let start = beyond.next_multiple_of(self.bucket);
            let new = tag.0 << SHIFT_BITS | (start - since.bits()) & SHIFT_MASK;
            match self.frame.compare_exchange(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return new,
                Err(newer) => found = newer,
            }
        }
        found
    }

    #[allow(clippy::cast_possible_truncation, reason = "numbers are compared modulo 2^32")]
    fn number(&self, now: Tick, frame: u64) -> u32 {
        ((now.bits() + (frame & SHIFT_MASK)) / self.bucket) as u32
    }
}

/// Counts one more in the bucket of that number.
#[inline]
fn add(count: &AtomicU64, number: u32) {
    let fresh = u64::from(number) << COUNT_BITS;
    // Relaxed: see the module above.
    let mut found = count.load(Ordering::Relaxed);
    loop {
        if found >> COUNT_BITS == fresh >> COUNT_BITS {
            // It must not run over into the number. Others may add at once,
            // but not a million of them.
            if found & COUNT_MASK < COUNT_MASK - 1_000_000 {
                // Adding leaves the number as it is, whatever it is by now.
                count.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        match count.compare_exchange_weak(found, fresh + 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(newer) => found = newer,
        }
    }
}

/// A power of two, with room for twice as many threads as run at once.
fn stripe_count() -> usize {
    if cfg!(breaker_loom) {
        return 2;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (2 * cores).next_power_of_two().min(64)
}

/// A number of this thread's own.
fn stripe_of_this_thread() -> usize {
    use std::sync::atomic::AtomicUsize;

    static NEXT: AtomicUsize = AtomicUsize::new(0);
    std::thread_local! {
        static MINE: Cell<Option<usize>> = const { Cell::new(None) };
    }
    MINE.try_with(|mine| {
        mine.get().unwrap_or_else(|| {
            // Relaxed: the number is all that is taken.
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            mine.set(Some(number));
            number
        })
    })
    .unwrap_or(0)
}

#[cfg(all(test, not(breaker_loom)))]
#[path = "time_tests.rs"]
mod tests;
