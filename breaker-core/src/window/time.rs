//! The last so much time, in buckets.
//!
//! There is a stripe for each lane (see [`crate::lane`]), which the thread that has it
//! writes to by loads and stores alone, and one that all others share. A stripe is
//! a ring of buckets, and each count in it one word: the number of the bucket it
//! was counted in, and the count. A count with an older number is as good as zero,
//! so nobody has to sweep, but for a stripe that nobody has used for a whole window.
//! The ring has a power of two of places, so that finding one takes no division; and
//! whether a call is still of the bucket that the stripe was last written to in, is
//! a multiplication.
//!
//! Buckets are numbered on a time line of the window's own, which is the
//! clock's plus a shift. Emptying the window makes the shift larger by more than
//! the whole window: every number in use is too old at once, and the first bucket
//! begins with the episode. Episode and shift are one word, the frame.

use crate::atomic::{AtomicU64, Ordering};
use crate::clock::{Clock, Span, Tick};
use crate::lane;
use crate::word::Episode;

use super::{Epoch, Record, Sums, Tag, move_on};

/// Frame: episode (20), shift in milliseconds (44).
const SHIFT_BITS: u32 = 64 - Tag::BITS;
const SHIFT_MASK: u64 = (1 << SHIFT_BITS) - 1;

/// Count: number of the bucket (32), calls (32).
const COUNT_BITS: u32 = 32;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// So many buckets ahead is not where time has come to.
const FAR: u64 = 1 << 16;

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
    /// By lane; the last one is shared.
    stripes: Box<[Stripe]>,
}

/// The number of the bucket in which the stripe was last written to, in full; then
/// the counts.
#[derive(Debug)]
struct Stripe(Box<[AtomicU64]>);

impl TimeWindow {
    pub(super) fn new(bucket: Span, buckets: u8, episode: Episode) -> Self {
        let words = 1 + usize::from(buckets).next_power_of_two() * KINDS + APART;
        let stripe = || Stripe((0..words).map(|_| AtomicU64::new(0)).collect());
        TimeWindow {
            bucket: bucket.bits(),
            buckets: buckets.into(),
            epoch: Epoch::new(episode),
            // The first bucket has the number one.
            frame: AtomicU64::new(Tag::of(episode).0 << SHIFT_BITS | bucket.bits()),
            stripes: (0..=lane::count()).map(|_| stripe()).collect(),
        }
    }

    /// Returns when that was.
    #[inline(never)]
    pub(super) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        clock: &Clock,
        record: Record,
    ) -> Option<Tick> {
        let now = clock.read();
        self.record_at(episode, since, now, record).then_some(now)
    }

    #[inline]
    fn record_at(
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
        let lane = lane::mine();
        let stripe = &self.stripes[lane.unwrap_or(self.stripes.len() - 1)];
        let moment = now.bits() + (frame & SHIFT_MASK);
        // Relaxed: see the module above.
        let latest = stripe.0[0].load(Ordering::Relaxed);
        let is_latest = moment.wrapping_sub(latest.wrapping_mul(self.bucket)) < self.bucket;
        let number = if is_latest { latest } else { self.turn(stripe, moment, lane.is_some()) };
        let counts = &stripe.0[self.place(number)];
        let add = |kind: usize| match lane {
            Some(_) => add_alone(&counts[kind], number),
            None => add(&counts[kind], number),
        };
        add(CALLS);
        if record.failed {
            add(FAILURES);
        }
        if record.slow {
            add(SLOW);
        }
        true
    }

    /// The first record of a bucket in a stripe; or one of a thread that the stripe's
    /// others have overtaken.
    #[cold]
    fn turn(&self, stripe: &Stripe, moment: u64, alone: bool) -> u64 {
        let number = moment / self.bucket;
        stripe.turn_to(number, self.buckets);
        if alone {
            // Failures may be so rare that their number comes round before the next.
            for count in &stripe.0[self.place(number)][FAILURES..] {
                if age(count.load(Ordering::Relaxed), number) >= self.buckets {
                    count.store(0, Ordering::Relaxed);
                }
            }
        }
        number
    }

    /// Where the counts of a bucket are.
    #[inline]
    fn place(&self, number: u64) -> core::ops::Range<usize> {
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of places")]
        let at = 1 + (number & (self.places() - 1)) as usize * KINDS;
        at..at + KINDS
    }

    /// In the ring.
    #[inline]
    fn places(&self) -> u64 {
        u64::from(self.buckets).next_power_of_two()
    }

    #[inline(never)]
    pub(super) fn sums(&self, of: Episode, now: Tick) -> Sums {
        // Relaxed: see the module above.
        let frame = self.frame.load(Ordering::Relaxed);
        if !self.epoch.is(of) || Tag::of(of) != Tag(frame >> SHIFT_BITS) {
            return Sums::default();
        }
        let number = self.latest(self.number(now, frame));
        let mut sums = [0; KINDS];
        for stripe in &self.stripes {
            let latest = stripe.0[0].load(Ordering::Relaxed);
            if latest == 0 || number.saturating_sub(latest) >= self.buckets.into() {
                continue;
            }
            #[allow(clippy::cast_possible_truncation, reason = "at most 256")]
            let places = self.places() as usize;
            for bucket in stripe.0[1..].chunks_exact(KINDS).take(places) {
                // Whatever is counted is counted as a call first.
                if age(bucket[CALLS].load(Ordering::Relaxed), number) >= self.buckets {
                    continue;
                }
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

    /// The bucket that time has come to by what the stripes know, for one who has looked
    /// at the clock in that of this `number`, and since recorded a call: else a record
    /// that was made before would be none, for having been made in a later bucket.
    fn latest(&self, number: u64) -> u64 {
        // Relaxed: whoever has recorded has noted the number before.
        let noted = self.stripes.iter().map(|stripe| stripe.0[0].load(Ordering::Relaxed));
        // One that is far ahead is left from before the numbers began again.
        noted.filter(|noted| noted.wrapping_sub(number) < FAR).fold(number, u64::max)
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

    /// From one on: zero says that a stripe was never written to.
    fn number(&self, now: Tick, frame: u64) -> u64 {
        (now.bits() + (frame & SHIFT_MASK)) / self.bucket
    }
}

impl Stripe {
    /// Notes that it is written to in this bucket. After a gap of a whole window
    /// the counts are swept: their numbers are short, and come round again.
    fn turn_to(&self, number: u64, buckets: u32) {
        // Relaxed: see the module above.
        if self.0[0].load(Ordering::Relaxed) < number {
            self.sweep(number, buckets);
        }
    }

    fn sweep(&self, number: u64, buckets: u32) {
        let latest = self.0[0].load(Ordering::Relaxed).min(number);
        // One that was never written to has nothing to sweep.
        if latest > 0 && number - latest >= buckets.into() {
            for count in &self.0[1..self.0.len() - APART] {
                // Acquire pairs with the release of the first count in a bucket
                // (`add`): who sees a fresh count sees that it need not sweep.
                let found = count.load(Ordering::Acquire);
                if self.0[0].load(Ordering::Relaxed) >= number {
                    return;
                }
                // A thread whose clock trails by a bucket may have counted there by now;
                // after half a round of the numbers, it looks so and is not.
                let is_fresh = age(found, number) < buckets;
                if is_fresh && number - latest < u64::from(u32::MAX / 2) {
                    continue;
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

/// Whether the count is of a bucket that is yet to come, as seen from this one. Not
/// far: what is far ahead is far behind, as the numbers come round.
fn is_ahead(count: u64, number: u64) -> bool {
    (1..FAR).contains(&0_u32.wrapping_sub(age(count, number)).into())
}

/// Counts one more in the bucket of that number, in a stripe that nobody else writes
/// to. (But for `clear`, after very many episodes: a count that meets it is of a
/// number that is far from any in use.)
#[inline]
fn add_alone(count: &AtomicU64, number: u64) {
    let fresh = number << COUNT_BITS;
    // Relaxed: see the module above.
    let found = count.load(Ordering::Relaxed);
    let new = if found >> COUNT_BITS == fresh >> COUNT_BITS {
        // It must not run over into the number.
        if found & COUNT_MASK == COUNT_MASK { found } else { found + 1 }
    } else if is_ahead(found, number) {
        // The thread was held up between the clock and here, and its next call
        // overtook it: a signal's handler, say.
        found
    } else {
        fresh + 1
    };
    count.store(new, Ordering::Relaxed);
}

/// The same in a stripe that is shared.
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

#[cfg(all(test, not(breaker_loom)))]
#[path = "time_tests.rs"]
mod tests;
