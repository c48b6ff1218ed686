//! A window of calls: the last N calls, counted exactly.
//!
//! All threads number their calls by one shared counter, as "the last hundred calls" needs
//! one order of calls. The number selects the call's slot of two bits. A chunk is a word of
//! twenty-two slots and the tag of their episode; for another episode its slots count as
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

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

use super::{CallRecord, LatestEpisode, Tag, Totals, move_on};

/// Head: episode (20), number of the next call (44).
const NUMBER_BITS: u32 = 64 - Tag::BITS;
const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;

/// Chunk: episode (20), then slow and failed for each slot.
const SLOTS: u64 = (64 - Tag::BITS as u64) / 2;
const FAILED: u64 = 0b01;
const SLOW: u64 = 0b10;
/// The low bit of every slot.
const LOW_BITS: u64 = 0x5555_5555_5555_5555;

/// Count: episode (20), the count plus a bias (44).
const COUNT_MASK: u64 = NUMBER_MASK;
const BIAS: u64 = 1 << (NUMBER_BITS - 1);

#[derive(Debug)]
pub(crate) struct CallWindow {
    size: u64,
    latest_episode: LatestEpisode,
    head: AtomicU64,
    failures: Count,
    slow: Count,
    chunks: Box<[AtomicU64]>,
}

/// The number of slots that have one kind of bit set.
#[derive(Debug)]
struct Count(AtomicU64);

impl Count {
    fn new(episode: Episode) -> Self {
        Count(AtomicU64::new(Self::of(Tag::of(episode), 0)))
    }

    const fn of(tag: Tag, count: u64) -> u64 {
        tag.0 << NUMBER_BITS | (BIAS + count)
    }

    /// Adjusts the count for a slot whose bit has changed from `before` to `after`.
    #[inline]
    fn change(
        &self,
        latest_episode: &LatestEpisode,
        episode: Episode,
        (before, after): (bool, bool),
    ) {
        if before != after {
            self.add(latest_episode, episode, after);
        }
    }

    fn add(&self, latest_episode: &LatestEpisode, episode: Episode, up: bool) {
        let tag = Tag::of(episode);
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let from = if tag_of(found) == tag {
                found
            } else if latest_episode.is(episode) {
                // The count is an earlier episode's, and counts as zero.
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
        if tag_of(found) == tag { (found & COUNT_MASK).saturating_sub(BIAS) } else { 0 }
    }
}

impl CallWindow {
    pub(super) fn new(size: u32, episode: Episode) -> Self {
        let size = u64::from(size);
        let start = Tag::of(episode).0 << NUMBER_BITS;
        let chunk = || AtomicU64::new(Tag::of(episode).0 << (2 * SLOTS));
        let chunks = (0..size.div_ceil(SLOTS)).map(|_| chunk()).collect();
        let (failures, slow) = (Count::new(episode), Count::new(episode));
        let (latest_episode, head) = (LatestEpisode::new(episode), AtomicU64::new(start));
        CallWindow { size, latest_episode, head, failures, slow, chunks }
    }

    /// Records a call whose slot already has the right bits, and returns the call's number.
    ///
    /// # Errors
    /// The call is not recorded yet: with the number that was taken for it, or `None`.
    #[inline]
    pub(crate) fn record_fast(
        &self,
        episode: Episode,
        record: CallRecord,
    ) -> Result<u64, Option<u64>> {
        // Relaxed: see the window's module.
        let head = self.head.load(Ordering::Relaxed);
        if !self.latest_episode.is(episode) || tag_of(head) != Tag::of(episode) {
            return Err(None);
        }
        let number = self.swap_number(head).map_err(|_| None)?;
        let (chunk, shift) = self.slot(number);
        // Relaxed: as above.
        let found = chunk.load(Ordering::Relaxed);
        let is_same = found >> shift & (FAILED | SLOW) == bits_of(record);
        // Until the window is full, a slot may have bits from an episode of equal tag long
        // ago.
        let is_used = number >= self.size || record == CallRecord { failed: false, slow: false };
        if is_same && is_used && Tag(found >> (2 * SLOTS)) == Tag::of(episode) {
            Ok(number)
        } else {
            Err(Some(number))
        }
    }

    /// Records a call that [`record_fast`](Self::record_fast) did not, under the number
    /// already `taken` if there is one. Returns `None` if the window has moved on.
    #[cold]
    pub(crate) fn record(
        &self,
        episode: Episode,
        record: CallRecord,
        taken: Option<u64>,
    ) -> Option<u64> {
        let number = taken.or_else(|| self.take_number(episode))?;
        let (chunk, shift) = self.slot(number);
        self.change(episode, chunk, shift, bits_of(record), number >= self.size).then_some(number)
    }

    /// Makes the slow call of that number a failed one too. Returns `false` if its slot has
    /// another call by now, which is not known for sure only if that one is slow as well.
    #[cold]
    pub(super) fn add_failure(&self, episode: Episode, number: u64) -> bool {
        let (chunk, shift) = self.slot(number);
        // Relaxed: see the window's module.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let is_here = Tag(found >> (2 * SLOTS)) == Tag::of(episode);
            if !is_here || found >> shift & (FAILED | SLOW) != SLOW {
                return false;
            }
            let new = found | FAILED << shift;
            match chunk.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.failures.add(&self.latest_episode, episode, true);
                    return true;
                }
                Err(newer) => found = newer,
            }
        }
    }

    /// Returns the chunk and the bit position of the slot for call `number`.
    #[inline]
    fn slot(&self, number: u64) -> (&AtomicU64, u64) {
        // Numbers stay below twice the size.
        let slot = if number < self.size { number } else { number - self.size };
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of chunks")]
        let chunk = &self.chunks[(slot / SLOTS) as usize];
        (chunk, 2 * (slot % SLOTS))
    }

    /// Sets a slot to `bits` and adjusts the counts. Returns `false` if the window has moved
    /// on. A slot not yet `used` in this episode counts as empty whatever bits it has, so a
    /// count is never too low.
    fn change(
        &self,
        episode: Episode,
        chunk: &AtomicU64,
        shift: u64,
        bits: u64,
        used: bool,
    ) -> bool {
        let tag = Tag::of(episode);
        // Relaxed: see the window's module.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let there = Tag(found >> (2 * SLOTS));
            let from = if there == tag {
                found
            } else if self.latest_episode.is(episode) {
                // The chunk is an earlier episode's, and counts as empty.
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
                    self.failures.change(&self.latest_episode, episode, says(FAILED));
                    self.slow.change(&self.latest_episode, episode, says(SLOW));
                    return true;
                }
                Err(newer) => found = newer,
            }
        }
    }

    /// Takes the next number, first moving the window on to `episode` if need be. Returns
    /// `None` if the window is in a later episode.
    fn take_number(&self, episode: Episode) -> Option<u64> {
        let start = |_| Tag::of(episode).0 << NUMBER_BITS;
        let mut found = move_on(&self.head, &self.latest_episode, episode, tag_of, start)?;
        while tag_of(found) == Tag::of(episode) {
            match self.swap_number(found) {
                Ok(number) => return Some(number),
                Err(newer) => found = newer,
            }
        }
        None
    }

    /// Takes the next number of head `found`. Returns the present head as an error if the
    /// two differ.
    #[inline]
    fn swap_number(&self, found: u64) -> Result<u64, u64> {
        let number = found & NUMBER_MASK;
        // In a full window the number cycles from one size to two, so it never overflows
        // into the tag.
        let next = if number + 1 == 2 * self.size { found + 1 - self.size } else { found + 1 };
        // Relaxed: the swap takes a number and publishes nothing else.
        let swap = self.head.compare_exchange(found, next, Ordering::Relaxed, Ordering::Relaxed);
        swap.map(|_| number)
    }

    /// Counts the slots themselves; see [`WindowNode::recount`](super::WindowNode::recount).
    pub(super) fn recount(&self, episode: Episode) -> Totals {
        let calls = self.calls(episode);
        let (mut failures, mut slow) = (0, 0);
        let mut left = calls;
        for chunk in &self.chunks {
            let slots = left.min(SLOTS);
            left -= slots;
            // Relaxed: see the window's module.
            let bits = chunk.load(Ordering::Relaxed);
            if Tag(bits >> (2 * SLOTS)) == Tag::of(episode) {
                let filled = bits & ((1 << (2 * slots)) - 1);
                failures += u64::from((filled & LOW_BITS).count_ones());
                slow += u64::from((filled & LOW_BITS << 1).count_ones());
            }
            if left == 0 {
                break;
            }
        }
        Totals { calls, failures, slow }
    }

    /// Returns the number of consecutive failures up to the latest call.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> u16 {
        let next = self.next_number(episode);
        let (mut left, mut consecutive) = (next.min(self.size), 0);
        // The slot just before `end` has the latest call.
        let mut end = if next > self.size { next - self.size } else { next };
        while left > 0 {
            end = if end == 0 { self.size } else { end };
            let (chunk, shift) = self.slot(end - 1);
            // Relaxed: see the window's module.
            let bits = chunk.load(Ordering::Relaxed);
            if Tag(bits >> (2 * SLOTS)) != Tag::of(episode) {
                break;
            }
            // Shifts the latest slot to the top; the leading zeros of `passed` then count the
            // failed slots, two bits each.
            let passed = !(bits << (62 - shift)) & LOW_BITS;
            let here = (shift / 2 + 1).min(left);
            let failed = u64::from(passed.leading_zeros() / 2).min(here);
            consecutive += failed;
            if failed < here {
                break;
            }
            left -= here;
            end -= here;
        }
        u16::try_from(consecutive).unwrap_or(u16::MAX)
    }

    /// Returns the running totals, as seen by the call that was recorded under `number`.
    #[inline]
    pub(crate) fn sums(&self, episode: Episode, number: u64) -> Totals {
        let tag = Tag::of(episode);
        let (failures, slow) = (self.failures.get(tag), self.slow.get(tag));
        // The head is read after the counts, as a call takes its number before it is counted.
        // A full window stays full.
        let calls = if number + 1 < self.size { self.calls(episode) } else { self.size };
        Totals { calls, failures, slow }
    }

    /// Returns how many calls the window holds; zero if it does not hold `episode`.
    fn calls(&self, episode: Episode) -> u64 {
        self.next_number(episode).min(self.size)
    }

    /// Returns the number of the next call; zero if the window does not hold `episode`.
    fn next_number(&self, episode: Episode) -> u64 {
        // Relaxed: see the window's module.
        let head = self.head.load(Ordering::Relaxed);
        let is_here = self.latest_episode.is(episode) && tag_of(head) == Tag::of(episode);
        if is_here { head & NUMBER_MASK } else { 0 }
    }
}

/// Returns the bits of a call's slot.
const fn bits_of(record: CallRecord) -> u64 {
    (record.failed as u64 * FAILED) | (record.slow as u64 * SLOW)
}

/// Returns the tag of a head or a count.
const fn tag_of(word: u64) -> Tag {
    Tag(word >> NUMBER_BITS)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
