//! The head of a window of calls: one word, which tells the next call its slot.
//!
//! ```text
//! bit 0..21              21..37                37      38    39    40..63  63
//!     slot of next call  consecutive failures  counts  full  slow  tag     closed
//! ```
//!
//! Slots are given out from the last one down to zero, and then from the last one again: a round
//! ends at slot zero, without a comparison with the size. A *chunk* is a word of thirty-two slots
//! of one bit each. It has the tag at the head's place, and the bit of a full window always set. So
//! one comparison of the two words tells whether the chunk belongs to this window, that no call in
//! it was slow and, for a failure, that the window is full.

use super::slots::NEAR;

const SLOT: u64 = (1 << 21) - 1;
const CONSECUTIVE: u32 = 21;
const CONSECUTIVE_MASK: u64 = 0xffff << CONSECUTIVE;
/// The head counts consecutive failures, in place of the breaker's word.
const COUNTS: u64 = 1 << 37;
const FULL: u32 = 38;
const SLOW: u32 = 39;
pub(super) const TAG: u32 = 40;
const TAG_MASK: u64 = (1 << 23) - 1;
/// The window is being changed, or not in use.
pub(super) const CLOSED: u64 = 1 << 63;

/// The number of slots of a chunk.
pub(super) const CHUNK: u64 = 32;

/// The head in its stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head(pub(super) u64);

/// The place of a call in a window: the head before the call's swap, with the call's slot and the
/// tag of the window.
pub(crate) type Place = Head;

impl Head {
    /// The head of a window in which no call has been recorded yet.
    pub(super) const UNUSED: Head = Head(CLOSED);

    /// Returns the head of the next window, which is empty and has slots zero to `last`.
    pub(super) const fn next_window(self, last: u64, counts: bool) -> Head {
        let tag = self.tag() % TAG_MASK + 1;
        Head(tag << TAG | last | if counts { COUNTS } else { 0 })
    }

    /// Returns whether this is the head of the first window, or the tags have just come round.
    pub(super) const fn is_first(self) -> bool {
        self.tag() == 1
    }

    pub(super) const fn closed(self) -> Head {
        Head(self.0 | CLOSED)
    }

    /// Returns the head of a closed window, opened again without its consecutive failures.
    pub(super) const fn reopened(self, counts: bool) -> Head {
        let head = self.0 & !(CLOSED | CONSECUTIVE_MASK | COUNTS);
        Head(head | if counts { COUNTS } else { 0 })
    }

    #[inline]
    pub(super) const fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    #[inline]
    pub(super) const fn counts(self) -> bool {
        self.0 & COUNTS != 0
    }

    #[inline]
    pub(crate) const fn is_full(self) -> bool {
        self.0 & 1 << FULL != 0
    }

    /// Returns whether an earlier call of the window was slow.
    #[inline]
    pub(super) const fn has_slow(self) -> bool {
        self.0 & 1 << SLOW != 0
    }

    #[inline]
    pub(super) const fn tag(self) -> u64 {
        self.0 >> TAG & TAG_MASK
    }

    /// Returns whether both heads belong to one window.
    #[inline]
    pub(super) const fn is_of(self, other: Head) -> bool {
        self.tag() == other.tag()
    }

    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    pub(super) const fn consecutive(self) -> u16 {
        (self.0 >> CONSECUTIVE) as u16
    }

    #[inline]
    pub(super) const fn slot(self) -> u64 {
        self.0 & SLOT
    }

    /// Returns the place of the slot's chunk.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "16 bits")]
    pub(super) const fn chunk(self) -> usize {
        (self.slot() / CHUNK) as usize
    }

    /// Returns the place of the slot's chunk, if the chunk is a near one.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of near chunks")]
    pub(super) const fn near_chunk(self) -> Option<usize> {
        const BEYOND: u64 = SLOT & !(NEAR as u64 * CHUNK - 1);
        if self.0 & BEYOND == 0 { Some((self.0 / CHUNK) as usize % NEAR) } else { None }
    }

    /// Returns the slot's bit in its chunk.
    #[inline]
    pub(super) const fn bit(self) -> u64 {
        1 << (self.slot() % CHUNK)
    }

    /// Returns a chunk of this window in which no slot is set.
    pub(super) const fn empty_chunk(self) -> u64 {
        self.tag() << TAG | 1 << FULL
    }

    /// Returns whether the chunk has this place's tag. If so, and the call's bit is clear, the call
    /// has passed.
    #[inline]
    pub(super) const fn is_in(self, chunk: u64) -> bool {
        (self.0 ^ chunk) >> TAG == 0
    }

    /// Returns whether the chunk already marks the call at this place as passed, and no call of the
    /// window was slow.
    #[inline]
    pub(super) const fn has_passed(self, chunk: u64) -> bool {
        chunk & self.bit() == 0 && (self.0 ^ chunk) >> SLOW == 0
    }

    /// Returns whether the chunk already marks the call at this place as failed, the window is
    /// full, and none of its calls was slow.
    #[inline]
    pub(super) const fn has_failed(self, chunk: u64) -> bool {
        chunk & self.bit() != 0 && (self.0 ^ chunk) >> FULL == 0
    }

    /// Returns the number of calls in the window, which has slots zero to `last`.
    pub(super) const fn calls(self, last: u64) -> u64 {
        if self.is_full() { last + 1 } else { last.saturating_sub(self.slot()) }
    }

    /// Returns the head after a success. `last` returns the last slot.
    #[inline]
    pub(super) fn after_success(self, last: impl Fn() -> u64) -> Head {
        Head(self.0 & !CONSECUTIVE_MASK).after_one(last)
    }

    /// Returns the head after a failure that the head counts. Returns `None` if the head counts
    /// none, or cannot count further.
    #[inline]
    pub(super) fn after_failure(self, last: impl Fn() -> u64) -> Option<Head> {
        // The bits of `counts` and of the consecutive failures, as a signed number: it is negative
        // if the head counts, and minus one if it cannot count further.
        #[allow(clippy::cast_possible_wrap, reason = "the sign is meant")]
        let row = (self.0 << (63 - CONSECUTIVE - 16)) as i64 >> 47;
        let can_count = row < -1;
        can_count.then(|| Head(self.0 + (1 << CONSECUTIVE)).after_one(last))
    }

    /// Returns the head after any call: `failed`, `slow`, or counted in the breaker's word.
    pub(super) fn after(self, call: super::CallRecord, in_word: bool, last: u64) -> Head {
        let head = match call.failed {
            false => self.after_success(|| last),
            true if in_word => self.after_one(|| last),
            true => self.after_failure(|| last).unwrap_or_else(|| self.after_one(|| last)),
        };
        Head(head.0 | u64::from(call.slow) << SLOW)
    }

    /// Returns the head whose next slot follows this one's.
    #[inline]
    fn after_one(self, last: impl Fn() -> u64) -> Head {
        if self.slot() > 0 {
            Head(self.0 - 1)
        } else {
            end_of_round();
            Head(self.0 | last() | 1 << FULL)
        }
    }
}

/// Makes the compiler lay out the other branch without a jump.
#[cold]
const fn end_of_round() {}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::window::CallRecord;

    fn heads() -> Vec<Head> {
        let mut heads = Vec::new();
        for tag in [1, 2, TAG_MASK] {
            for slot in [0, 1, 31, 32, 99] {
                for consecutive in [0, 1, 0xfffe, 0xffff] {
                    for flags in 0..8 {
                        let head = tag << TAG | slot | consecutive << CONSECUTIVE | flags << 37;
                        heads.push(Head(head));
                    }
                }
            }
        }
        heads
    }

    /// Every part of a head except the slot, the consecutive failures, and whether it is full or
    /// slow.
    fn rest(head: Head) -> (u64, bool, bool) {
        (head.tag(), head.counts(), head.is_closed())
    }

    #[test]
    fn call_takes_its_slot_and_changes_nothing_but_its_own() {
        for head in heads() {
            for in_word in [false, true] {
                for (failed, slow) in [(false, false), (false, true), (true, false), (true, true)] {
                    let next = head.after(CallRecord { failed, slow }, in_word, 99);
                    assert_eq!(rest(next), rest(head));
                    let round_is_over = head.slot() == 0;
                    assert_eq!(next.slot(), if round_is_over { 99 } else { head.slot() - 1 });
                    assert_eq!(next.is_full(), head.is_full() || round_is_over);
                    assert_eq!(next.has_slow(), head.has_slow() || slow);
                    let consecutive = match (failed, in_word || !head.counts()) {
                        (false, _) => 0,
                        (true, true) => head.consecutive(),
                        (true, false) => head.consecutive().saturating_add(1),
                    };
                    assert_eq!(next.consecutive(), consecutive, "{head:?}");
                }
            }
            let failure = CallRecord { failed: true, slow: false };
            let can_count = head.counts() && head.consecutive() < u16::MAX;
            let counted = can_count.then(|| head.after(failure, false, 99));
            assert_eq!(head.after_failure(|| 99), counted);
        }
    }

    #[test]
    fn chunk_says_what_became_of_a_call() {
        for head in heads() {
            let empty = head.empty_chunk();
            let (own, others) = (empty | head.bit(), empty | !head.bit() & 0xffff_ffff);
            let is_plain = !head.has_slow();
            for (chunk, failed) in [(empty, false), (own, true), (others, false)] {
                assert!(head.is_in(chunk));
                assert_eq!(head.has_passed(chunk), is_plain && !failed);
                assert_eq!(head.has_failed(chunk), is_plain && failed && head.is_full());
                let another = Head(head.0 ^ 1 << 41);
                assert!(!another.is_in(chunk) && !head.is_of(another));
                assert!(!another.has_passed(chunk) && !another.has_failed(chunk));
            }
        }
    }

    #[test]
    fn closed_head_is_of_its_window_and_opens_without_its_consecutive_failures() {
        for head in heads() {
            let closed = head.closed();
            assert!(closed.is_closed() && !head.is_closed() && closed.is_of(head));
            for counts in [false, true] {
                let open = closed.reopened(counts);
                assert!(!open.is_closed() && open.is_of(head) && open.consecutive() == 0);
                assert_eq!((open.counts(), open.slot()), (counts, head.slot()));
                assert_eq!((open.is_full(), open.has_slow()), (head.is_full(), head.has_slow()));
            }
        }
    }

    #[test]
    fn tags_come_round_to_the_first_and_never_to_zero() {
        let first = Head::UNUSED.next_window(9, true);
        assert!(first.is_first() && !first.is_closed() && first.counts());
        assert_eq!((first.slot(), first.calls(9), first.is_full()), (9, 0, false));
        let last = Head(TAG_MASK << TAG);
        assert!(!last.is_first() && last.next_window(9, false).is_first());
    }
}
