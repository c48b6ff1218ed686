//! A set of [`StripedCounts`]: many threads raise them at once, and they are seldom read.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;
use crate::sync::shard;

/// A few counts, with one stripe for each [shard], and one for all threads without a shard. The
/// stripes are allocated when first needed. A count's number is its place in a stripe.
#[derive(Debug)]
pub(crate) struct StripedCounts {
    stripes: OnceBox<Box<[Stripe]>>,
    /// The numbers to add to the sums of the stripes: the counts from before there were stripes,
    /// minus the counts at the last reset. They wrap.
    beside: [AtomicU64; COUNTS],
}

/// The number of counts in a set. They fill a cache line.
pub(crate) const COUNTS: usize = 8;

/// A stripe is padded to two cache lines, since the prefetcher loads cache lines in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe([AtomicU64; COUNTS]);

/// The number of times that a count is raised without stripes, by one thread after the other.
const RARE: u64 = 64;

impl Stripe {
    /// Adds one in the stripe of this thread's shard.
    #[inline]
    fn add_one_alone(&self, number: usize) {
        let count = &self.0[number];
        // Relaxed: the count is read for its own sake; see `shard` for a change of thread.
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl StripedCounts {
    pub(crate) fn new() -> Self {
        StripedCounts {
            stripes: OnceBox::new(),
            beside: core::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Allocates the stripes, so that a rejected call need not.
    pub(crate) fn prepare(&self) {
        self.stripes();
    }

    #[inline]
    fn stripes(&self) -> &[Stripe] {
        let stripe = |_| Stripe(core::array::from_fn(|_| AtomicU64::new(0)));
        self.stripes.get_or_init(|| Box::new((0..=shard::count()).map(stripe).collect()))
    }

    #[inline]
    pub(crate) fn add_one(&self, number: usize) {
        let stripes = self.stripes();
        match shard::current() {
            Some(shard) => stripes[shard].add_one_alone(number),
            None => {
                // Relaxed: the count is read for its own sake.
                stripes[shard::count()].0[number].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Adds one to a count that most sets seldom raise. Stripes take memory for each shard, so they
    /// are allocated only after the count has been raised often.
    #[cold]
    #[inline(never)]
    pub(crate) fn add_one_rare(&self, number: usize) {
        if self.stripes.get().is_some() {
            return self.add_one(number);
        }
        // Relaxed: the count is read for its own sake.
        if self.beside[number].fetch_add(1, Ordering::Relaxed) >= RARE {
            self.prepare();
        }
    }

    /// Adds one and returns true, if the stripes are allocated and this thread has a shard. `shard`
    /// is its [number](shard::number), which belongs to no stripe if the thread has no shard.
    #[inline]
    pub(crate) fn add_one_of(&self, shard: usize, number: usize) -> bool {
        match self.stripes.get().and_then(|stripes| stripes.get(shard)) {
            Some(stripe) => {
                stripe.add_one_alone(number);
                true
            }
            None => false,
        }
    }

    pub(crate) fn get(&self, number: usize) -> u64 {
        // Relaxed: the count is read for its own sake.
        self.beside[number].load(Ordering::Relaxed).wrapping_add(self.sum(number))
    }

    fn sum(&self, number: usize) -> u64 {
        let stripes = self.stripes.get().map(|stripes| &**stripes).unwrap_or_default();
        // Relaxed: the count is read for its own sake.
        stripes.iter().map(|Stripe(counts)| counts[number].load(Ordering::Relaxed)).sum()
    }

    /// Counts from zero again. The stripes belong to their threads, and stay unchanged.
    pub(crate) fn reset(&self) {
        for (number, beside) in self.beside.iter().enumerate() {
            // Relaxed: the count is read for its own sake.
            beside.store(0_u64.wrapping_sub(self.sum(number)), Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::thread;

    use super::{COUNTS, RARE, StripedCounts};
    use crate::sync::shard;

    #[test]
    fn counts_are_exact_though_threads_come_and_go() {
        let counts = StripedCounts::new();
        for _ in 0..10 {
            thread::scope(|scope| {
                for thread in 0..16 {
                    let counts = &counts;
                    scope.spawn(move || (0..1_000).for_each(|_| counts.add_one(thread % COUNTS)));
                }
            });
        }
        assert!((0..COUNTS).all(|number| counts.get(number) == 20_000));
        counts.reset();
        assert!((0..COUNTS).all(|number| counts.get(number) == 0));
        counts.add_one(3);
        assert_eq!([2, 3, 4].map(|number| counts.get(number)), [0, 1, 0]);
    }

    #[test]
    fn rare_count_is_exact_before_and_after_it_has_stripes() {
        let counts = StripedCounts::new();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..2 * RARE).for_each(|_| counts.add_one_rare(1)));
            }
        });
        assert_eq!(counts.get(1), 16 * RARE);
        assert!(counts.stripes.get().is_some());
        counts.reset();
        counts.add_one_rare(1);
        assert_eq!(counts.get(1), 1);
    }

    #[test]
    fn few_rare_counts_need_no_stripes() {
        let counts = StripedCounts::new();
        (0..RARE).for_each(|_| counts.add_one_rare(1));
        assert!(counts.stripes.get().is_none());
        assert_eq!(counts.get(1), RARE);
    }

    #[test]
    fn call_in_a_shard_counts_once_there_is_a_stripe() {
        let counts = StripedCounts::new();
        let shard = shard::current().unwrap_or(usize::MAX);
        assert!(!counts.add_one_of(shard, 0), "no stripe has been allocated");
        counts.prepare();
        assert_eq!(counts.add_one_of(shard, 0), shard < shard::count());
        assert!(
            !counts.add_one_of(usize::MAX - 1, 0),
            "that is the number of a thread without a shard"
        );
        assert_eq!(counts.get(0), u64::from(shard < shard::count()));
    }
}
