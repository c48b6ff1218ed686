//! Shards: each belongs to one thread at a time, and selects memory that only it writes to.
//!
//! A count that all threads raise costs each thread a locked instruction and the wait for a cache
//! line that another core holds. So a count that every call raises is split into stripes, one for
//! each shard. A thread with a shard raises its own stripe by a load and a store; a reader sums the
//! stripes.
//!
//! A thread is assigned a shard once, and hands it back when it ends. Both happen under one lock,
//! so the next thread with that shard sees all that the last one stored there, even relaxed: no
//! increment is lost when a shard changes hands. There are twice as many shards as cores, at most
//! 64. Further threads, and threads that are just ending, have no shard: they share one more
//! stripe, and raise it by a locked instruction.

use core::cell::Cell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::sync::atomic::per_thread;

/// The number of bits in the `u64` that lists the taken shards.
const MAX_SHARDS: usize = 64;

/// Returns the number of shards.
pub(crate) fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        if cfg!(breaker_loom) {
            return 2;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (2 * cores).min(MAX_SHARDS)
    })
}

/// The thread has not been assigned a shard yet.
const UNKNOWN: usize = usize::MAX;
/// No shard was left, or the thread is ending.
const NONE: usize = usize::MAX - 1;

per_thread! {
    static CURRENT: Cell<usize> = Cell::new(UNKNOWN);
}

std::thread_local! {
    /// Hands the shard back when the thread ends. `CURRENT` has no destructor, so reading it needs
    /// no check.
    static ASSIGNMENT: Assignment = Assignment::take();
}

/// Returns the number of this thread's shard, if it has one.
#[inline]
pub(crate) fn current() -> Option<usize> {
    let shard = CURRENT.with(Cell::get);
    if shard < MAX_SHARDS { Some(shard) } else { assign(shard) }
}

/// Returns the number of this thread's shard. If the thread has none, or has yet to ask, the number
/// is greater than any shard's.
#[inline]
pub(crate) fn number() -> usize {
    CURRENT.with(Cell::get)
}

/// Returns whether this thread has asked for a shard and has none.
#[inline]
pub(crate) fn has_none() -> bool {
    // A model's thread that is in no shard has not asked.
    number() == NONE || cfg!(breaker_loom) && number() == UNKNOWN
}

#[cold]
fn assign(shard: usize) -> Option<usize> {
    // A model's thread has a shard only if it was put into one.
    if shard == NONE || cfg!(breaker_loom) {
        return None;
    }
    let shard = ASSIGNMENT.try_with(|assignment| assignment.0).ok().flatten();
    set_current(shard.unwrap_or(NONE));
    shard
}

fn set_current(shard: usize) {
    CURRENT.with(|current| current.set(shard));
}

/// Puts this thread of a model into a shard, or into none. No other thread of the model may be in
/// the shard.
#[cfg(breaker_loom)]
pub fn in_shard(shard: Option<usize>) {
    set_current(shard.unwrap_or(NONE));
}

/// A thread's hold on its shard, until the thread ends.
struct Assignment(Option<usize>);

impl Assignment {
    fn take() -> Self {
        let mut taken = taken();
        let shard = Some(taken.trailing_ones() as usize).filter(|shard| *shard < count());
        *taken |= bit(shard);
        Assignment(shard)
    }
}

impl Drop for Assignment {
    fn drop(&mut self) {
        set_current(NONE);
        *taken() &= !bit(self.0);
    }
}

fn bit(shard: Option<usize>) -> u64 {
    shard.map_or(0, |shard| 1 << shard)
}

/// Locks the set of shards that threads hold, one bit each.
fn taken() -> MutexGuard<'static, u64> {
    static TAKEN: Mutex<u64> = Mutex::new(0);
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn shard_is_one_threads_at_a_time_and_handed_on() {
        for _ in 0..20 {
            let together = Barrier::new(count());
            let taken = thread::scope(|scope| {
                let ask = || {
                    let mine = current();
                    assert_eq!(super::current(), mine, "it stays");
                    together.wait();
                    mine
                };
                let threads: Vec<_> = (0..count()).map(|_| scope.spawn(ask)).collect();
                let shards = threads.into_iter().filter_map(|thread| thread.join().unwrap());
                shards.collect::<Vec<_>>()
            });
            let distinct: BTreeSet<_> = taken.iter().collect();
            assert_eq!(distinct.len(), taken.len(), "{taken:?}");
            assert!(taken.iter().all(|shard| *shard < count()), "{taken:?}");
        }
    }
}
