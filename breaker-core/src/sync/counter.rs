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
        // Relaxed: the count is read for its own sake; see `shard` for a change of thread.
        match shard::current() {
            Some(shard) => {
                let PaddedCount(count) = &stripes[shard];
                count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
            None => {
                stripes[shard::count()].0.fetch_add(1, Ordering::Relaxed);
            }
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
}
