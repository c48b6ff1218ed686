//! The seats of the process, and the list of the vacant ones.

use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::calls::{Calls, SEATS};
use super::text::Seeds;
use super::{Seat, SeatNumber};
use crate::breaker::{Breaker, Shared};
use crate::config::Config;
use crate::name::Name;

/// The number of chunks, the pieces of memory with seats: four of 64 seats, four of 128, and so on.
const CHUNKS: usize = 4 * (SeatNumber::BITS - FIRST.ilog2()) as usize;
/// The number of seats in the first four chunks.
const FIRST: usize = 4 * SEATS;

/// The number of seats that must be given up after a seat before it is taken again.
const RESTING: usize = 16;

/// The number of vacant seats that a new key looks at.
const CANDIDATES: usize = 16;

struct Chunk {
    calls: OnceLock<Box<[Calls]>>,
    seats: OnceLock<Box<[Seat]>>,
}

struct Vacant {
    /// The seat that was given up first comes first.
    queue: VecDeque<SeatNumber>,
    /// The number of seats that have been taken at least once.
    made: u32,
}

static POOL: [Chunk; CHUNKS] =
    [const { Chunk { calls: OnceLock::new(), seats: OnceLock::new() } }; CHUNKS];

static VACANT: Mutex<Vacant> = Mutex::new(Vacant { queue: VecDeque::new(), made: 0 });

/// The number of keys that have got a seat. It orders the uses of seats.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// Returns the present moment, for [`Seat::touch`].
#[inline]
pub(crate) fn stamp() -> u64 {
    // Relaxed: the number is only compared.
    TAKEN.load(Ordering::Relaxed)
}

/// Returns the seeds for hashes of keys.
pub(crate) fn seeds() -> Seeds {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    *SEEDS.get_or_init(|| Seeds([1, 2, 3, 4].map(|number| RandomState::new().hash_one(number))))
}

/// Returns the seat of that number, if it has been made.
#[inline]
pub(crate) fn get(number: SeatNumber) -> Option<&'static Seat> {
    let (chunk, place) = place(number);
    POOL.get(chunk)?.seats.get()?.get(place)
}

/// Returns the chunk of a seat, and its place there.
#[inline]
fn place(number: SeatNumber) -> (usize, usize) {
    // The highest bit gives the size of the chunk, and the next two which of four it is.
    let number = number.0 as usize + FIRST;
    let size = number.ilog2() - 2;
    let chunk = (number >> size) + 4 * (size - SEATS.ilog2()) as usize - 4;
    (chunk, number & ((1 << size) - 1))
}

/// Returns the number of the first seat in a chunk, and how many it has.
fn span(chunk: usize) -> (usize, usize) {
    let size = SEATS << (chunk / 4);
    (size * (4 + chunk % 4) - FIRST, size)
}

/// Gives a seat to a key under the name of number `family`, and returns its face. Returns `None` if
/// no more seats can be made. The caller keeps other threads from doing so meanwhile.
pub(crate) fn take(
    name: Name,
    family: u64,
    config: Config,
    shared: &Arc<Shared>,
) -> Option<Arc<Breaker>> {
    let number = vacant()?;
    let seat = get(number).or_else(|| make(number, shared))?;
    let face = seat.give(name, family, config, shared);
    // Relaxed: it is only compared. Later calls count as later uses.
    TAKEN.fetch_add(1, Ordering::Relaxed);
    Some(face)
}

/// Gives up a seat whose face has been dropped, and lets its listeners go.
pub(crate) fn give_up(number: SeatNumber) {
    if let Some(cold) = get(number).and_then(|seat| seat.cell().cold_if_made()) {
        cold.outbox.listeners.clear();
        cold.outcomes.clear();
    }
    lock().queue.push_back(number);
}

/// Returns a seat without a call under way: one that was given up, or else a new one.
fn vacant() -> Option<SeatNumber> {
    let mut vacant = lock();
    for _ in 0..CANDIDATES {
        if vacant.queue.len() <= RESTING {
            break;
        }
        let number = vacant.queue.pop_front()?;
        if get(number).is_some_and(|seat| !seat.is_busy()) {
            return Some(number);
        }
        vacant.queue.push_back(number);
    }
    let number = SeatNumber(vacant.made);
    if place(number).0 >= CHUNKS {
        return None;
    }
    vacant.made += 1;
    Some(number)
}

#[cold]
fn make(number: SeatNumber, shared: &Arc<Shared>) -> Option<&'static Seat> {
    let (chunk, place) = place(number);
    let Chunk { calls, seats } = POOL.get(chunk)?;
    let (first, size) = span(chunk);
    let calls = calls.get_or_init(|| (0..size / SEATS).map(|_| Calls::new()).collect());
    let make = |place: usize| {
        #[allow(clippy::cast_possible_truncation, reason = "numbers of seats have 20 bits")]
        let number = SeatNumber((first + place) as u32);
        Seat::new(number, &calls[place / SEATS], Arc::clone(shared))
    };
    seats.get_or_init(|| (0..size).map(make).collect()).get(place)
}

// No user code runs under the lock, so a poisoned one is whole.
fn lock() -> MutexGuard<'static, Vacant> {
    VACANT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own() {
        let mut number = 0;
        for chunk in 0..24 {
            let (first, size) = span(chunk);
            assert_eq!(first, number);
            for at in 0..size {
                assert_eq!(place(SeatNumber(u32::try_from(number).unwrap())), (chunk, at));
                number += 1;
            }
        }
        let (first, size) = span(CHUNKS - 1);
        let last = u32::try_from(first + size - 1).unwrap();
        assert_eq!(place(SeatNumber(last)), (CHUNKS - 1, size - 1));
        assert_eq!(place(SeatNumber(last + 1)), (CHUNKS, 0));
        assert!(last < 1 << SeatNumber::BITS);
    }
}
