//! The last so many calls, exactly.
//!
//! Calls are numbered by a counter that all threads share: what "the last
//! hundred" means cannot be known otherwise. Each goes to the slot of its
//! number. Twenty-two slots of two bits make a word, with the episode they are
//! of; the rest of the word is as good as empty for another episode.
//!
//! How many of the slots say "failed" or "slow" is counted beside them, as each record
//! finds out what it replaces: so a failure need not look at the whole window. A slot
//! is changed first and counted second, so a count may for a moment trail the slots, or
//! be ahead of them by what another thread is just replacing; it is kept with a bias,
//! to be able to go below zero meanwhile. So a count that would trip is not believed,
//! but the slots are counted anew. Of two failures that are recorded at once,
//! the one that is counted second sees both: its own count tells it. It has then also
//! seen the numbers of both taken, as counting acquires what it releases.

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

use super::{CallRecord, LatestEpisode, Tag, Totals, move_on};

/// Numbers: episode (20), the next call in it (44).
const NUMBER_BITS: u32 = 64 - Tag::BITS;
const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;

/// Slots in a word: episode (20), then failed and slow for each slot.
const SLOTS: u64 = (64 - Tag::BITS as u64) / 2;
const FAILED: u64 = 0b01;
const SLOW: u64 = 0b10;
/// The low bit of every slot.
const LOW_BITS: u64 = 0x5555_5555_5555_5555;

/// Counts: episode (20), the count and a bias (44).
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

/// How many slots of the window say so.
#[derive(Debug)]
struct Count(AtomicU64);

impl Count {
    fn new(episode: Episode) -> Self {
        Count(AtomicU64::new(Self::of(Tag::of(episode), 0)))
    }

    const fn of(tag: Tag, count: u64) -> u64 {
        tag.0 << NUMBER_BITS | (BIAS + count)
    }

    /// Counts a slot that has changed from `before` to `after`.
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
                // It is an earlier episode's: as good as none.
                Self::of(tag, 0)
            } else {
                return;
            };
            let new = if up { from + 1 } else { from - 1 };
            // Acquire and release: see the module's prose.
            match self.0.compare_exchange_weak(found, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => found = newer,
            }
        }
    }

    #[inline]
    fn get(&self, tag: Tag) -> u64 {
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

    /// Records a call, if it is quickly done, and returns its number. If not: the number
    /// that it has taken, if it has one.
    #[inline]
    pub(crate) fn record_fast(
        &self,
        episode: Episode,
        record: CallRecord,
    ) -> Result<u64, Option<u64>> {
        // Relaxed: see the module above.
        let head = self.head.load(Ordering::Relaxed);
        if !self.latest_episode.is(episode) || tag_of(head) != Tag::of(episode) {
            return Err(None);
        }
        let number = self.swap_number(head).map_err(|_| None)?;
        let (chunk, shift) = self.slot(number);
        // Relaxed: as above.
        let found = chunk.load(Ordering::Relaxed);
        let is_same = found >> shift & (FAILED | SLOW) == bits_of(record);
        // Mostly the slot says so already. In its first round, a slot may say what it said
        // in an episode of the same tag long ago.
        let is_used = number >= self.size || record == CallRecord { failed: false, slow: false };
        if is_same && is_used && Tag(found >> (2 * SLOTS)) == Tag::of(episode) {
            Ok(number)
        } else {
            Err(Some(number))
        }
    }

    /// The same in full. `None` if the window has moved on.
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

    /// Where the call of this number goes: the chunk, and how far up in it.
    #[inline]
    fn slot(&self, number: u64) -> (&AtomicU64, u64) {
        // It goes up to twice the size.
        let slot = if number < self.size { number } else { number - self.size };
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of chunks")]
        let chunk = &self.chunks[(slot / SLOTS) as usize];
        (chunk, 2 * (slot % SLOTS))
    }

    /// Changes a slot, and counts that; `false` if the window has moved on. Whatever it
    /// says, a slot that is not yet `used` is empty: so a count is never too low.
    fn change(
        &self,
        episode: Episode,
        chunk: &AtomicU64,
        shift: u64,
        bits: u64,
        used: bool,
    ) -> bool {
        let tag = Tag::of(episode);
        // Relaxed: see the module above.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let there = Tag(found >> (2 * SLOTS));
            let from = if there == tag {
                found
            } else if self.latest_episode.is(episode) {
                // It is an earlier episode's: as good as empty.
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

    /// The next number, unless the window has moved on.
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

    /// Takes the number that is next in `found`, if that is what the head still is.
    #[inline]
    fn swap_number(&self, found: u64) -> Result<u64, u64> {
        let number = found & NUMBER_MASK;
        // Once full, it goes round between one and two sizes: it never runs over into
        // the episode.
        let next = if number + 1 == 2 * self.size { found + 1 - self.size } else { found + 1 };
        // Relaxed: the number is all that is taken.
        let swap = self.head.compare_exchange(found, next, Ordering::Relaxed, Ordering::Relaxed);
        swap.map(|_| number)
    }

    /// By the slots themselves.
    pub(super) fn recount(&self, episode: Episode) -> Totals {
        let calls = self.calls(episode);
        let (mut failures, mut slow) = (0, 0);
        let mut left = calls;
        for chunk in &self.chunks {
            let slots = left.min(SLOTS);
            left -= slots;
            // Relaxed: see the module above.
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

    /// How many of the latest calls have failed, one after the other.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> u16 {
        let next = self.next_number(episode);
        let (mut left, mut consecutive) = (next.min(self.size), 0);
        // Of the slots before this one, the last is the latest.
        let mut end = if next > self.size { next - self.size } else { next };
        while left > 0 {
            end = if end == 0 { self.size } else { end };
            let (chunk, shift) = self.slot(end - 1);
            // Relaxed: see the module above.
            let bits = chunk.load(Ordering::Relaxed);
            if Tag(bits >> (2 * SLOTS)) != Tag::of(episode) {
                break;
            }
            // From the top, two bits each, down to the first that has not failed.
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

    /// What is counted, as seen by a call that has been recorded under this number.
    #[inline]
    pub(crate) fn sums(&self, episode: Episode, number: u64) -> Totals {
        let tag = Tag::of(episode);
        let (failures, slow) = (self.failures.get(tag), self.slow.get(tag));
        // After the counts: whoever is counted has taken a number before. Once full,
        // it stays so.
        let calls = if number + 1 < self.size { self.calls(episode) } else { self.size };
        Totals { calls, failures, slow }
    }

    /// How many calls the window holds, if it is of that episode.
    fn calls(&self, episode: Episode) -> u64 {
        self.next_number(episode).min(self.size)
    }

    /// Zero if the window is not of that episode.
    fn next_number(&self, episode: Episode) -> u64 {
        // Relaxed: see the module above.
        let head = self.head.load(Ordering::Relaxed);
        let is_here = self.latest_episode.is(episode) && tag_of(head) == Tag::of(episode);
        if is_here { head & NUMBER_MASK } else { 0 }
    }
}

/// What a slot says.
const fn bits_of(record: CallRecord) -> u64 {
    (record.failed as u64 * FAILED) | (record.slow as u64 * SLOW)
}

/// Of a number or a count.
const fn tag_of(word: u64) -> Tag {
    Tag(word >> NUMBER_BITS)
}

#[cfg(all(test, not(breaker_loom)))]
#[path = "calls_tests.rs"]
mod tests;
