//! The words of calls that carry more than their pass. They are no breaker's words.

use super::{
    COUNTED, DETACHED, EPISODE, FAILURES, HELD, PAYLOAD, RECORDED, SYNC, TAG, TIMED, Word,
};
use crate::state::status::Episode;

/// The place of [`Held`] in the word of a held call.
const HELD_KIND: u32 = 4;
const HELD_KINDS: u64 = 0b11 << HELD_KIND;
/// The future of the call is being polled, or was when it panicked.
const POLLED: u64 = DETACHED;

/// The call has answered in time, and goes on. No comparison of a held word with a breaker's reads
/// this bit.
const ANSWERED: u64 = SYNC;

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

impl Word {
    /// Returns the episode of a held call, above its 16 bits of payload.
    #[inline]
    pub(crate) const fn held_key(self) -> u64 {
        self.0 >> PAYLOAD
    }

    /// Returns the 16 bits of payload in a word that is not a breaker's.
    pub(crate) const fn payload(self) -> u16 {
        self.failures()
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
}
