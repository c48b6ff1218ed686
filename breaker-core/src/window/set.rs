//! The windows of one breaker: the one in use, and the memory of earlier ones.
//!
//! A thread that records takes no lock, so it may still be at work in a window that another
//! thread replaces, and memory that it may be at work in cannot be freed. So a window that is
//! replaced keeps its memory, and the next window that goes into it begins there anew. Nodes come
//! in a few sizes, each four times that of the one before, or a ring of twice as many buckets. A
//! breaker has at most one node of each: all together take less than twice the largest.
//!
//! `current` says which node is in use. Records, the first but one, find it by one load. It
//! changes under a lock, as do the nodes themselves. A record that finds no window in use, or one
//! that is being changed, takes the lock too, and waits there until the change is over.

use crate::clock::Tick;
use crate::config::rules;
use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, MutexGuard, Ordering, lock};
use crate::sync::once::OnceBox;

use super::calls::{CallWindow, ClosedHead};
use super::{Epoch, Kind, Layout, Shape, WindowNode};

/// The number of nodes that there is room for; a power of two.
const SLOTS: usize = 16;
/// The first slot of the windows of time: of rings of 1, 2, 4 ... 64 buckets.
const TIME_SLOTS: usize = 7;
/// The slot that never has a node.
const NONE: u64 = SLOTS as u64 - 1;
/// The calls that the smallest node has room for.
const SMALLEST: u32 = 352;

#[derive(Debug)]
pub(crate) struct Windows {
    /// The slot of the window in use.
    current: AtomicU64,
    nodes: [OnceBox<WindowNode>; SLOTS],
    /// The number of windows that have been replaced.
    changes: Mutex<u64>,
}

impl Windows {
    pub(crate) fn new() -> Self {
        Windows {
            current: AtomicU64::new(NONE),
            nodes: core::array::from_fn(|_| OnceBox::new()),
            changes: Mutex::new(0),
        }
    }

    /// Returns the window in use, if one has begun.
    #[inline]
    pub(crate) fn current(&self) -> Option<&WindowNode> {
        // Acquire pairs with the release in `begin` and `retire`.
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of slots")]
        let slot = self.current.load(Ordering::Acquire) as usize;
        self.nodes[slot % SLOTS].get()
    }

    /// Locks the windows for a change, or waits until another thread's change is over.
    pub(crate) fn lock(&self) -> Change<'_> {
        Change { windows: self, changes: lock(&self.changes) }
    }
}

/// The right to change the windows of a breaker.
pub(crate) struct Change<'a> {
    windows: &'a Windows,
    changes: MutexGuard<'a, u64>,
}

impl<'a> Change<'a> {
    /// Begins a window with this layout, if none is in use. The first record of it is of
    /// `episode` or of a later one.
    pub(crate) fn begin(
        &self,
        layout: Layout,
        episode: Episode,
        now: impl Fn() -> Tick,
    ) -> &'a WindowNode {
        let windows = self.windows;
        if let Some(node) = windows.current() {
            return node;
        }
        let (slot, room) = slot_of(layout.shape);
        let node = windows.nodes[slot].get_or_init(|| Box::new(WindowNode::new(room)));
        node.begin(layout, self.base(), episode, now);
        // Release pairs with the acquire in `current`.
        windows.current.store(slot as u64, Ordering::Release);
        node
    }

    /// Closes the window in use, if it is one of calls: no call is recorded until the change is
    /// over.
    pub(crate) fn close(&self) -> Option<Closed<'a>> {
        let node = self.windows.current()?;
        let calls = node.of_calls()?;
        Some(Closed { node, calls, head: calls.close() })
    }

    /// Takes the window in use out of use. The next one begins empty.
    pub(crate) fn retire(&mut self) {
        if let Some(node) = self.windows.current() {
            *self.changes = self.changes.wrapping_add(1);
            node.retire(self.base());
            // A thread that still finds the node records nothing there. Release pairs with the
            // acquire in `current`: a thread that finds no window finds in the breaker's word the
            // failures that the window has counted.
            self.windows.current.store(NONE, Ordering::Release);
        }
    }

    /// Returns the epoch of episode zero in a window that begins now.
    fn base(&self) -> u64 {
        self.changes.wrapping_mul(Epoch::CHANGE)
    }
}

/// A window of calls that has been closed for a change.
pub(crate) struct Closed<'a> {
    node: &'a WindowNode,
    calls: &'a CallWindow,
    head: ClosedHead,
}

impl Closed<'_> {
    /// Returns the consecutive failures that the window counted in `episode`.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> u16 {
        self.calls.closed_failures(self.head, self.node.epoch(episode))
    }

    /// Opens the window again, with all that it has recorded but its consecutive failures. From
    /// now on it counts those, or not.
    pub(crate) fn reopen(self, counts_consecutive: bool) {
        self.calls.reopen(self.head, counts_consecutive);
    }
}

/// Returns the slot for windows of that shape, and a shape of the size that its node has room
/// for.
fn slot_of(shape: Shape) -> (usize, Shape) {
    match shape.split() {
        Kind::Calls(calls) => {
            let (mut slot, mut room) = (0, SMALLEST);
            while room < calls {
                (slot, room) = (slot + 1, 4 * room);
            }
            #[allow(clippy::cast_possible_truncation, reason = "a million")]
            let most = *rules::WINDOW_CALLS.end() as u32;
            (slot, Shape::calls(room.min(most)))
        }
        Kind::Time { buckets, .. } => {
            let ring = u32::from(buckets).next_power_of_two();
            (TIME_SLOTS + ring.trailing_zeros() as usize, shape)
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use core::time::Duration;
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_shape_has_a_slot_with_room_for_it() {
        let mut rooms = BTreeMap::new();
        for calls in [1, 352, 353, 1_408, 1_409, 22_528, 100_000, 360_449, 1_000_000] {
            let (slot, room) = slot_of(Shape::calls(calls));
            let Kind::Calls(room) = room.split() else { panic!("{calls}") };
            assert!(slot < TIME_SLOTS && room >= calls && room < 4 * calls.max(SMALLEST));
            // A slot keeps its node, so all its windows need a node of one size.
            assert_eq!(*rooms.entry(slot).or_insert(room), room, "slot {slot}");
        }
        for buckets in 1..=60 {
            let (slot, room) = slot_of(Shape::time(Duration::from_secs(1), buckets));
            assert!((TIME_SLOTS..SLOTS - 1).contains(&slot), "{buckets}");
            assert!(matches!(room.split(), Kind::Time { .. }));
        }
    }
}
