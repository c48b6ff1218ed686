//! The last so much time, in buckets.
//!
//! Each thread records in a stripe of its own, as far as there are stripes, so
//! that threads do not wait for one another's cache lines. A stripe is a ring of
//! buckets, and each count in it one word: the number of the bucket it was
//! counted in, and the count. A count with an older number is as good as zero,
//! so nobody has to sweep, but for a stripe that nobody has used for a whole window.
//!
//! Buckets are numbered on a time line of the window's own, which is the
//! clock's plus a shift. Emptying the window makes the shift larger by more than
//! the whole window: every number in use is too old at once, and the first bucket
//! begins with the episode. Episode and shift are one word, the frame.

use core::cell::Cell;

use crate::atomic::{AtomicU64, Ordering};
use crate::clock::{Span, Tick};
use crate::word::Episode;

use super::{Epoch, Record, Sums, Tag, move_on};

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
    epoch: Epoch,
    frame: AtomicU64,
    stripes: Box<[Stripe]>,
}

/// The number of the bucket in which the stripe was last written to, in full; then
/// the counts.
#[derive(Debug)]
struct Stripe(Box<[AtomicU64]>);

impl TimeWindow {
    pub(super) fn new(bucket: Span, buckets: u8, episode: Episode) -> Self {
        let words = 1 + usize::from(buckets) * KINDS + APART;
        let stripe = || Stripe((0..words).map(|_| AtomicU64::new(0)).collect());
        TimeWindow {
            bucket: bucket.bits(),
            buckets: buckets.into(),
            epoch: Epoch::new(episode),
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
        let tag_of = |frame: u64| Tag(frame >> SHIFT_BITS);
        // Relaxed: see the module above.
        let mut frame = self.frame.load(Ordering::Relaxed);
        if !self.epoch.is(episode) || tag_of(frame) != Tag::of(episode) {
            let start = |frame| self.frame_of(episode, since(), frame);
            match move_on(&self.frame, &self.epoch, episode, tag_of, start) {
                Some(moved) => frame = moved,
                None => return false,
            }
        }
        let number = self.number(now, frame);
        let stripe = &self.stripes[stripe_of_this_thread() & (self.stripes.len() - 1)];
        stripe.turn_to(number, self.buckets);
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of buckets")]
        let at = 1 + (number % u64::from(self.buckets)) as usize * KINDS;
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
        if !self.epoch.is(of) || Tag::of(of) != Tag(frame >> SHIFT_BITS) {
            return Sums::default();
        }
        let number = self.number(now, frame);
        let mut sums = [0; KINDS];
        for stripe in &self.stripes {
            let latest = stripe.0[0].load(Ordering::Relaxed);
            if number.saturating_sub(latest) >= self.buckets.into() {
                continue;
            }
            for bucket in stripe.0[1..].chunks_exact(KINDS).take(self.buckets as usize) {
                for (sum, count) in sums.iter_mut().zip(bucket) {
                    let count = count.load(Ordering::Relaxed);
                    if age(count, number) < self.buckets {
                        *sum += count & COUNT_MASK;
                    }
                }
            }
        }
        Sums { calls: sums[CALLS], failures: sums[FAILURES], slow: sums[SLOW] }
    }

    /// The frame of a later episode, which began at `since`.
    fn frame_of(&self, episode: Episode, since: Tick, before: u64) -> u64 {
        let past = since.bits() + (before & SHIFT_MASK);
        let beyond = past + (u64::from(self.buckets) + 1) * self.bucket;
        let shift = beyond.next_multiple_of(self.bucket) - since.bits();
        if shift > SHIFT_MASK {
            // After very many episodes the numbers begin again, from nothing.
            self.stripes.iter().for_each(Stripe::clear);
        }
        Tag::of(episode).0 << SHIFT_BITS | shift & SHIFT_MASK
    }

    fn number(&self, now: Tick, frame: u64) -> u64 {
        (now.bits() + (frame & SHIFT_MASK)) / self.bucket
    }
}

impl Stripe {
    /// Notes that it is written to in this bucket. After a gap of a whole window
    /// the counts are swept: their numbers are short, and come round again.
    #[inline]
    fn turn_to(&self, number: u64, buckets: u32) {
        // Relaxed: see the module above.
        if self.0[0].load(Ordering::Relaxed) < number {
            self.sweep(number, buckets);
        }
    }

    #[cold]
    fn sweep(&self, number: u64, buckets: u32) {
        if number - self.0[0].load(Ordering::Relaxed).min(number) >= buckets.into() {
            for count in &self.0[1..=buckets as usize * KINDS] {
                // Acquire pairs with the release of the first count in a bucket
                // (`add`): who sees a fresh count sees that it need not sweep.
                let found = count.load(Ordering::Acquire);
                if self.0[0].load(Ordering::Relaxed) >= number {
                    return;
                }
                // Failing means that another thread has swept it, and counts there.
                let _ = count.compare_exchange(found, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
        // Relaxed: `add` publishes it with the first count.
        self.0[0].fetch_max(number, Ordering::Relaxed);
    }

    /// Forgets everything.
    fn clear(&self) {
        // Relaxed: see the module above.
        self.0.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

/// How many buckets ago the count was last added to, modulo 2^32.
#[allow(clippy::cast_possible_truncation, reason = "numbers of counts are that short")]
fn age(count: u64, number: u64) -> u32 {
    (number as u32).wrapping_sub((count >> COUNT_BITS) as u32)
}

/// Counts one more in the bucket of that number.
#[inline]
fn add(count: &AtomicU64, number: u64) {
    let fresh = number << COUNT_BITS;
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
        if age(found, number) > u32::MAX / 2 {
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
