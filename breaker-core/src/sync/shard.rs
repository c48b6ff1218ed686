//! Lanes: memory that one thread at a time writes to.
//!
//! A count that all threads raise costs each of them a locked instruction, and
//! the wait for another's cache line. So counts that are raised on every call are
//! kept in as many parts as there are lanes, and a thread that has a lane raises
//! its own part by a load and a store. Reading sums the parts.
//!
//! A thread asks for a lane once, and hands it back when it ends. Both happen under
//! one lock, so whatever a thread stored in its lane, relaxed as it may be, is seen
//! by the next thread that has it: no increment is lost when a lane changes hands.
//! There are twice as many lanes as cores. Threads beyond that, and those that are
//! just ending, have none: they share a part, and raise it by a locked instruction.

use core::cell::Cell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// As many as a word has bits.
const LANES: usize = 64;

/// How many threads can have a lane at once.
pub(crate) fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        if cfg!(breaker_loom) {
            return 1;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (2 * cores).min(LANES)
    })
}

/// This thread has not asked yet.
const UNKNOWN: usize = usize::MAX;
/// There was none left, or the thread is ending.
const NONE: usize = usize::MAX - 1;

std::thread_local! {
    static MINE: Cell<usize> = const { Cell::new(UNKNOWN) };
    /// Beside the number, which can be read without asking whether it is still there.
    static LEASE: Lease = Lease::take();
}

/// The number of this thread's lane, if it has one.
#[inline]
pub(crate) fn mine() -> Option<usize> {
    let lane = MINE.get();
    if lane < LANES { Some(lane) } else { ask(lane) }
}

#[cold]
fn ask(lane: usize) -> Option<usize> {
    // A model's threads are one to the system.
    if lane == NONE || cfg!(breaker_loom) {
        return None;
    }
    let lane = LEASE.try_with(|lease| lease.0).ok().flatten();
    MINE.set(lane.unwrap_or(NONE));
    lane
}

/// A lane, until the thread ends.
struct Lease(Option<usize>);

impl Lease {
    fn take() -> Self {
        let mut taken = taken();
        let lane = Some(taken.trailing_ones() as usize).filter(|lane| *lane < count());
        *taken |= bit(lane);
        Lease(lane)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        MINE.set(NONE);
        *taken() &= !bit(self.0);
    }
}

fn bit(lane: Option<usize>) -> u64 {
    lane.map_or(0, |lane| 1 << lane)
}

/// The lanes that somebody has, a bit each.
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
    fn lane_is_one_threads_at_a_time_and_handed_on() {
        for _ in 0..20 {
            let together = Barrier::new(count());
            let taken = thread::scope(|scope| {
                let ask = || {
                    let mine = mine();
                    assert_eq!(super::mine(), mine, "it stays");
                    together.wait();
                    mine
                };
                let threads: Vec<_> = (0..count()).map(|_| scope.spawn(ask)).collect();
                let lanes = threads.into_iter().filter_map(|thread| thread.join().unwrap());
                lanes.collect::<Vec<_>>()
            });
            let distinct: BTreeSet<_> = taken.iter().collect();
            assert_eq!(distinct.len(), taken.len(), "{taken:?}");
            assert!(taken.iter().all(|lane| *lane < count()), "{taken:?}");
        }
    }
}
