//! The number of slots that have one kind of bit set.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::window::head::{Head, Place, TAG};

const COUNT_MASK: u64 = (1 << TAG) - 1;
const BIAS: u64 = 1 << (TAG - 1);

/// The number of slots that have one kind of bit set, below the tag of their window, in the layout
/// of a chunk.
#[derive(Debug)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn new() -> Self {
        Count(AtomicU64::new(0))
    }

    /// Starts at zero. The caller has closed the window.
    pub(super) fn begin(&self, head: Head) {
        // Relaxed: the head that opens with release publishes it.
        self.0.store(Self::of(head, 0), Ordering::Relaxed);
    }

    pub(super) const fn of(head: Head, count: u64) -> u64 {
        head.tag() << TAG | (BIAS + count)
    }

    /// Adjusts the count for a slot whose bit has changed from `before` to `after`, unless the
    /// window has moved on.
    #[inline]
    pub(super) fn change(&self, place: Place, before: bool, after: bool) {
        if before != after {
            self.add(place, after);
        }
    }

    #[inline]
    pub(super) fn add(&self, place: Place, up: bool) {
        let mut found = self.0.load(Ordering::Relaxed);
        while place.is_in(found) {
            let new = if up { found + 1 } else { found - 1 };
            // Pairs with other threads' swaps here and with the acquire in `load`: see the
            // parent module.
            match self.0.compare_exchange_weak(found, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => found = newer,
            }
        }
    }

    /// Returns the count in its stored form.
    #[inline]
    pub(super) fn load(&self) -> u64 {
        // Acquire pairs with the release in `change`: a counted call's slot is seen as taken.
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn get(&self, place: Place) -> u64 {
        let found = self.load();
        if place.is_in(found) { (found & COUNT_MASK).saturating_sub(BIAS) } else { 0 }
    }
}
