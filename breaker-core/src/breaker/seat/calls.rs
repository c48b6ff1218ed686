//! Counts the calls that are under way through each seat, without contention between threads.
//!
//! Each [shard] has two counts for a seat: the calls that have started on a
//! thread of the shard, and those that have ended on one. A call that starts on one thread and
//! ends on another counts in two shards. Calls are under way if more have started than ended.
//!
//! A thread that asks sums up first all calls that have ended, and then all that have started. Each
//! call in the first sum is also in the second. So if the two are equal, no call was under way at
//! the moment between them. Orderings:
//!
//! - the end of a call is counted with release and summed up with acquire: a thread that finds the
//!   end finds the call's start, and all that the call has recorded
//! - a start is relaxed. Nothing orders it before the call's next steps, so a thread that asks at
//!   that very moment may miss it; see [the module above](super)

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;
use crate::sync::shard;

/// The number of seats that share one piece of memory for their counts.
pub(crate) const SEATS: usize = 64;

/// The counts of up to 64 seats. The first call in a shard makes the shard's part.
#[derive(Debug)]
pub(crate) struct Calls(Box<[OnceBox<Row>]>);

/// The counts of one shard.
#[derive(Debug)]
#[repr(align(128))]
struct Row([Count; SEATS]);

#[derive(Debug)]
struct Count {
    started: AtomicU64,
    ended: AtomicU64,
}

impl Calls {
    pub(crate) fn new() -> Self {
        Calls((0..=shard::count()).map(|_| OnceBox::new()).collect())
    }

    /// Counts the start of a call through the seat of that number.
    #[inline]
    pub(crate) fn start(&self, seat: usize) {
        self.add_one(seat, |count| &count.started, Ordering::Relaxed);
    }

    /// Counts the end of a call.
    #[inline]
    pub(crate) fn end(&self, seat: usize) {
        // Release: see the module's notes.
        self.add_one(seat, |count| &count.ended, Ordering::Release);
    }

    #[inline]
    fn add_one(&self, seat: usize, which: impl Fn(&Count) -> &AtomicU64, ordering: Ordering) {
        match shard::current() {
            Some(shard) => {
                let count = which(&self.row(shard).0[seat % SEATS]);
                // Relaxed load: only this thread writes here; see `shard` for a change of thread.
                count.store(count.load(Ordering::Relaxed) + 1, ordering);
            }
            None => {
                which(&self.row(shard::count()).0[seat % SEATS]).fetch_add(1, ordering);
            }
        }
    }

    #[inline]
    fn row(&self, shard: usize) -> &Row {
        self.0[shard].get_or_init(|| {
            let count = || AtomicU64::new(0);
            Box::new(Row(core::array::from_fn(|_| Count { started: count(), ended: count() })))
        })
    }

    /// Returns whether calls are under way through the seat of that number.
    pub(crate) fn any(&self, seat: usize) -> bool {
        let sum = |which: fn(&Count) -> &AtomicU64| {
            let counts = self.0.iter().filter_map(|row| Some(which(&row.get()?.0[seat % SEATS])));
            // Acquire: see the module's notes.
            counts.fold(0_u64, |sum, count| sum.wrapping_add(count.load(Ordering::Acquire)))
        };
        let ended = sum(|count| &count.ended);
        ended != sum(|count| &count.started)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn calls_are_under_way_until_as_many_have_ended_as_started() {
        let calls = Calls::new();
        assert!(!calls.any(3));
        calls.start(3);
        calls.start(3);
        assert!(calls.any(3) && !calls.any(4) && !calls.any(2));
        thread::scope(|scope| _ = scope.spawn(|| calls.end(3)));
        assert!(calls.any(3));
        calls.end(3);
        assert!(!calls.any(3));
    }

    #[test]
    fn more_threads_than_shards_count_together() {
        let calls = Calls::new();
        thread::scope(|scope| {
            for _ in 0..=shard::count() {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        calls.start(0);
                        assert!(calls.any(0));
                        calls.end(0);
                    }
                });
            }
        });
        assert!(!calls.any(0));
    }
}
