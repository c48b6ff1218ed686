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
//!
use crate::atomic::{AtomicU64, Ordering};
use crate::word::Episode;

use super::{Epoch, Record, Sums, Tag, move_on};

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
pub(super) struct CallWindow {
    size: u64,
    epoch: Epoch,
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
    fn change(&self, epoch: &Epoch, episode: Episode, before: bool, after: bool) {
        if before != after {
            self.add(epoch, episode, after);
        }
    }

    fn add(&self, epoch: &Epoch, episode: Episode, up: bool) {
        let tag = Tag::of(episode);
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let from = if Tag(found >> NUMBER_BITS) == tag {
                found
            } else if epoch.is(episode) {
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

    fn get(&self, tag: Tag) -> u64 {
        let found = self.0.load(Ordering::Acquire);
        if Tag(found >> NUMBER_BITS) == tag { (found & COUNT_MASK).saturating_sub(BIAS) } else { 0 }
    }
}

impl CallWindow {
    pub(super) fn new(size: u32, episode: Episode) -> Self {
        let size = u64::from(size);
        let start = Tag::of(episode).0 << NUMBER_BITS;
        let chunk = || AtomicU64::new(Tag::of(episode).0 << (2 * SLOTS));
        let chunks = (0..size.div_ceil(SLOTS)).map(|_| chunk()).collect();
        let (failures, slow) = (Count::new(episode), Count::new(episode));
        let (epoch, head) = (Epoch::new(episode), AtomicU64::new(start));
        CallWindow { size, epoch, head, failures, slow, chunks }
    }

    pub(super) fn record(&self, episode: Episode, record: Record) -> bool {
        let tag = Tag::of(episode);
        let Some(number) = self.take_number(episode) else { return false };
        // It goes up to twice the size.
        let slot = if number < self.size { number } else { number - self.size };
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of chunks")]
        let chunk = &self.chunks[(slot / SLOTS) as usize];
        let shift = 2 * (slot % SLOTS);
        let bits = (u64::from(record.failed) * FAILED) | (u64::from(record.slow) * SLOW);
        // Relaxed: see the module above.
        let mut found = chunk.load(Ordering::Relaxed);
        loop {
            let there = Tag(found >> (2 * SLOTS));
            let from = if there == tag {
                found
            } else if self.epoch.is(episode) {
                // It is an earlier episode's: as good as empty.
                tag.0 << (2 * SLOTS)
            } else {
                return false;
            };
            let before = from >> shift & (FAILED | SLOW);
            let new = from & !((FAILED | SLOW) << shift) | bits << shift;
            if new == found {
                return true;
            }
            match chunk.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let (epoch, failed) = (&self.epoch, before & FAILED > 0);
                    self.failures.change(epoch, episode, failed, record.failed);
                    self.slow.change(epoch, episode, before & SLOW > 0, record.slow);
                    return true;
                }
                Err(newer) => found = newer,
            }
        }
    }

    /// The next number, unless the window has moved on.
    fn take_number(&self, episode: Episode) -> Option<u64> {
        let tag_of = |head: u64| Tag(head >> NUMBER_BITS);
        // Relaxed: see the module above.
        let mut found = self.head.load(Ordering::Relaxed);
        if !self.epoch.is(episode) || tag_of(found) != Tag::of(episode) {
            let start = |_| Tag::of(episode).0 << NUMBER_BITS;
            found = move_on(&self.head, &self.epoch, episode, tag_of, start)?;
        }
        while tag_of(found) == Tag::of(episode) {
            // Once full, it goes round between one and two sizes: it never runs
            // over into the episode.
            let is_last = (found & NUMBER_MASK) + 1 == 2 * self.size;
            let next = if is_last { found + 1 - self.size } else { found + 1 };
            // Relaxed: the number is all that is taken.
            match self.head.compare_exchange_weak(found, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(found & NUMBER_MASK),
                Err(newer) => found = newer,
            }
        }
        None
    }

    /// By the slots themselves.
    pub(super) fn recount(&self, of: Episode) -> Sums {
        let Sums { calls, .. } = self.sums(of);
        let (mut failures, mut slow) = (0, 0);
        let mut left = calls;
        for chunk in &self.chunks {
            let slots = left.min(SLOTS);
            left -= slots;
            // Relaxed: see the module above.
            let bits = chunk.load(Ordering::Relaxed);
            if Tag(bits >> (2 * SLOTS)) == Tag::of(of) {
                let filled = bits & ((1 << (2 * slots)) - 1);
                failures += u64::from((filled & LOW_BITS).count_ones());
                slow += u64::from((filled & LOW_BITS << 1).count_ones());
            }
            if left == 0 {
                break;
            }
        }
        Sums { calls, failures, slow }
    }

    pub(super) fn sums(&self, of: Episode) -> Sums {
        // Relaxed: see the module above.
        let head = self.head.load(Ordering::Relaxed);
        let tag = Tag(head >> NUMBER_BITS);
        if !self.epoch.is(of) || Tag::of(of) != tag {
            return Sums::default();
        }
        let (failures, slow) = (self.failures.get(tag), self.slow.get(tag));
        // Again, after the counts: whoever is counted has taken a number before.
        let head = self.head.load(Ordering::Relaxed);
        let calls = (head & NUMBER_MASK).min(self.size);
        if Tag(head >> NUMBER_BITS) == tag {
            Sums { calls, failures, slow }
        } else {
            Sums::default()
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    fn episode(number: u64) -> Episode {
        Episode(number)
    }

    /// [C5, C6, C8]
    #[test]
    fn window_equals_a_plain_list_of_the_last_calls() {
        for size in [1, 2, 21, 22, 23, 44, 100, 1_000] {
            let window = CallWindow::new(size, episode(0));
            let mut list = VecDeque::new();
            for number in 0..3_000_u32 {
                let noise = number.wrapping_mul(2_654_435_761) >> 20;
                let record = Record { failed: noise % 3 == 0, slow: noise % 5 == 0 };
                assert!(window.record(episode(0), record));
                list.push_back(record);
                if list.len() > size as usize {
                    list.pop_front();
                }
                let wanted = Sums {
                    calls: list.len() as u64,
                    failures: list.iter().filter(|record| record.failed).count() as u64,
                    slow: list.iter().filter(|record| record.slow).count() as u64,
                };
                assert_eq!(window.sums(episode(0)), wanted, "size {size}, call {number}");
                assert_eq!(window.recount(episode(0)), wanted, "size {size}, call {number}");
            }
        }
    }

    /// [R6]
    #[test]
    fn record_of_another_episode_is_dropped() {
        let window = CallWindow::new(10, episode(0));
        let failed = Record { failed: true, slow: false };
        assert!(window.record(episode(0), failed));
        assert_eq!(window.sums(episode(3)), Sums::default());
        assert!(window.record(episode(3), failed));
        assert!(!window.record(episode(0), failed), "a straggler does not set it back");
        assert_eq!(window.sums(episode(3)).calls, 1);
    }

    /// One thread's failures are two successes apart, the other only succeeds: of the
    /// last two calls, never both have failed.
    #[test]
    fn failure_that_is_just_replaced_does_not_count_beside_the_next() {
        use std::sync::atomic::AtomicBool;

        let window = CallWindow::new(2, episode(0));
        let record = |failed| assert!(window.record(episode(0), Record { failed, slow: false }));
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    record(false);
                }
            });
            for _ in 0..200_000 {
                record(false);
                record(false);
                record(true);
                assert!(window.recount(episode(0)).failures <= 1);
            }
            over.store(true, Ordering::Relaxed);
        });
        assert!(window.sums(episode(0)).failures <= 1);
    }
}
