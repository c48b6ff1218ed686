//! A [`StripedCounter`]: many threads raise it at once, and it is seldom read.

use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::sync::once::OnceBox;
use crate::sync::shard;

/// A counter with one stripe for each [shard], and one for all threads without a shard. The
/// stripes are allocated when first needed.
#[derive(Debug)]
pub(crate) struct StripedCounter {
    stripes: OnceBox<Box<[PaddedCount]>>,
    /// What the stripes summed up to when the counter was last reset.
    before: AtomicU64,
}

/// A count padded to two cache lines, as the prefetcher loads cache lines in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct PaddedCount(AtomicU64);

impl PaddedCount {
    /// Adds one in the stripe of this thread's shard.
    #[inline]
    fn add_one_alone(&self) {
        // Relaxed: the count is read for its own sake; see `shard` for a change of thread.
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl StripedCounter {
    const_unless_loom! {
        pub(crate) fn new() -> Self {
            StripedCounter { stripes: OnceBox::new(), before: AtomicU64::new(0) }
        }
    }

    /// Allocates the stripes, so that a rejected call need not.
    pub(crate) fn prepare(&self) {
        self.stripes();
    }

    #[inline]
    fn stripes(&self) -> &[PaddedCount] {
        let count = |_| PaddedCount(AtomicU64::new(0));
        self.stripes.get_or_init(|| Box::new((0..=shard::count()).map(count).collect()))
    }

    #[inline]
    pub(crate) fn add_one(&self) {
        let stripes = self.stripes();
        match shard::current() {
            Some(shard) => stripes[shard].add_one_alone(),
            None => {
                // Relaxed: as below.
                stripes[shard::count()].0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Adds one and returns true, if the stripes are allocated and this thread has a shard. `shard`
    /// is its [number](shard::number), which is that of no stripe if it has none.
    #[inline]
    pub(crate) fn add_one_of(&self, shard: usize) -> bool {
        match self.stripes.get().and_then(|stripes| stripes.get(shard)) {
            Some(stripe) => {
                stripe.add_one_alone();
                true
            }
            None => false,
        }
    }

    pub(crate) fn get(&self) -> u64 {
        // Relaxed: as above.
        self.sum() - self.before.load(Ordering::Relaxed)
    }

    fn sum(&self) -> u64 {
        let stripes = self.stripes.get().map(|stripes| &**stripes).unwrap_or_default();
        // Relaxed: as above.
        stripes.iter().map(|PaddedCount(count)| count.load(Ordering::Relaxed)).sum()
    }

    /// Counts from zero again. The stripes belong to their threads, and stay as they are.
    pub(crate) fn reset(&self) {
        // Relaxed: as above.
        self.before.store(self.sum(), Ordering::Relaxed);
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::thread;

    use super::StripedCounter;
    use crate::sync::shard;

    #[test]
    fn count_is_exact_though_threads_come_and_go() {
        let counter = StripedCounter::new();
        for _ in 0..10 {
            thread::scope(|scope| {
                for _ in 0..16 {
                    scope.spawn(|| (0..1_000).for_each(|_| counter.add_one()));
                }
            });
        }
        assert_eq!(counter.get(), 160_000);
        counter.reset();
        assert_eq!(counter.get(), 0);
        counter.add_one();
        assert_eq!(counter.get(), 1);
    }

    #[test]
    fn call_in_a_shard_counts_once_there_is_a_stripe() {
        let counter = StripedCounter::new();
        let shard = shard::current().unwrap_or(usize::MAX);
        assert!(!counter.add_one_of(shard), "no stripe has been allocated");
        counter.prepare();
        assert_eq!(counter.add_one_of(shard), shard < shard::count());
        assert!(
            !counter.add_one_of(usize::MAX - 1),
            "that is the number of a thread without a shard"
        );
        assert_eq!(counter.get(), u64::from(shard < shard::count()));
    }
}
