//! Reads a window of calls while threads record in it.

use core::ops::RangeInclusive;

use super::CallWindow;
use super::slow::SlowSlots;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::window::head::{CHUNK, Head, Place};
use crate::window::{Position, Totals};

/// A reader's finding in a window.
pub(super) enum Found {
    /// The window is being changed, or not in use.
    Closed,
    /// The window belongs to another episode.
    Another,
    Here(Head),
}

impl CallWindow {
    /// Counts the slots; see [`Window::recount`](crate::window::Window::recount). Returns `None` while the
    /// window is being changed.
    pub(in crate::window) fn recount(&self, episode: Episode) -> Option<Totals> {
        loop {
            let head = match self.find(episode) {
                Found::Closed => return None,
                Found::Another => return Some(Totals::default()),
                Found::Here(head) => head,
            };
            let last = self.last();
            let first = if head.is_full() { 0 } else { head.slot() + 1 };
            let failures = count(head, first..=last, |index| self.chunk_at(index));
            let slow_slots = self.slow_slots.get().filter(|_| head.has_slow());
            let slow = |slots: &SlowSlots| count(head, first..=last, |index| slots.chunk_at(index));
            let slow = slow_slots.map_or(0, slow);
            // See the parent module: the last slot may belong to a later window.
            if self.is_open(head) {
                return Some(Totals { calls: head.calls(last), failures, slow });
            }
        }
    }

    /// Returns the consecutive failures that the head counts. Returns `None` while the window is
    /// being changed.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> Option<u16> {
        match self.find(episode) {
            Found::Closed => None,
            Found::Another => Some(0),
            Found::Here(head) => Some(head.consecutive()),
        }
    }

    /// Finds the head of a window of `episode`.
    pub(super) fn find(&self, episode: Episode) -> Found {
        loop {
            // Acquire pairs with the release in `begin` and `reopen`: a reader that finds the
            // failures gone from the head finds them in the breaker's word.
            let head = Head(self.line.head.load(Ordering::Acquire));
            if head.is_closed() {
                return Found::Closed;
            }
            // Acquire: see the parent module.
            if self.line.episode.load(Ordering::Acquire) != episode.0 {
                return Found::Another;
            }
            if self.is_open(head) {
                return Found::Here(head);
            }
        }
    }

    /// Returns whether this head's window is still open.
    fn is_open(&self, head: Head) -> bool {
        // Relaxed: a thread that has read anything of a later window has acquired the closed head.
        let now = Head(self.line.head.load(Ordering::Relaxed));
        !now.is_closed() && head.is_of(now)
    }

    /// Returns the running totals, as seen by the call recorded at `position`.
    pub(in crate::window) fn sums_at(&self, position: Position) -> Totals {
        self.sums(Head(position.at))
    }

    /// Returns the running totals, as seen by the call recorded at `place`.
    pub(crate) fn sums(&self, place: Place) -> Totals {
        let (failures, slow) = (self.line.failures.get(place), self.slow.get(place));
        // The head is read after the counts, since a call takes its slot before it is counted.
        // Relaxed: the counts were loaded with acquire. A full window stays full.
        let head =
            if place.is_full() { place } else { Head(self.line.head.load(Ordering::Relaxed)) };
        let calls = if head.is_of(place) { head.calls(self.last()) } else { 0 };
        Totals { calls, failures, slow }
    }
}

/// Counts the set bits of the slots, in chunks of the head's window.
fn count<'a>(
    head: Head,
    slots: RangeInclusive<u64>,
    chunk: impl Fn(usize) -> Option<&'a AtomicU64>,
) -> u64 {
    let chunks = slots.start() / CHUNK..=slots.end() / CHUNK;
    let filled = chunks.map(|index| {
        #[allow(clippy::cast_possible_truncation, reason = "16 bits")]
        let chunk = chunk(index as usize);
        // Relaxed: see the window's module.
        let found = chunk.map_or(0, |chunk| chunk.load(Ordering::Relaxed));
        let found = if head.is_in(found) { found } else { 0 };
        (found & slots_in(index, &slots)).count_ones()
    });
    filled.map(u64::from).sum()
}

/// Returns the bits of the slots that are in chunk `index`.
fn slots_in(index: u64, slots: &RangeInclusive<u64>) -> u64 {
    let first = slots.start().saturating_sub(index * CHUNK).min(CHUNK);
    let end = (slots.end() + 1).saturating_sub(index * CHUNK).min(CHUNK);
    ((1 << end) - 1) & !((1 << first) - 1)
}
