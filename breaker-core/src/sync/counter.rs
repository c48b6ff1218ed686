//! A count for people to read, raised often and by many threads at once.

#[cfg(not(breaker_loom))]
pub(crate) use striped::Tally;

#[cfg(breaker_loom)]
pub(crate) use plain::Tally;

#[cfg(not(breaker_loom))]
mod striped {
    use core::sync::atomic::{AtomicU64, Ordering};

    use once_cell::race::OnceBox;

    use crate::sync::shard;

    /// In parts, by [lanes](crate::sync::shard); made when they are first needed.
    #[derive(Debug)]
    pub(crate) struct Tally(OnceBox<Box<[Part]>>);

    /// Two cache lines: neighbours in memory fetch in pairs.
    #[derive(Debug, Default)]
    #[repr(align(128))]
    struct Part(AtomicU64);

    impl Tally {
        pub(crate) const fn new() -> Self {
            Tally(OnceBox::new())
        }

        /// Makes the parts, which are much to make for a call.
        pub(crate) fn prepare(&self) {
            self.parts();
        }

        #[inline]
        fn parts(&self) -> &[Part] {
            let make = || Box::new((0..=shard::count()).map(|_| Part::default()).collect());
            self.0.get_or_init(make)
        }

        #[inline]
        pub(crate) fn add_one(&self) {
            let parts = self.parts();
            // Relaxed: only the count is read.
            match shard::mine() {
                Some(lane) => {
                    let Part(part) = &parts[lane];
                    part.store(part.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                }
                None => {
                    parts[shard::count()].0.fetch_add(1, Ordering::Relaxed);
                }
            }
        }

        pub(crate) fn get(&self) -> u64 {
            let parts = self.0.get().map(|parts| &**parts).unwrap_or_default();
            // Relaxed: as above.
            parts.iter().map(|Part(part)| part.load(Ordering::Relaxed)).sum()
        }
    }
}

#[cfg(breaker_loom)]
mod plain {
    use crate::sync::atomic::{AtomicU64, Ordering};

    #[derive(Debug)]
    pub(crate) struct Tally(AtomicU64);

    impl Tally {
        pub(crate) fn new() -> Self {
            Tally(AtomicU64::new(0))
        }

        pub(crate) fn prepare(&self) {}

        pub(crate) fn add_one(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        pub(crate) fn get(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::thread;

    use super::Tally;

    #[test]
    fn count_is_exact_though_threads_come_and_go() {
        let tally = Tally::new();
        for _ in 0..10 {
            thread::scope(|scope| {
                for _ in 0..16 {
                    scope.spawn(|| (0..1_000).for_each(|_| tally.add_one()));
                }
            });
        }
        assert_eq!(tally.get(), 160_000);
    }
}
