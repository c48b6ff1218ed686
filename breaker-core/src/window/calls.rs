//! A window of calls: the last N calls, counted exactly.
//!
//! All threads number their calls by one shared counter, as "the last hundred calls" needs
//! one order of calls. The number selects the call's slot of two bits. A chunk is a word of
//! twenty-two slots and the tag of their epoch; for another epoch its slots count as
//! empty.
//!
//! The slots that say "failed" or "slow" are also counted beside the chunks, as each record
//! sees which bits it replaces: so a failure need not scan the window. A record changes its
//! slot first and the count second. So a count may for a moment trail the slots, or be ahead
//! of them by a slot that another thread is replacing; a bias lets it go below zero. A count
//! that would trip is therefore checked by a recount of the slots.
//!
//! A count is swapped with acquire and release. So if two failures are recorded at once, the
//! thread that counts second finds both failures in the count, and both numbers taken.
//!
//! The head has the next number, and the consecutive failures up to it, unless the breaker's
//! word has them. So the swap that takes a number also counts the failure, or ends the
//! consecutive failures for a success: their number is exact at each moment.
//!
//! # Changes
//! A thread that changes the window holds a lock (see [`Windows`](super::Windows)), which records
//! do not take. It first closes the head: from then on no record takes a number, so the thread
//! has all consecutive failures in hand. Then it opens the window again as it was, or begins it
//! anew. A window that begins anew raises the latest epoch, stores its size, opens the head, and
//! last of all its node stores the base of the new epochs.
//!
//! - A record has loaded the base with acquire, so the size that it loads is that of its epoch, or
//!   a later one. If it is a later one, then by acquire of the size the record's swap finds the
//!   head closed or later, and fails.
//! - A recount that has loaded a later size finds a later epoch at its end, and counts nothing.
//! - A record that is overtaken by a change between its number and its slot finds a later epoch in
//!   the chunk, or as the latest, and leaves the window alone.
//! - A head that is opened again is published with release. A success that swaps it, with acquire,
//!   then finds in the breaker's word what the changing thread has put there.

use crate::sync::atomic::{AtomicU64, Ordering};

use super::{CallRecord, Epoch, LatestEpoch, Position, Tag, Totals, move_on};

/// Head, from bit 0: number of the next call (21), consecutive failures (16), [`COUNTS`]; from
/// [`HEAD_TAG`] on: epoch (20), [`CLOSED`].
const NUMBER_MASK: u64 = (1 << 21) - 1;
const CONSECUTIVE: u32 = 21;
const CONSECUTIVE_MASK: u64 = 0xffff << CONSECUTIVE;
/// The head counts consecutive failures, in place of the breaker's word.
const COUNTS: u64 = 1 << 37;
const HEAD_TAG: u32 = 43;
/// The window is being changed. No tag equals that of a closed head.
const CLOSED: u64 = 1 << 63;

/// Chunk: epoch (20), then slow and failed for each slot.
const SLOTS: u64 = (64 - Tag::BITS as u64) / 2;
const FAILED: u64 = 0b01;
const SLOW: u64 = 0b10;
/// The low bit of every slot.
const LOW_BITS: u64 = 0x5555_5555_5555_5555;

/// Count: epoch (20), the count plus a bias (44).
const COUNT_BITS: u32 = 64 - Tag::BITS;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
const BIAS: u64 = 1 << (COUNT_BITS - 1);

#[derive(Debug)]
pub(crate) struct CallWindow {
    size: AtomicU64,
    latest: LatestEpoch,
    head: AtomicU64,
    failures: Count,
    slow: Count,
    /// At least as many as the size needs.
    chunks: Box<[AtomicU64]>,
}

/// A window that is closed, with the head that it had.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClosedHead(u64);

/// The number of slots that have one kind of bit set.
#[derive(Debug)]
struct Count(AtomicU64);

impl Count {
    fn new() -> Self {
        Count(AtomicU64::new(0))
    }

    /// Starts at zero, in an epoch that no record has brought yet.
    fn begin(&self, epoch: Epoch) {
        // Relaxed: the head that opens with release publishes it.
        self.0.store(Self::of(Tag::of(epoch), 0), Ordering::Relaxed);
    }

    const fn of(tag: Tag, count: u64) -> u64 {
        tag.0 << COUNT_BITS | (BIAS + count)
    }

    /// Adjusts the count for a slot whose bit has changed from `before` to `after`.
    #[inline]
    fn change(&self, latest: &LatestEpoch, epoch: Epoch, (before, after): (bool, bool)) {
        if before != after {
            self.add(latest, epoch, after);
        }
    }

    fn add(&self, latest: &LatestEpoch, epoch: Epoch, up: bool) {
        let tag = Tag::of(epoch);
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let from = if tag_of_count(found) == tag {
                found
            } else if latest.is(epoch) {
                // The count is an earlier epoch's, and counts as zero.
                Self::of(tag, 0)
            } else {
                return;
            };
            let new = if up { from + 1 } else { from - 1 };
            // Pairs with other threads' swaps here and with the acquire in `get`: see the
            // module above.
            match self.0.compare_exchange_weak(found, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => found = newer,
            }
        }
    }

    #[inline]
    fn get(&self, tag: Tag) -> u64 {
        // Acquire pairs with the release in `add`: a counted call's number is seen as taken.
        let found = self.0.load(Ordering::Acquire);
        if tag_of_count(found) == tag { (found & COUNT_MASK).saturating_sub(BIAS) } else { 0 }
    }
}

impl CallWindow {
    /// Makes a closed window with room for this many slots.
    pub(super) fn new(slots: u32) -> Self {
        let chunks = u64::from(slots).div_ceil(SLOTS);
        CallWindow {
            size: AtomicU64::new(0),
            latest: LatestEpoch::new(),
            head: AtomicU64::new(CLOSED),
            failures: Count::new(),
            slow: Count::new(),
            chunks: (0..chunks).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Opens a closed window, empty, in an epoch that no record has brought yet.
    pub(super) fn begin(&self, size: u32, epoch: Epoch, counts: bool) {
        self.latest.raise(epoch);
        self.failures.begin(epoch);
        self.slow.begin(epoch);
        // Release pairs with the acquire of those who load the size: see the module above.
        self.size.store(u64::from(size), Ordering::Release);
        let head = Tag::of(epoch).0 << HEAD_TAG | if counts { COUNTS } else { 0 };
        self.head.store(head, Ordering::Release);
    }

    /// Closes the window, so that no call takes a number before it opens again.
    pub(super) fn close(&self) -> ClosedHead {
        // Relaxed: a closed head publishes nothing, and its bits are all that is read.
        ClosedHead(self.head.fetch_or(CLOSED, Ordering::Relaxed))
    }

    /// Returns the consecutive failures that a closed window counted in `epoch`.
    pub(super) fn closed_failures(&self, closed: ClosedHead, epoch: Epoch) -> u16 {
        self.failures_of(closed.0, epoch)
    }

    /// Opens a closed window as it was. The consecutive failures that it counted are now in the
    /// breaker's word.
    pub(super) fn reopen(&self, closed: ClosedHead, counts: bool) {
        let head = closed.0 & !(CLOSED | CONSECUTIVE_MASK | COUNTS);
        // Release pairs with the acquire of the swap that takes the next number: a success that
        // takes it finds those failures in the word.
        self.head.store(head | if counts { COUNTS } else { 0 }, Ordering::Release);
    }

    /// Returns true if the head counts consecutive failures, in place of the breaker's word.
    #[inline]
    pub(crate) fn counts_consecutive(&self) -> bool {
        // Relaxed: the swap of the head compares it again.
        self.head.load(Ordering::Relaxed) & COUNTS != 0
    }

    /// Records a call whose slot already has the right bits, and returns the call's number.
    /// `in_word`: the breaker's word counts the call, if it has failed; else the head does.
    ///
    /// # Errors
    /// The call is not recorded yet: with the number that was taken for it, or `None`.
    #[inline]
    pub(crate) fn record_fast(
        &self,
        epoch: Epoch,
        record: CallRecord,
        in_word: bool,
    ) -> Result<u64, Option<u64>> {
        // Relaxed: see the window's module.
        let head = self.head.load(Ordering::Relaxed);
        if !self.latest.is(epoch) || tag_of(head) != Tag::of(epoch) {
            return Err(None);
        }
        if record.failed && !in_word && head & COUNTS == 0 {
            return Err(None);
        }
        let size = self.size.load(Ordering::Acquire);
        let number = self.swap_number(head, size, record, in_word).map_err(|_| None)?;
        let (chunk, shift) = self.slot(number, size);
        // Relaxed: see the window's module.
        let found = chunk.load(Ordering::Relaxed);
        let is_same = found >> shift & (FAILED | SLOW) == bits_of(record);
        // Until the window is full, a slot may have bits from an epoch of equal tag long
        // ago.
        let is_used = number >= size || record == CallRecord { failed: false, slow: false };
        if is_same && is_used && Tag(found >> (2 * SLOTS)) == Tag::of(epoch) {
            Ok(number)
        } else {
            Err(Some(number))
        }
    }

    /// Records a call that [`record_fast`](Self::record_fast) did not, under the number
    /// already `taken` if there is one. Returns `None` if the window has moved on, or is closed,
    /// and its head has not counted the call.
    #[cold]
    pub(crate) fn record(
        &self,
        epoch: Epoch,
        record: CallRecord,
        in_word: bool,
        taken: Option<u64>,
    ) -> Option<Position> {
        let (number, counted) = match taken {
            Some(number) => (number, record.failed && !in_word),
            None => self.take_number(epoch, record, in_word)?,
        };
        // A failure that the head has counted is not to be recorded again, though the window has
        // lost its slot: whoever replaced the window has moved the count to the breaker's word.
        let done = self.fill(epoch, number, record) || counted;
        done.then_some(Position { epoch, at: number, counted })
    }

    /// Sets the slot of a call that has taken its number. Returns `false` if the window has moved
    /// on.
    #[cold]
    pub(crate) fn fill(&self, epoch: Epoch, number: u64, record: CallRecord) -> bool {
        let size = self.size.load(Ordering::Acquire);
        if number >= 2 * size {
            // The number is of an earlier size.
            return false;
        }
        let (chunk, shift) = self.slot(number, size);
        self.change(epoch, chunk, shift, bits_of(record), number >= size)
    }

    /// Makes the slow call of that number a failed one too. Returns `false` if its slot has
    /// another call by now. If that one is slow as well, the two cannot be told apart, and the
    /// failure is added to the later one.
    #[cold]
    pub(super) fn add_failure(&self, epoch: Epoch, number: u64) -> bool {
        let size = self.size.load(Ordering::Acquire);
        if number >= 2 * size {
            // The number is of an earlier size.
            return false;
        }
        let (chunk, shift) = self.slot(number, size);
        // Relaxed: see the window's module.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let is_here = Tag(found >> (2 * SLOTS)) == Tag::of(epoch);
            if !is_here || found >> shift & (FAILED | SLOW) != SLOW {
                return false;
            }
            let new = found | FAILED << shift;
            match chunk.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.failures.add(&self.latest, epoch, true);
                    return true;
                }
                Err(newer) => found = newer,
            }
        }
    }

    /// Returns the chunk and the bit position of the slot for call `number`.
    #[inline]
    fn slot(&self, number: u64, size: u64) -> (&AtomicU64, u64) {
        // Numbers stay below twice the size.
        let slot = if number < size { number } else { number - size };
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of chunks")]
        let chunk = &self.chunks[(slot / SLOTS) as usize];
        (chunk, 2 * (slot % SLOTS))
    }

    /// Sets a slot to `bits` and adjusts the counts. Returns `false` if the window has moved
    /// on. A slot not yet `used` in this epoch counts as empty whatever bits it has, so a
    /// count is never too low.
    fn change(&self, epoch: Epoch, chunk: &AtomicU64, shift: u64, bits: u64, used: bool) -> bool {
        let tag = Tag::of(epoch);
        // Relaxed: see the window's module.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let there = Tag(found >> (2 * SLOTS));
            let from = if there == tag {
                found
            } else if self.latest.is(epoch) {
                // The chunk is an earlier epoch's, and counts as empty.
                tag.0 << (2 * SLOTS)
            } else {
                return false;
            };
            let before = if used { from >> shift & (FAILED | SLOW) } else { 0 };
            let new = from & !((FAILED | SLOW) << shift) | bits << shift;
            if new == found && before == bits {
                return true;
            }
            match chunk.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let says = |kind: u64| (before & kind > 0, bits & kind > 0);
                    self.failures.change(&self.latest, epoch, says(FAILED));
                    self.slow.change(&self.latest, epoch, says(SLOW));
                    return true;
                }
                Err(newer) => found = newer,
            }
        }
    }

    /// Takes the next number, first moving the window on to `epoch` if need be. Returns it, and
    /// whether the head has counted a failure; or `None` if the window is in a later epoch or
    /// closed.
    fn take_number(&self, epoch: Epoch, record: CallRecord, in_word: bool) -> Option<(u64, bool)> {
        let start = |found: u64| {
            let is_open = found & CLOSED == 0;
            is_open.then_some(Tag::of(epoch).0 << HEAD_TAG | found & COUNTS)
        };
        let mut found = move_on(&self.head, &self.latest, epoch, tag_of, start)?;
        while tag_of(found) == Tag::of(epoch) {
            let counted = record.failed && !in_word && found & COUNTS != 0;
            let size = self.size.load(Ordering::Acquire);
            match self.swap_number(found, size, record, !counted) {
                Ok(number) => return Some((number, counted)),
                Err(newer) => found = newer,
            }
        }
        None
    }

    /// Takes the next number of head `found`. Returns the present head as an error if the
    /// two differ.
    #[inline]
    fn swap_number(
        &self,
        found: u64,
        size: u64,
        record: CallRecord,
        in_word: bool,
    ) -> Result<u64, u64> {
        let number = found & NUMBER_MASK;
        // In a full window the number cycles from one size to two, so it never overflows.
        let next = if number + 1 == 2 * size { found + 1 - size } else { found + 1 };
        let next = match (record.failed, in_word) {
            (false, _) => next & !CONSECUTIVE_MASK,
            (true, false) if next & CONSECUTIVE_MASK != CONSECUTIVE_MASK => {
                next + (1 << CONSECUTIVE)
            }
            (true, _) => next,
        };
        // Acquire pairs with the release in `begin` and `reopen`, whose release sequence every
        // swap carries on: see the module above.
        let swap = self.head.compare_exchange(found, next, Ordering::Acquire, Ordering::Relaxed);
        swap.map(|_| number)
    }

    /// Counts the slots themselves; see [`WindowNode::recount`](super::WindowNode::recount).
    pub(super) fn recount(&self, epoch: Epoch) -> Totals {
        let calls = self.calls(epoch);
        let (mut failures, mut slow) = (0, 0);
        let mut left = calls;
        for chunk in &self.chunks {
            let slots = left.min(SLOTS);
            left -= slots;
            // Relaxed: see the window's module.
            let bits = chunk.load(Ordering::Relaxed);
            if Tag(bits >> (2 * SLOTS)) == Tag::of(epoch) {
                let filled = bits & ((1 << (2 * slots)) - 1);
                failures += u64::from((filled & LOW_BITS).count_ones());
                slow += u64::from((filled & LOW_BITS << 1).count_ones());
            }
            if left == 0 {
                break;
            }
        }
        // See the module above: the size may be a later one.
        if self.latest.is(epoch) { Totals { calls, failures, slow } } else { Totals::default() }
    }

    /// Returns the consecutive failures that the head counts. Returns `None` while the window is
    /// being changed.
    pub(crate) fn consecutive_failures(&self, epoch: Epoch) -> Option<u16> {
        // Acquire pairs with the release in `begin` and `reopen`: a reader that finds the failures
        // gone finds them in the breaker's word.
        let head = self.head.load(Ordering::Acquire);
        if head & CLOSED != 0 {
            return None;
        }
        Some(self.failures_of(head, epoch))
    }

    /// Returns the consecutive failures that `head` counts in `epoch`. An equal tag may be that of
    /// an epoch long ago.
    fn failures_of(&self, head: u64, epoch: Epoch) -> u16 {
        let is_here = self.latest.is(epoch) && tag_of(head) == Tag::of(epoch);
        if is_here { consecutive(head) } else { 0 }
    }

    /// Returns the running totals, as seen by the call that was recorded under `number`.
    #[inline]
    pub(crate) fn sums(&self, epoch: Epoch, number: u64) -> Totals {
        let tag = Tag::of(epoch);
        let (failures, slow) = (self.failures.get(tag), self.slow.get(tag));
        // The head is read after the counts, as a call takes its number before it is counted.
        // A full window stays full.
        let size = self.size.load(Ordering::Acquire);
        let calls = if number + 1 < size { self.calls(epoch) } else { size };
        Totals { calls, failures, slow }
    }

    /// Returns how many calls the window holds; zero if it does not hold `epoch`.
    fn calls(&self, epoch: Epoch) -> u64 {
        // Relaxed: see the window's module.
        let head = self.head.load(Ordering::Relaxed);
        let is_here = self.latest.is(epoch) && tag_of(head) == Tag::of(epoch);
        if is_here { (head & NUMBER_MASK).min(self.size.load(Ordering::Acquire)) } else { 0 }
    }
}

/// Returns the bits of a call's slot.
const fn bits_of(record: CallRecord) -> u64 {
    (record.failed as u64 * FAILED) | (record.slow as u64 * SLOW)
}

/// Returns the tag of a head; of a closed one, none that is in use.
const fn tag_of(head: u64) -> Tag {
    Tag(head >> HEAD_TAG)
}

#[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
const fn consecutive(head: u64) -> u16 {
    (head >> CONSECUTIVE) as u16
}

/// Returns the tag of a count.
const fn tag_of_count(count: u64) -> Tag {
    Tag(count >> COUNT_BITS)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
