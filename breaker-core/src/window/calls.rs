//! A window of calls: the last N calls, counted exactly.
//!
//! All threads take slots from one shared [`Head`], as "the last hundred calls" needs one order of
//! calls. A slot is one bit: set if its call has failed. A second array of bits says which calls
//! were slow, and nothing reads it until one was.
//!
//! The failed and the slow slots are also counted beside the slots, as each record sees which bits
//! it replaces: so a failure need not scan the window. A record changes its slot first and the
//! count second. So for a moment a count may trail the slots, or be ahead of them by a slot that
//! another thread is replacing; a bias lets it go below zero. A count that would trip is therefore
//! checked by a recount of the slots.
//!
//! A count is swapped with acquire and release. So if two failures are recorded at once, the
//! thread that counts second finds both failures in the count, and both slots taken.
//!
//! The head also has the consecutive failures up to the next slot, unless the breaker's word has
//! them. The swap that takes a slot also counts the failure, or ends the consecutive failures for a
//! success, so their number is exact at each moment.
//!
//! Most failures in a full window replace a failure, or leave the count far below a trip. So, from
//! the first judgement on, `limit` keeps the fewest failures that trip a full window: a lower count
//! needs no further judgement. Zero stands for an unknown limit.
//!
//! The head, the episode, the failure count, the limit and the first 128 slots share one cache
//! line: two threads that record at once wait only for that line.
//!
//! # Changes
//! A window belongs to one episode. A thread that moves it on to another episode, or changes its
//! size, holds a lock (see [`Windows`](super::Windows)), which records do not take. It first closes
//! the head: from then on no record takes a slot, so the thread has all consecutive failures. Then
//! it opens the window again as it was, or begins the next window: it stores the counts, the limit,
//! the last slot and the episode, and last of all opens the head under the next tag.
//!
//! - A record has loaded an open head with acquire, so the episode and the last slot that it loads
//!   belong to its head, or to a later one. If to a later one, the record has acquired that, so its
//!   swap finds the head closed or later, and fails. So a thread that swaps the head has taken a
//!   slot in its own episode's window.
//! - If a change overtakes a record between its head and its slot, the record finds a later tag in
//!   the head, or a count with a later tag, and leaves the window alone. If another thread has set
//!   a slot of its chunk since the change, the record has acquired the later head with the chunk.
//! - A reader that has loaded a later episode or a later last slot finds at its end that the head
//!   is closed or later, and reads again.
//! - Tags come round after eight million windows, so a chunk may still have an equal tag from long
//!   ago. In the first round of a window, slots count as empty until their calls have set them. The
//!   bits for slow calls, which only some calls set, are cleared when the tags come round.
//! - A head that is opened again is published with release. A success that swaps it, with acquire,
//!   then finds what the changing thread has put into the breaker's word.
//! - The limit is stored under the lock, and computed from the tuning read there. A thread that
//!   changes the tuning takes the lock afterwards, and stores zero. So a limit of the old tuning is
//!   overwritten, or never stored.

mod count;
mod read;
mod slow;
mod take;

use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;

use super::epoch::Epoch;
use super::head::{CLOSED, Head, Place};
use super::slots::{Far, NEAR, Near, near};
use super::{CallRecord, Position, Totals};
use count::Count;
use read::Found;
use slow::SlowSlots;

#[derive(Debug)]
pub(crate) struct CallWindow {
    line: Line,
    /// The size minus one.
    last: AtomicU64,
    slow: Count,
    far: Far,
    /// Made by the first slow call.
    slow_slots: OnceBox<SlowSlots>,
}

/// The fields that most records touch: one cache line.
#[derive(Debug)]
#[repr(align(64))]
struct Line {
    head: AtomicU64,
    episode: AtomicU64,
    failures: Count,
    limit: AtomicU64,
    near: Near,
}

impl CallWindow {
    /// Makes a closed window.
    pub(super) fn new() -> Self {
        CallWindow {
            line: Line {
                head: AtomicU64::new(Head::UNUSED.0),
                episode: AtomicU64::new(0),
                failures: Count::new(),
                limit: AtomicU64::new(0),
                near: near(),
            },
            last: AtomicU64::new(0),
            slow: Count::new(),
            far: Far::new(),
            slow_slots: OnceBox::new(),
        }
    }

    /// Opens a closed window, empty. The caller holds the lock of the breaker's windows.
    pub(super) fn begin(&self, size: u32, episode: Episode, counts: bool) {
        let last = u64::from(size.max(1)) - 1;
        // Relaxed: no other thread changes a closed head.
        let head = Head(self.line.head.load(Ordering::Relaxed)).next_window(last, counts);
        self.far.make_to(head.chunk());
        if let Some(slots) = self.slow_slots.get().filter(|_| head.is_first()) {
            slots.clear();
        }
        self.line.limit.store(0, Ordering::Relaxed);
        self.line.failures.begin(head);
        self.slow.begin(head);
        // Release pairs with the acquire of threads that load the two: see the module above.
        self.last.store(last, Ordering::Release);
        self.line.episode.store(episode.0, Ordering::Release);
        self.line.head.store(head.0, Ordering::Release);
    }

    /// Begins the window of a later episode, with the old size, and returns true. Returns false if
    /// the window belongs to this episode or a later one. The caller holds the lock of the
    /// breaker's windows.
    pub(super) fn move_on(&self, episode: Episode) -> bool {
        // Relaxed: the lock orders it.
        let is_later = episode.0 > self.line.episode.load(Ordering::Relaxed);
        if is_later {
            let counts = self.close().counts();
            // Relaxed: the lock orders it.
            let last = self.last.load(Ordering::Relaxed);
            #[allow(clippy::cast_possible_truncation, reason = "it came from a `u32`")]
            self.begin(last as u32 + 1, episode, counts);
        }
        is_later
    }

    /// Closes the window, so that no call takes a slot before it opens again. Returns its head.
    pub(super) fn close(&self) -> Head {
        // Relaxed: a closed head publishes nothing, and only its bits are read. The stores of a
        // change are released.
        Head(self.line.head.fetch_or(CLOSED, Ordering::Relaxed))
    }

    /// Returns the consecutive failures that the head of a closed window counted in `episode`.
    pub(super) fn closed_failures(&self, head: Head, episode: Episode) -> u16 {
        // Relaxed: it changes only under the caller's lock.
        let is_here = self.line.episode.load(Ordering::Relaxed) == episode.0;
        if is_here { head.consecutive() } else { 0 }
    }

    /// Opens a closed window as it was. The consecutive failures that it counted are now in the
    /// breaker's word.
    pub(super) fn reopen(&self, head: Head, counts: bool) {
        // Release pairs with the acquire of the swap that takes the next slot: a success that
        // takes it finds those failures in the word.
        self.line.head.store(head.closed().reopened(counts).0, Ordering::Release);
    }

    /// Returns true if the head counts consecutive failures, in place of the breaker's word.
    #[inline]
    pub(crate) fn counts_consecutive(&self) -> bool {
        // Relaxed: the swap of the head compares it again.
        Head(self.line.head.load(Ordering::Relaxed)).counts()
    }

    /// Returns whether the success at `place` needs no further work.
    #[inline]
    pub(crate) fn has_passed(&self, place: Place) -> bool {
        self.found_at(place).is_some_and(|chunk| place.has_passed(chunk))
    }

    /// Returns whether the slot at `place` is already marked as failed, and the window is full.
    #[inline]
    pub(crate) fn has_failed(&self, place: Place) -> bool {
        self.found_at(place).is_some_and(|chunk| place.has_failed(chunk))
    }

    /// Returns the chunk of a place.
    #[inline]
    fn found_at(&self, place: Place) -> Option<u64> {
        // Relaxed: see the window's module.
        let load = |chunk: &AtomicU64| chunk.load(Ordering::Relaxed);
        match place.near_chunk() {
            Some(index) => self.line.near.get(index).map(load),
            None => self.far.get(place.chunk()).map(load),
        }
    }

    /// Returns true if a full window has fewer failures than would trip it.
    #[inline]
    pub(crate) fn is_below_limit(&self) -> bool {
        // The count is loaded first, with acquire: a known limit then belongs to its window or to a
        // later one. Relaxed: a thread that changes the tuning clears the limit.
        self.line.failures.load() < self.line.limit.load(Ordering::Relaxed)
    }

    /// Returns whether the limit is known.
    pub(crate) fn has_limit(&self) -> bool {
        self.line.limit.load(Ordering::Relaxed) > 0
    }

    /// Stores the fewest failures that trip a full window, by the answers of `trips` on totals. The
    /// caller holds the lock of the breaker's windows.
    pub(super) fn set_limit(&self, trips: impl Fn(Totals) -> bool) {
        // Relaxed, as all loads and stores here: the lock orders them.
        let head = Head(self.line.head.load(Ordering::Relaxed));
        let calls = self.last.load(Ordering::Relaxed) + 1;
        let (mut below, mut limit) = (0, calls + 1);
        while limit - below > 1 {
            let failures = below.midpoint(limit);
            if trips(Totals { calls, failures, slow: 0 }) {
                limit = failures;
            } else {
                below = failures;
            }
        }
        self.line.limit.store(Count::of(head, limit), Ordering::Relaxed);
    }

    /// Forgets the limit, since the tuning has changed. The caller holds the lock of the breaker's
    /// windows.
    pub(super) fn forget_limit(&self) {
        // Relaxed: the lock orders it.
        self.line.limit.store(0, Ordering::Relaxed);
    }

    /// Records a call. Returns `None` if the window is closed or belongs to another episode, and
    /// its head has not counted the call. `in_word`: the breaker's word counts the call, if it has
    /// failed; otherwise the head does, if it counts any.
    pub(crate) fn record(
        &self,
        episode: Episode,
        record: CallRecord,
        in_word: bool,
    ) -> Option<Position> {
        let place = self.take(episode, |head| Some(head.after(record, in_word, self.last())))?;
        let counted = record.failed && !in_word && place.counts();
        // A failure that the head has counted must not be recorded again, even if the window has
        // lost its slot: the thread that replaced the window has moved the count to the breaker's
        // word.
        let done = self.fill(place, record) || counted;
        done.then_some(Position { epoch: Epoch(episode.0), at: place.0, counted })
    }

    /// Sets the slot that a call has taken. Returns `false` if the window has moved on.
    pub(crate) fn fill(&self, place: Place, record: CallRecord) -> bool {
        let Some(before) = self.set(place, self.chunk(place), record.failed) else { return false };
        // A slot of the first round counts as empty, whatever its bit.
        self.line.failures.change(place, before && place.is_full(), record.failed);
        if record.slow || place.has_slow() {
            return self.fill_slow(place, record.slow);
        }
        true
    }

    /// Marks the call at `place` as slow or not. Returns `false` if the window has moved on.
    #[inline(never)]
    fn fill_slow(&self, place: Place, slow: bool) -> bool {
        let slots = self.slow_slots.get_or_init(|| Box::new(SlowSlots::new()));
        let before = self.set(place, slots.chunk_or_make(place.chunk()), slow);
        if let Some(before) = before {
            self.slow.change(place, before && place.is_full(), slow);
        }
        before.is_some()
    }

    /// Makes the slow call at `place` a failed one too. Returns `false` if its slot now has another
    /// call. If that call is slow as well, the two cannot be told apart, and the later one gets the
    /// failure.
    pub(super) fn add_failure(&self, episode: Episode, place: Place) -> bool {
        if !matches!(self.find(episode), Found::Here(head) if head.is_of(place)) {
            return false;
        }
        let slow = self.slow_slots.get().and_then(|slots| slots.chunk_at(place.chunk()));
        // Relaxed: see the window's module.
        let is_set = |chunk: u64| place.is_in(chunk) && chunk & place.bit() != 0;
        let is_slow = slow.is_some_and(|chunk| is_set(chunk.load(Ordering::Relaxed)));
        let is_new = is_slow && self.set(place, self.chunk(place), true) == Some(false);
        if is_new {
            self.line.failures.add(place, true);
        }
        is_new
    }

    /// Sets a slot to `bit`, and returns its bit before. Returns `None` if the window has moved on.
    fn set(&self, place: Place, chunk: Option<&AtomicU64>, bit: bool) -> Option<bool> {
        let chunk = chunk?;
        // Acquire pairs with the release below: a thread that finds the chunk of a later window
        // also finds that window in the head. Hence the head's load is relaxed.
        let mut found = chunk.load(Ordering::Acquire);
        loop {
            let from = if place.is_in(found) {
                found
            } else if place.is_of(Head(self.line.head.load(Ordering::Relaxed))) {
                // The chunk belongs to an earlier window, and counts as empty.
                place.empty_chunk()
            } else {
                return None;
            };
            let new = if bit { from | place.bit() } else { from & !place.bit() };
            let before = from & place.bit() != 0;
            if new == found {
                return Some(before);
            }
            let success = Ordering::Release;
            let failure = Ordering::Acquire;
            match chunk.compare_exchange_weak(found, new, success, failure) {
                Ok(_) => return Some(before),
                Err(newer) => found = newer,
            }
        }
    }

    #[inline]
    fn last(&self) -> u64 {
        // Acquire pairs with the release in `begin`: see the module above.
        self.last.load(Ordering::Acquire)
    }

    #[inline]
    fn chunk(&self, place: Place) -> Option<&AtomicU64> {
        self.chunk_at(place.chunk())
    }

    #[inline]
    fn chunk_at(&self, index: usize) -> Option<&AtomicU64> {
        if index < NEAR { self.line.near.get(index) } else { self.far.get(index) }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
