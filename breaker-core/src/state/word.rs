//! The one word that decides admission, and its layout.
//!
//! ```text
//! bit   0..3  3         4      5         6        7     8..24                        24..64
//!       tag   detached  timed  recorded  counted  sync                               episode (40 bits)
//! closed, observing                          failures (16)
//! half-open                                  in flight (8), successes (8)
//! isolated                                   handles (15), by hand (1)
//! disabled                                   -
//! (none)                                     -
//!
//! bit   0..3  3         4      5         6        7     8..48                        48..64
//! open  tag   detached  timed  recorded  counted  sync  until (40 bits, ms)          episode, lowest 16 bits
//! ```
//!
//! A call through a closed, untimed breaker keeps its *pass*: the word with all of bits 5..24
//! cleared. The word equals the pass while calls are neither recorded nor counted, and no failure
//! is counted.
//!
//! An open word has its deadline in it: a deadline in a second atomic could be read before it was
//! written. Unpacking restores the upper 24 bits of its episode from the newest opening that
//! [`StateCell`](crate::breaker::cell::StateCell) has recorded. 40 bits do not wrap: at one
//! transition a millisecond they last 34 years.
//!
//! `detached` says that the registry has dropped this breaker, `timed` that its calls are timed,
//! `recorded` that they are recorded in a window, `counted` that all of them are counted in the
//! breaker's totals. The flags are part of the word so that a call reads them with its one load.
//!
//! `sync` means nothing. A thread flips it to change the word when it has nothing else to change: a
//! compiler may drop a swap that changes nothing, and its ordering with it. Any other change of the
//! word may clear it.

mod held;

use crate::clock::Tick;
use crate::state::status::{Episode, Phase, Status, Tracking};

pub(crate) use held::Held;

const TAG: u64 = 0b111;
const CLOSED: u64 = 0;
const OPEN: u64 = 1;
const HALF_OPEN: u64 = 2;
const ISOLATED: u64 = 3;
const DISABLED: u64 = 4;
const OBSERVING: u64 = 5;
/// Not a breaker's word, but the word of a call that carries more than its pass.
const HELD: u64 = 6;
const NONE: u64 = 7;

const DETACHED: u64 = 1 << 3;
const TIMED: u64 = 1 << 4;
const RECORDED: u64 = 1 << 5;
const COUNTED: u64 = 1 << 6;
const SYNC: u64 = 1 << 7;
const PAYLOAD: u32 = 8;
const FAILURES: u64 = 0xffff << PAYLOAD;
const EPISODE: u32 = 24;
/// The largest number of handles that an isolated word can count.
pub(crate) const HANDLES: u16 = 0x7fff;

const OPEN_EPISODE: u32 = PAYLOAD + Tick::BITS;

/// The part of an episode for which an open word has room.
pub(crate) const OPEN_EPISODE_MASK: u64 = (1 << (64 - OPEN_EPISODE)) - 1;
const _: () = assert!(Episode::MASK == (1 << (64 - EPISODE)) - 1);

impl Episode {
    /// Returns the newest episode up to `opened` whose lowest bits are `low`.
    const fn widen(low: u64, opened: Episode) -> Self {
        Episode(opened.0 - (opened.0.wrapping_sub(low) & OPEN_EPISODE_MASK))
    }
}

impl Tracking {
    const fn bits(self) -> u64 {
        (if self.timed { TIMED } else { 0 })
            | (if self.recorded { RECORDED } else { 0 })
            | (if self.counted { COUNTED } else { 0 })
    }
}

/// A word in its stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub(crate) u64);

impl Word {
    /// Placeholder for a word that is stored elsewhere or not set yet. Every predicate below
    /// is false for it.
    pub(crate) const ABSENT: Word = Word::absent(0);

    /// Makes a placeholder. Different numbers make different placeholders.
    pub(crate) const fn absent(number: u16) -> Word {
        Word(NONE | (number as u64) << PAYLOAD)
    }

    /// The bit that means nothing.
    pub(crate) const SYNC: u64 = SYNC;

    /// Returns the placeholder of a breaker whose word is stored in the seat of that number.
    pub(crate) const fn in_seat(number: u32) -> Word {
        Word(NONE | (number as u64 + 1) << PAYLOAD)
    }

    /// Returns the number of the seat that stores the word.
    #[allow(clippy::cast_possible_truncation, reason = "made of 32 bits and one")]
    pub(crate) const fn seat(self) -> Option<u32> {
        match (self.0 & TAG, self.0 >> PAYLOAD) {
            (NONE, 1..) => Some((self.0 >> PAYLOAD) as u32 - 1),
            _ => None,
        }
    }

    /// Returns a closed word of episode zero with no failures.
    pub(crate) const fn new(tracking: Tracking) -> Word {
        Word(tracking.bits())
    }

    /// Returns whether the word alone admits a call: it is closed, neither detached nor timed.
    #[inline]
    pub(crate) const fn admits(self) -> bool {
        self.0 & (TAG | DETACHED | TIMED) == CLOSED
    }

    /// Returns whether calls are timed.
    #[inline]
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    /// Returns whether calls are recorded.
    #[inline]
    pub(crate) const fn is_recorded(self) -> bool {
        self.0 & RECORDED != 0
    }

    /// Returns whether all calls are counted.
    #[inline]
    pub(crate) const fn is_counted(self) -> bool {
        self.0 & COUNTED != 0
    }

    /// Returns whether the word is closed, whatever its flags.
    #[inline]
    pub(crate) const fn is_closed(self) -> bool {
        self.0 & TAG == CLOSED
    }

    /// Returns the deadline of an open word.
    #[inline]
    pub(crate) const fn open_until(self) -> Option<Tick> {
        if self.is_open() {
            Some(Tick::from_bits(self.0 >> PAYLOAD & Tick::NEVER.bits()))
        } else {
            None
        }
    }

    /// Returns the consecutive failures of a closed word.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    pub(crate) const fn failures(self) -> u16 {
        (self.0 >> PAYLOAD) as u16
    }

    /// Returns whether a closed or observing word counts failures.
    #[inline]
    pub(crate) const fn has_failures(self) -> bool {
        matches!(self.0 & TAG, CLOSED | OBSERVING) && self.0 & FAILURES != 0
    }

    /// Returns a closed word with one more failure. The count must be below [`u16::MAX`].
    #[inline]
    pub(crate) const fn plus_one_failure(self) -> Word {
        Word(self.0 + (1 << PAYLOAD))
    }

    /// Returns whether a call is admitted and timed: the word is closed and not detached.
    #[inline]
    pub(crate) const fn admits_timed(self) -> bool {
        self.0 & (TAG | DETACHED | TIMED) == CLOSED | TIMED
    }

    /// Returns the pass of a call that this word admits: the word without its failures and its
    /// marks for recorded and counted calls.
    #[inline]
    pub(crate) const fn pass(self) -> Word {
        Word(self.0 & !(FAILURES | SYNC | RECORDED | COUNTED))
    }

    /// Like [`pass`](Self::pass), but if all calls are counted, the result is no pass.
    #[inline]
    pub(crate) const fn pass_if_uncounted(self) -> Word {
        Word(self.0 & !(FAILURES | SYNC | RECORDED))
    }

    /// Returns the breaker's word for this pass, if all calls are counted, none is recorded and
    /// there are no failures.
    #[inline]
    pub(crate) const fn counted(self) -> Word {
        Word(self.0 + COUNTED)
    }

    /// Returns the breaker's word for this pass, if calls are recorded and nothing is counted.
    #[inline]
    pub(crate) const fn recorded(self) -> Word {
        Word(self.0 + RECORDED)
    }

    /// Returns whether this is an admitted call's word or a breaker's.
    #[inline]
    pub(crate) const fn is_present(self) -> bool {
        self.0 & TAG != NONE
    }

    /// Returns a closed word without failures, and with the meaningless bit cleared.
    #[inline]
    pub(crate) const fn without_failures(self) -> Word {
        Word(self.0 & !(FAILURES | SYNC))
    }

    /// Returns the episode of a word that is not open.
    #[inline]
    pub(crate) const fn episode(self) -> Episode {
        Episode(self.0 >> EPISODE)
    }

    pub(crate) const fn is_detached(self) -> bool {
        self.0 & DETACHED != 0
    }

    pub(crate) const fn is_open(self) -> bool {
        self.0 & TAG == OPEN
    }

    #[inline]
    pub(crate) const fn is_half_open(self) -> bool {
        self.0 & TAG == HALF_OPEN
    }

    pub(crate) const fn pack(status: Status) -> Self {
        let detached = if status.detached { DETACHED } else { 0 };
        let flags = detached | status.tracking.bits();
        let long = status.episode.0 << EPISODE;
        Word(
            flags
                | match status.phase {
                    Phase::Closed { failures } => CLOSED | (failures as u64) << PAYLOAD | long,
                    Phase::Open { until } => {
                        OPEN | until.bits() << PAYLOAD
                            | (status.episode.0 & OPEN_EPISODE_MASK) << OPEN_EPISODE
                    }
                    Phase::HalfOpen { in_flight, successes } => {
                        HALF_OPEN | ((in_flight as u64) | (successes as u64) << 8) << PAYLOAD | long
                    }
                    Phase::Isolated { handles, by_hand } => {
                        let held = ((handles & HANDLES) as u64) | (by_hand as u64) << 15;
                        ISOLATED | held << PAYLOAD | long
                    }
                    Phase::Disabled => DISABLED | long,
                    Phase::Observing { failures } => {
                        OBSERVING | (failures as u64) << PAYLOAD | long
                    }
                },
        )
    }

    /// Unpacks the word. `opened` is the episode of the newest opening that the cell has recorded.
    /// If the word is open, it is at least the word's own.
    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) const fn unpack(self, opened: Episode) -> Status {
        let payload = self.0 >> PAYLOAD;
        let phase = match self.0 & TAG {
            CLOSED => Phase::Closed { failures: payload as u16 },
            OPEN => Phase::Open { until: Tick::from_bits(payload & Tick::NEVER.bits()) },
            HALF_OPEN => {
                Phase::HalfOpen { in_flight: payload as u8, successes: (payload >> 8) as u8 }
            }
            ISOLATED => Phase::Isolated {
                handles: payload as u16 & HANDLES,
                by_hand: payload >> 15 & 1 == 1,
            },
            OBSERVING => Phase::Observing { failures: payload as u16 },
            _ => Phase::Disabled,
        };
        let episode = if self.is_open() {
            Episode::widen(self.0 >> OPEN_EPISODE, opened)
        } else {
            self.episode()
        };
        let tracking = Tracking {
            timed: self.is_timed(),
            recorded: self.is_recorded(),
            counted: self.is_counted(),
        };
        Status { episode, detached: self.is_detached(), tracking, phase }
    }
}

#[cfg(test)]
mod tests;
