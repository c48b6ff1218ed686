//! The one word that decides admission, and its layout.
//!
//! ```text
//! bit   0..3  3         4        5     6..22                        22..64
//!       tag   detached  tracked  sync                               episode (42 bits)
//! closed, observing                    failures (16)
//! half-open                            in flight (8), successes (8)
//! isolated                             handles (15), by hand (1)
//! disabled                             -
//! (none)                               -
//!
//! bit   0..3  3         4        5     6..46                        46..64
//! open  tag   detached  tracked  sync  until (40 bits, ms)          episode, lowest 18 bits
//! ```
//!
//! An open word needs room for its deadline: a deadline in a second atomic could be read
//! before it was written. Unpacking restores the upper 24 bits of its episode from the newest
//! opening that [`StateCell`](crate::breaker::cell::StateCell) has recorded. 42 bits do not
//! wrap: at one transition a millisecond they last 139 years.
//!
//! `detached` says that the registry has dropped this breaker, `tracked` that its calls are
//! timed or recorded in a window. Both flags are part of the word so that a call reads them
//! with the one load that it makes anyway.
//!
//! `sync` means nothing. A thread flips it to change the word when it has nothing else to change:
//! a compiler may drop a swap that changes nothing, and its ordering with it. Any other change
//! of the word may clear it.

use crate::clock::Tick;

const TAG: u64 = 0b111;
const CLOSED: u64 = 0;
const OPEN: u64 = 1;
const HALF_OPEN: u64 = 2;
const ISOLATED: u64 = 3;
const DISABLED: u64 = 4;
const OBSERVING: u64 = 5;
const NONE: u64 = 7;

const DETACHED: u64 = 1 << 3;
const TRACKED: u64 = 1 << 4;
const SYNC: u64 = 1 << 5;
const PAYLOAD: u32 = 6;
const FAILURES: u64 = 0xffff << PAYLOAD;
const EPISODE: u32 = 22;
/// The largest number of handles that an isolated word can count.
pub(crate) const HANDLES: u16 = 0x7fff;

const OPEN_EPISODE: u32 = PAYLOAD + Tick::BITS;

/// The part of an episode that an open word has room for.
pub(crate) const OPEN_EPISODE_MASK: u64 = (1 << (64 - OPEN_EPISODE)) - 1;
const EPISODE_MASK: u64 = (1 << (64 - EPISODE)) - 1;

/// The number of a period between two state changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Episode(pub(crate) u64);

impl Episode {
    pub(crate) const fn next(self) -> Self {
        Episode((self.0 + 1) & EPISODE_MASK)
    }

    /// Returns the newest episode not after `opened` whose lowest bits are `low`.
    const fn widen(low: u64, opened: Episode) -> Self {
        Episode(opened.0 - (opened.0.wrapping_sub(low) & OPEN_EPISODE_MASK))
    }
}

/// The state of a breaker, with the counters of that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Closed { failures: u16 },
    Open { until: Tick },
    HalfOpen { in_flight: u8, successes: u8 },
    Isolated { handles: u16, by_hand: bool },
    Disabled,
    Observing { failures: u16 },
}

/// A word, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) episode: Episode,
    pub(crate) detached: bool,
    pub(crate) tracked: bool,
    pub(crate) phase: Phase,
}

impl Status {
    /// Clears the consecutive failures.
    pub(crate) fn forget_failures(&mut self) {
        if let Phase::Closed { failures } | Phase::Observing { failures } = &mut self.phase {
            *failures = 0;
        }
    }
}

/// A word in its stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub(crate) u64);

impl Word {
    /// Placeholder for a word that is stored elsewhere or not set yet. Every predicate below
    /// is false for it.
    pub(crate) const ABSENT: Word = Word(NONE);

    /// The bit that means nothing.
    pub(crate) const SYNC: u64 = SYNC;

    /// Returns a closed word of episode zero with no failures.
    pub(crate) const fn new(tracked: bool) -> Word {
        Word(if tracked { TRACKED } else { 0 })
    }

    /// Returns whether the fast path admits a call: the word is closed, neither detached nor
    /// tracked.
    #[inline]
    pub(crate) const fn is_closed_untracked(self) -> bool {
        self.0 & (TAG | DETACHED | TRACKED) == CLOSED
    }

    /// Returns whether calls are timed or recorded.
    #[inline]
    pub(crate) const fn is_tracked(self) -> bool {
        self.0 & TRACKED != 0
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

    /// Returns both counts of a half-open word: probes in flight in the lower byte, successes
    /// in the upper.
    pub(crate) const fn counts(self) -> u16 {
        self.failures()
    }

    /// Returns a closed word with one more failure. The count must be below [`u16::MAX`].
    #[inline]
    pub(crate) const fn plus_one_failure(self) -> Word {
        Word(self.0 + (1 << PAYLOAD))
    }

    /// Returns whether a call is admitted and tracked: the word is closed and not detached.
    #[inline]
    pub(crate) const fn is_closed_tracked(self) -> bool {
        self.0 & (TAG | DETACHED | TRACKED) == CLOSED | TRACKED
    }

    /// Returns a closed word with no failures, and the bit without meaning cleared. The ticket of a
    /// closed call stores this word.
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
        let flags = detached | if status.tracked { TRACKED } else { 0 };
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

    /// Unpacks the word. `opened` is the episode of the newest opening that the cell has
    /// recorded: at least the word's own, if the word is open.
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
        Status { episode, detached: self.is_detached(), tracked: self.is_tracked(), phase }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases() -> Vec<Phase> {
        let mut all = vec![Phase::Disabled];
        for by_hand in [false, true] {
            all.extend([0, 1, 0x7fff].map(|handles| Phase::Isolated { handles, by_hand }));
        }
        all.extend([0, 1, 5, u16::MAX].map(|failures| Phase::Closed { failures }));
        all.extend([0, 1, 5, u16::MAX].map(|failures| Phase::Observing { failures }));
        all.extend(
            [0, 1, 86_400_000, Tick::NEVER.bits()]
                .map(|ms| Phase::Open { until: Tick::from_bits(ms) }),
        );
        for in_flight in [0, 1, 255] {
            all.extend([0, 1, 255].map(|successes| Phase::HalfOpen { in_flight, successes }));
        }
        all
    }

    #[test]
    fn every_status_survives_packing() {
        let low = OPEN_EPISODE_MASK;
        for episode in [0, 1, 2, low - 1, low, low + 1, 3 * low, EPISODE_MASK - 1, EPISODE_MASK] {
            for phase in phases() {
                for flags in 0..4 {
                    let (detached, tracked) = (flags & 1 == 1, flags & 2 == 2);
                    let status = Status { episode: Episode(episode), detached, tracked, phase };
                    let word = Word::pack(status);
                    assert_eq!(word.unpack(Episode(episode)), status);
                    assert_eq!(Word(word.0 ^ SYNC).unpack(Episode(episode)), status);
                    let closed = matches!(phase, Phase::Closed { .. }) && !detached;
                    assert_eq!(word.is_closed_untracked(), closed && !tracked, "{status:?}");
                    assert_eq!(word.is_closed_tracked(), closed && tracked, "{status:?}");
                }
            }
        }
    }

    /// [R13]
    #[test]
    fn open_episode_is_widened_though_the_record_has_moved_on() {
        for episode in [1, OPEN_EPISODE_MASK, OPEN_EPISODE_MASK + 1, 5 * OPEN_EPISODE_MASK + 7] {
            for ahead in [0, 1, 2, OPEN_EPISODE_MASK] {
                let low = episode & OPEN_EPISODE_MASK;
                assert_eq!(Episode::widen(low, Episode(episode + ahead)), Episode(episode));
            }
        }
    }

    #[test]
    fn new_word_is_closed_and_empty() {
        for tracked in [false, true] {
            let status = Word::new(tracked).unpack(Episode(0));
            assert_eq!(status.phase, Phase::Closed { failures: 0 });
            assert_eq!((status.episode, status.tracked), (Episode(0), tracked));
        }
    }

    #[test]
    fn without_failures_keeps_all_but_the_count() {
        let at = |failures| {
            Word::pack(Status {
                episode: Episode(77),
                detached: false,
                tracked: false,
                phase: Phase::Closed { failures },
            })
        };
        assert_eq!(at(9).without_failures(), at(0));
        assert_eq!(Word(at(9).0 ^ SYNC).without_failures(), at(0));
        assert!(!Word(at(0).0 ^ SYNC).has_failures());
    }
}
