//! The chunks of a window of calls that are not beside its head: in levels, each of twice as many
//! chunks as the one before. A level is made when a window first needs it, and stays.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;

/// The number of chunks that are beside the head.
pub(super) const NEAR: usize = 4;
/// Levels for chunks 4..8, 8..16 and so on, up to the 31,250 of a million calls.
const LEVELS: usize = 13;

pub(super) type Near = [AtomicU64; NEAR];

pub(super) fn near() -> Near {
    core::array::from_fn(|_| AtomicU64::new(0))
}

#[derive(Debug)]
pub(super) struct Far([OnceBox<Box<[AtomicU64]>>; LEVELS]);

impl Far {
    pub(super) fn new() -> Self {
        Far(core::array::from_fn(|_| OnceBox::new()))
    }

    /// Returns chunk `index`, which must not be beside the head. Returns `None` if its level has
    /// not been made.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&AtomicU64> {
        let first = first_of_level(index);
        self.0.get(level(index))?.get()?.get(index - first)
    }

    /// Returns chunk `index`, and makes its level if need be.
    pub(super) fn get_or_make(&self, index: usize) -> Option<&AtomicU64> {
        let first = first_of_level(index);
        let make = || Box::new((0..first).map(|_| AtomicU64::new(0)).collect());
        self.0.get(level(index))?.get_or_init(make).get(index - first)
    }

    /// Makes all levels up to that of chunk `last`.
    pub(super) fn make_to(&self, last: usize) {
        let mut index = NEAR;
        while index <= last {
            self.get_or_make(index);
            index *= 2;
        }
    }

    /// Clears all chunks.
    pub(super) fn clear(&self) {
        let levels = self.0.iter().filter_map(OnceBox::get);
        // Relaxed: the head that opens with release publishes it.
        levels.flat_map(|level| level.iter()).for_each(|chunk| chunk.store(0, Ordering::Relaxed));
    }
}

/// Returns the first chunk of the level with chunk `index`. `NEAR` changes no index that has a
/// level, and tells a compiler that the index is not zero.
#[inline]
const fn first_of_level(index: usize) -> usize {
    1 << (index | NEAR).ilog2()
}

#[inline]
const fn level(index: usize) -> usize {
    ((index | NEAR).ilog2() - NEAR.ilog2()) as usize
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_of_the_largest_window_has_a_place_of_its_own() {
        let (far, most) = (Far::new(), 1_000_000_usize.div_ceil(32));
        far.make_to(most - 1);
        for index in NEAR..most {
            let chunk = far.get(index).unwrap();
            assert_eq!(chunk.swap(index as u64, Ordering::Relaxed), 0, "{index}");
        }
        far.clear();
        assert!((NEAR..most).all(|index| far.get(index).unwrap().load(Ordering::Relaxed) == 0));
    }

    #[test]
    fn levels_are_made_as_far_as_they_are_needed() {
        let far = Far::new();
        far.make_to(NEAR - 1);
        assert!(far.get(NEAR).is_none());
        far.make_to(NEAR);
        assert!(far.get(2 * NEAR - 1).is_some() && far.get(2 * NEAR).is_none());
        assert!(far.get_or_make(2 * NEAR).is_some() && far.get(2 * NEAR).is_some());
    }
}
