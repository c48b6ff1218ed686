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

use crate::clock::Tick;

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

/// The place of [`Held`] in the word of a held call.
const HELD_KIND: u32 = 4;
const HELD_KINDS: u64 = 0b11 << HELD_KIND;
/// The future of the call is being polled, or was when it panicked.
const POLLED: u64 = DETACHED;

/// The call has answered in time, and goes on. No comparison of a held word with a breaker's reads
/// this bit.
const ANSWERED: u64 = SYNC;

/// The part of an episode for which an open word has room.
pub(crate) const OPEN_EPISODE_MASK: u64 = (1 << (64 - OPEN_EPISODE)) - 1;
const EPISODE_MASK: u64 = (1 << (64 - EPISODE)) - 1;

/// The number of a period between two state changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Episode(pub(crate) u64);

impl Episode {
    pub(crate) const fn next(self) -> Self {
        Episode((self.0 + 1) & EPISODE_MASK)
    }

    /// Returns the newest episode up to `opened` whose lowest bits are `low`.
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

impl Phase {
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Phase::Open { .. })
    }
}

/// The treatment of calls beside the counting of consecutive failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tracking {
    /// Calls are timed.
    pub(crate) timed: bool,
    /// Calls are recorded in a window.
    pub(crate) recorded: bool,
    /// All calls are counted in the totals.
    pub(crate) counted: bool,
}

impl Tracking {
    #[cfg(test)]
    pub(crate) const NONE: Tracking = Tracking { timed: false, recorded: false, counted: false };

    const fn bits(self) -> u64 {
        (if self.timed { TIMED } else { 0 })
            | (if self.recorded { RECORDED } else { 0 })
            | (if self.counted { COUNTED } else { 0 })
    }
}

/// The kinds of calls that carry more than their pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The call is timed, or observed, or a disabled breaker has admitted it.
    Call,
    Probe,
    /// The call's outcome counts for nothing.
    Unrecorded,
    /// The call's permit is parked elsewhere.
    Parked,
}

/// A word, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) episode: Episode,
    pub(crate) detached: bool,
    pub(crate) tracking: Tracking,
    pub(crate) phase: Phase,
}

impl Status {
    /// Returns the failures that the totals read from the word: they are a closed breaker's that
    /// records no calls.
    pub(crate) fn failures_for_totals(&self) -> u16 {
        match self.phase {
            Phase::Closed { failures } if !self.tracking.recorded => failures,
            _ => 0,
        }
    }

    /// Returns whether the breaker is closed and counts failures.
    pub(crate) fn counts_failures(&self) -> bool {
        matches!(self.phase, Phase::Closed { failures: 1.. })
    }

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

    /// Returns the episode of a held call, above its 16 bits of payload.
    #[inline]
    pub(crate) const fn held_key(self) -> u64 {
        self.0 >> PAYLOAD
    }

    /// Returns the 16 bits of payload in a word that is not a breaker's.
    pub(crate) const fn payload(self) -> u16 {
        self.failures()
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

    /// Returns whether the word [admits timed calls](Self::admits_timed), in the episode of a held
    /// call.
    #[inline]
    pub(crate) const fn admits_timed_of(self, call: Word) -> bool {
        (self.0 ^ call.0) & !(FAILURES | SYNC | RECORDED | COUNTED) == HELD | TIMED
    }

    /// Like [`admits_timed_of`](Self::admits_timed_of), but returns `false` if all calls are
    /// counted.
    #[inline]
    pub(crate) const fn admits_uncounted_timed_of(self, call: Word) -> bool {
        (self.0 ^ call.0) & !(FAILURES | SYNC | RECORDED) == HELD | TIMED
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

    /// Makes the word of a call that carries more than its pass. It is no breaker's word.
    pub(crate) const fn held(kind: Held, episode: Episode, payload: u16) -> Self {
        Word(HELD | (kind as u64) << HELD_KIND | (payload as u64) << PAYLOAD | episode.0 << EPISODE)
    }

    /// Makes the word of a held call from its episode and, below it, 16 bits of payload.
    #[inline]
    pub(crate) const fn held_by_key(key: u64) -> Self {
        Word(HELD | (Held::Call as u64) << HELD_KIND | key << PAYLOAD)
    }

    /// Returns whether this is the word of a call that carries more than its pass.
    #[inline]
    pub(crate) const fn is_held(self) -> bool {
        self.0 & TAG == HELD
    }

    /// Marks a pass or a held word. A marked pass admits nothing; a marked held word still is one.
    #[inline]
    pub(crate) const fn polled(self) -> Self {
        Word(self.0 | POLLED)
    }

    #[inline]
    pub(crate) const fn is_polled(self) -> bool {
        self.0 & POLLED != 0
    }

    /// Marks a held word.
    #[cfg(feature = "stream")]
    pub(crate) const fn answered(self) -> Self {
        Word(self.0 | ANSWERED)
    }

    pub(crate) const fn is_answered(self) -> bool {
        self.0 & ANSWERED != 0
    }

    /// Returns whether the held call is of that kind.
    #[inline]
    pub(crate) const fn is_held_as(self, kind: Held) -> bool {
        self.0 & (TAG | HELD_KINDS) == HELD | (kind as u64) << HELD_KIND
    }

    /// Returns whether the call is a probe or parked.
    #[inline]
    pub(crate) const fn is_probe_or_parked(self) -> bool {
        // These two kinds are the odd ones.
        self.0 & (TAG | 1 << HELD_KIND) == HELD | 1 << HELD_KIND
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
                for flags in 0..16 {
                    let [detached, timed, recorded, counted] =
                        [1, 2, 4, 8].map(|flag| flags & flag != 0);
                    let tracking = Tracking { timed, recorded, counted };
                    let status = Status { episode: Episode(episode), detached, tracking, phase };
                    let word = Word::pack(status);
                    assert_eq!(word.unpack(Episode(episode)), status);
                    assert_eq!(Word(word.0 ^ SYNC).unpack(Episode(episode)), status);
                    let closed = matches!(phase, Phase::Closed { .. }) && !detached;
                    assert_eq!(word.admits(), closed && !timed, "{status:?}");
                    assert_eq!(word.admits_timed(), closed && timed, "{status:?}");
                    assert!(!word.is_held(), "{status:?}");
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
        for tracking in trackings() {
            let status = Word::new(tracking).unpack(Episode(0));
            assert_eq!(status.phase, Phase::Closed { failures: 0 });
            assert_eq!((status.episode, status.tracking), (Episode(0), tracking));
        }
    }

    #[test]
    fn word_equals_its_pass_while_nothing_is_recorded_or_counted() {
        for (failures, tracking) in [0, 9].into_iter().flat_map(|n| trackings().map(|t| (n, t))) {
            let word = Word::pack(Status {
                episode: Episode(77),
                detached: false,
                tracking,
                phase: Phase::Closed { failures },
            });
            let is_plain = failures == 0 && !tracking.recorded && !tracking.counted;
            assert_eq!(word == word.pass(), is_plain, "{word:?}");
            assert_eq!(Word(word.0 ^ SYNC).pass(), word.pass());
            assert_eq!(word.pass().episode(), Episode(77));
            assert_eq!(word.pass_if_uncounted() == word.pass(), !tracking.counted);
            assert!(!word.pass().polled().admits() && !word.pass().polled().is_held());
            assert!(!word.pass().is_probe_or_parked());
            assert_eq!(word.without_failures().is_recorded(), tracking.recorded);
            assert!(!Word(word.without_failures().0 ^ SYNC).has_failures());
        }
    }

    #[test]
    fn held_word_is_no_breakers() {
        const KINDS: [Held; 4] = [Held::Call, Held::Probe, Held::Unrecorded, Held::Parked];
        for (kind, payload) in KINDS.into_iter().flat_map(|kind| [0, u16::MAX].map(|p| (kind, p))) {
            let word = Word::held(kind, Episode(EPISODE_MASK), payload);
            assert_eq!((word.episode(), word.payload()), (Episode(EPISODE_MASK), payload));
            assert!(word.is_held() && !word.admits() && !word.admits_timed());
            let found = KINDS.into_iter().filter(|kind| word.is_held_as(*kind));
            assert_eq!(found.collect::<Vec<_>>(), [kind]);
            let is_either = word.is_held_as(Held::Probe) || word.is_held_as(Held::Parked);
            assert_eq!(word.is_probe_or_parked(), is_either);
            let polled = word.polled();
            assert!(polled.is_held_as(kind) && polled.is_polled() && !word.is_polled());
        }
        assert!(!Word::ABSENT.is_held());
    }

    fn trackings() -> [Tracking; 8] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|flags| {
            let [timed, recorded, counted] = [1, 2, 4].map(|flag| flags & flag != 0);
            Tracking { timed, recorded, counted }
        })
    }
}
