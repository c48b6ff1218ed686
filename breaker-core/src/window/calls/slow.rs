//! The bits that say which calls were slow.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::window::slots::{Far, NEAR, Near, near};

#[derive(Debug)]
pub(super) struct SlowSlots {
    near: Near,
    far: Far,
}

impl SlowSlots {
    pub(super) fn new() -> Self {
        SlowSlots { near: near(), far: Far::new() }
    }

    pub(super) fn chunk_at(&self, index: usize) -> Option<&AtomicU64> {
        if index < NEAR { self.near.get(index) } else { self.far.get(index) }
    }

    pub(super) fn chunk_or_make(&self, index: usize) -> Option<&AtomicU64> {
        if index < NEAR { self.near.get(index) } else { self.far.get_or_make(index) }
    }

    pub(super) fn clear(&self) {
        // Relaxed: the head that opens with release publishes it.
        self.near.iter().for_each(|chunk| chunk.store(0, Ordering::Relaxed));
        self.far.clear();
    }
}
