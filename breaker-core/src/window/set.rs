//! The windows of one breaker: the one in use, and the memory of earlier ones.
//!
//! A thread that records takes no lock. So it may still be at work in a window that another thread
//! replaces, whose memory can then not be freed. So a replaced window keeps its memory, and the
//! next window that fits starts anew in it. All windows of calls use one place, which grows. Nodes
//! for windows of time come in a few sizes, each a ring of twice as many buckets as the one before,
//! and a breaker has at most one node of each.
//!
//! `current` says which window is in use. All records but the first find it by one load; records in
//! a window of calls find by its head alone whether it is in use. It changes under a lock, as the
//! windows do. If a record finds no window in use, or one of an earlier episode, or one that is
//! being changed, it takes the lock too, and waits there until the change is over.

use crate::clock::Tick;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, MutexGuard, Ordering, lock};
use crate::sync::once::OnceBox;

use super::calls::CallWindow;
use super::epoch::Epoch;
use super::head::Head;
use super::node::TimeNode;
use super::shape::{Kind, Layout};
use super::{Totals, Window};

/// The number of nodes for windows of time, with rings of 1, 2, 4 ... 64 buckets.
const NODES: usize = 7;
/// The window of calls is in use.
const CALLS: u64 = NODES as u64;
/// No window is in use.
const NONE: u64 = CALLS + 1;

#[derive(Debug)]
pub(crate) struct Windows {
    calls: CallWindow,
    /// The window in use: the place of its node, [`CALLS`] or [`NONE`].
    current: AtomicU64,
    nodes: [OnceBox<TimeNode>; NODES],
    /// The number of windows that have been replaced.
    changes: Mutex<u64>,
}

impl Windows {
    pub(crate) fn new() -> Self {
        Windows {
            calls: CallWindow::new(),
            current: AtomicU64::new(NONE),
            nodes: core::array::from_fn(|_| OnceBox::new()),
            changes: Mutex::new(0),
        }
    }

    /// Returns the window in use, if one has begun.
    #[inline]
    pub(crate) fn current(&self) -> Option<Window<'_>> {
        // Acquire pairs with the release in `begin` and `retire`.
        match self.current.load(Ordering::Acquire) {
            CALLS => Some(Window::Calls(&self.calls)),
            #[allow(clippy::cast_possible_truncation, reason = "less than the number of nodes")]
            place => self.nodes.get(place as usize)?.get().map(Window::Time),
        }
    }

    /// Returns the window of calls. It refuses all records while it is not in use.
    #[inline]
    pub(crate) fn calls(&self) -> &CallWindow {
        &self.calls
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
    /// Begins a window with this layout, if none is in use. Its first record belongs to `episode`
    /// or to a later one.
    pub(crate) fn begin(
        &self,
        layout: Layout,
        episode: Episode,
        now: impl Fn() -> Tick,
    ) -> Window<'a> {
        let windows = self.windows;
        if let Some(window) = windows.current() {
            return window;
        }
        let (place, window) = match layout.shape.split() {
            Kind::Calls(size) => {
                windows.calls.begin(size, episode, layout.counts_consecutive);
                (CALLS, Window::Calls(&windows.calls))
            }
            Kind::Time { bucket, buckets } => {
                let place = place_of(buckets);
                let node = windows.nodes[place].get_or_init(|| Box::new(TimeNode::new(buckets)));
                node.begin((bucket, buckets), self.base(), episode, now);
                (place as u64, Window::Time(node))
            }
        };
        // Release pairs with the acquire in `current`.
        windows.current.store(place, Ordering::Release);
        window
    }

    /// Moves the window in use on to a later episode, if it is a window of calls. A window of time
    /// moves on without a lock.
    pub(crate) fn move_on(&self, episode: Episode) {
        if let Some(Window::Calls(calls)) = self.windows.current() {
            calls.move_on(episode);
        }
    }

    /// Stores the fewest failures that trip a full window of calls, by the answers of `trips`.
    pub(crate) fn set_limit(&self, trips: impl Fn(Totals) -> bool) {
        self.windows.calls.set_limit(trips);
    }

    /// Puts a new config in force. The next failure is judged by it, whatever the window in use
    /// allowed under the old one. Returns the consecutive failures of `episode` that credits have
    /// counted: the caller must add them to the breaker's word before it calls
    /// [`end_tuning`](Self::end_tuning).
    pub(crate) fn tune(&self, episode: Episode, replace: impl FnOnce()) -> u16 {
        let Some(Window::Time(node)) = self.windows.current() else {
            replace();
            self.forget_limit();
            return 0;
        };
        let row = node.window.begin_change();
        replace();
        let failures = node.window.settle(row, episode);
        u16::try_from(failures).unwrap_or(u16::MAX)
    }

    /// Lets failures draw credits again.
    pub(crate) fn end_tuning(&self) {
        if let Some(Window::Time(node)) = self.windows.current() {
            node.window.end_change();
        }
    }

    /// Makes the next failure in a window of calls be judged.
    fn forget_limit(&self) {
        self.windows.calls.forget_limit();
    }

    /// Closes the window in use, if it is a window of calls: no call is recorded until the change
    /// is over.
    pub(crate) fn close(&self) -> Option<Closed<'a>> {
        let Some(Window::Calls(calls)) = self.windows.current() else { return None };
        Some(Closed { calls, head: calls.close() })
    }

    /// Takes the window in use out of use. A window of calls has been closed before. The next
    /// window begins empty.
    pub(crate) fn retire(&mut self) {
        if let Some(window) = self.windows.current() {
            *self.changes = self.changes.wrapping_add(1);
            if let Window::Time(node) = window {
                node.retire(self.base());
            }
            // A thread that still finds the window records nothing there. Release pairs with the
            // acquire in `current`: a thread that finds no window finds, in the breaker's word, the
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
    calls: &'a CallWindow,
    head: Head,
}

impl Closed<'_> {
    /// Returns the consecutive failures that the window counted in `episode`.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> u16 {
        self.calls.closed_failures(self.head, episode)
    }

    /// Opens the window again, with all its records but the consecutive failures.
    /// `counts_consecutive` says whether it counts those from now on.
    pub(crate) fn reopen(self, counts_consecutive: bool) {
        self.calls.reopen(self.head, counts_consecutive);
    }
}

/// Returns the place of the node for windows of that many buckets. Numbers that need rings of equal
/// length have one place.
fn place_of(buckets: u8) -> usize {
    u32::from(buckets).next_power_of_two().trailing_zeros() as usize
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_buckets_has_a_node_with_a_ring_of_that_length() {
        let places = |buckets: core::ops::RangeInclusive<u8>| buckets.map(place_of);
        assert!(places(1..=60).all(|place| place < NODES));
        assert!(places(1..=60).zip(1_u32..).all(|(place, buckets)| buckets <= 1 << place));
        assert!(places(2..=60).zip(2_u32..).all(|(place, buckets)| buckets > 1 << (place - 1)));
    }
}
