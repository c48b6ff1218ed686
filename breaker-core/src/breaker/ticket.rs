//! A [`Ticket`] is what an admitted call keeps, to settle its outcome.
//!
//! A future stores its ticket from poll to poll, so a ticket is only two words of 64 bits:
//!
//! ```text
//!              word                             packed, bit 0..61     61: failed, 62..64
//! passed       the pass                         zero                         stage
//! held         episode; token of a call         began, a reading, plus one   stage
//!              that may hang
//! held, probe  episode; lease's tick,           lease's tick, lowest 24;     stage
//!              highest 16                       began since then, 20, in ns;
//!                                               lease's number, 17
//! ```
//!
//! The word of a held call is [not a breaker's](Word::held), so a comparison with the breaker's
//! word never finds them equal.
//!
//! A probe's lease has the moment at which the probe began, rounded up to a millisecond. The
//! probe's start time is stored in nanoseconds since one millisecond before that; 20 bits hold a
//! million of them.

use crate::breaker::hung::{Key, Token};
use crate::breaker::lease::LeaseId;
use crate::clock::{Reading, Tick};
use crate::state::status::Episode;
use crate::state::word::{Held, Word};

/// The episode that the call belongs to, its lease if it is a probe, and its beginning if it is
/// timed.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// The pass of a closed call that is not timed, for the comparison when the call ends.
    word: Word,
    packed: u64,
}

/// An unpacked ticket: the episode, lease and start time that the outcome belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted {
    pub(crate) episode: Episode,
    /// `None` if the call is no probe.
    pub(crate) lease: Option<LeaseId>,
    /// `None` if the call is not timed.
    pub(crate) began: Option<Reading>,
    /// `None` if the call is not counted among the calls that are out.
    pub(crate) token: Option<Token>,
    /// True if the call has answered in time and goes on: it is not slow, however long it takes.
    pub(crate) answered: bool,
}

/// The stage of a call, which decides what a drop of its permit means. A flag beside the stage says
/// that the call has failed, or would fail if its permit were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A drop is a cancellation, or a panic if the thread is unwinding. With the flag, a drop is a
    /// panic: a poll has panicked, and the future is dropped later.
    Idle,
    /// A drop is a cancellation: the future is between two polls. With the flag, a cancellation
    /// is a failure.
    Suspended,
    /// A drop is a panic: the body is running. The flag is kept for the next suspension.
    Running,
    /// A drop means nothing: the call is settled. With the flag, the call was a failure.
    Settled,
}

/// The stage takes the two highest bits, and the flag the bit between it and a [`Reading`].
const STAGE: u32 = Reading::BITS + 1;
const _: () = assert!(STAGE + 2 == u64::BITS);
const FAILED: u64 = 1 << Reading::BITS;
/// The bits below the flag.
const REST: u64 = FAILED - 1;
/// The rest of the ticket of an untimed call. A timed call has its start time there, a [`Reading`]
/// plus one.
const UNTIMED: u64 = 0;

/// The number of low bits of the lease's tick that `packed` holds; the word holds the others.
const TICK_LOW: u32 = 24;
const TICK_LOW_MASK: u64 = (1 << TICK_LOW) - 1;
/// The start time of an untimed probe.
const UNTIMED_PROBE: u64 = SINCE_MASK;
const SINCE_MASK: u64 = (1 << (NUMBER - TICK_LOW)) - 1;
/// The lowest bit of the lease's number.
const NUMBER: u32 = Reading::BITS - LeaseId::NUMBER_BITS;
const NANOS_PER_TICK: u64 = 1_000_000;

impl Ticket {
    /// The ticket of a call whose outcome counts for nothing: it is made inside a probe.
    pub(crate) const UNRECORDED: Ticket = Ticket::held(Held::Unrecorded, Episode(0), 0, UNTIMED);

    /// The ticket of a call that has yet to ask for admission.
    pub(crate) const ASKING: Ticket = Ticket { word: Word::ABSENT, packed: UNTIMED };
    /// The ticket of a call that was rejected.
    pub(crate) const REJECTED: Ticket = Ticket { word: Word::absent(1), packed: UNTIMED };
    /// The ticket of a call that has ended.
    pub(crate) const DONE: Ticket = Ticket { word: Word::absent(2), packed: UNTIMED };

    /// The numbers under which permits are parked.
    pub(crate) const PARKED_MASK: u64 = REST;

    /// Makes the ticket of a call whose permit is parked under that number.
    pub(crate) fn parked(number: u64) -> Self {
        Self::held(Held::Parked, Episode(0), 0, number)
    }

    #[inline]
    pub(crate) fn is_parked(self) -> bool {
        self.word.is_held_as(Held::Parked)
    }

    /// Returns the number under which the permit is parked.
    pub(crate) fn parked_number(self) -> u64 {
        self.packed & Self::PARKED_MASK
    }

    #[inline]
    pub(crate) fn is_asking(self) -> bool {
        self.word == Self::ASKING.word
    }

    #[inline]
    pub(crate) fn is_rejected(self) -> bool {
        self.word == Self::REJECTED.word
    }

    /// Returns the ticket that a poll leaves if it panics.
    #[inline]
    pub(crate) const fn polled(self) -> Self {
        Ticket { word: self.word.polled(), ..self }
    }

    #[inline]
    pub(crate) const fn is_polled(self) -> bool {
        self.word.is_polled()
    }

    /// Makes the ticket of a call that the word alone has admitted.
    #[inline]
    pub(crate) const fn passed(pass: Word) -> Self {
        Ticket { word: pass, packed: UNTIMED }
    }

    /// Like [`passed`](Self::passed), for a call whose body runs at once.
    #[inline]
    pub(crate) const fn running(pass: Word) -> Self {
        Ticket { word: pass, packed: UNTIMED | (Stage::Running as u64) << STAGE }
    }

    /// Like [`passed`](Self::passed), for a call that is cancelled if it is dropped.
    #[inline]
    pub(crate) const fn suspended(pass: Word) -> Self {
        Ticket { word: pass, packed: UNTIMED | (Stage::Suspended as u64) << STAGE }
    }

    /// Makes the ticket of a call that is timed or observed, or that a disabled breaker admits.
    pub(crate) const fn tracked(episode: Episode, began: Option<Reading>) -> Self {
        let packed = match began {
            Some(began) => timed(began),
            None => UNTIMED,
        };
        Self::held(Held::Call, episode, 0, packed)
    }

    /// Makes the ticket of a timed call that is counted among those that are out.
    #[inline]
    pub(crate) const fn timed(key: Key, began: Reading) -> Self {
        Ticket { word: Word::held_by_key(key.bits()), packed: timed(began) }
    }

    /// Makes the ticket of a probe, whose lease began in the millisecond of `began`.
    pub(crate) fn probe(episode: Episode, lease: LeaseId, began: Option<Reading>) -> Self {
        let tick = lease.began.bits();
        let since = match began {
            Some(began) => began.nanos().saturating_sub(before(tick)).min(UNTIMED_PROBE - 1),
            None => UNTIMED_PROBE,
        };
        #[allow(clippy::cast_possible_truncation, reason = "40 bits less 24")]
        let high = (tick >> TICK_LOW) as u16;
        let packed = tick & TICK_LOW_MASK | since << TICK_LOW | u64::from(lease.number) << NUMBER;
        Self::held(Held::Probe, episode, high, packed)
    }

    /// Makes the ticket of a held call that has answered, and goes on. A call that is no probe is
    /// then not counted among the calls that are out.
    #[cfg(feature = "stream")]
    pub(crate) fn answered(self) -> Self {
        let is_call = self.word.is_held_as(Held::Call);
        let untracked = Word::held(Held::Call, self.word.episode(), 0);
        let word = if is_call { untracked } else { self.word };
        Ticket { word: word.answered(), ..self }
    }

    /// Makes the ticket of a call whose outcome has counted, and that goes on.
    #[cfg(feature = "stream")]
    pub(crate) fn unrecorded(self) -> Self {
        Ticket { word: Self::UNRECORDED.word, packed: self.packed & !REST }
    }

    /// Returns the word. For an untimed closed call, the breaker's word equals it until something
    /// happens that a success would change.
    #[inline]
    pub(crate) fn word(self) -> Word {
        self.word
    }

    #[inline]
    pub(crate) fn is_probe(self) -> bool {
        self.word.is_held_as(Held::Probe)
    }

    #[inline]
    pub(crate) fn is_probe_or_parked(self) -> bool {
        self.word.is_probe_or_parked()
    }

    /// Unpacks the ticket. Returns `None` if the outcome counts for nothing.
    pub(crate) fn admitted(self) -> Option<Admitted> {
        let packed = self.packed & REST;
        let is_call = self.word.is_held_as(Held::Call);
        let token = Token::from_bits(if is_call { self.word.payload() } else { 0 });
        let (lease, began) = if self.is_probe() { self.lease_and_began() } else { (None, packed) };
        let began = began.checked_sub(1).map(Reading::from_bits);
        let answered = self.word.is_answered();
        let admitted = Admitted { episode: self.word.episode(), lease, began, token, answered };
        (!self.word.is_held_as(Held::Unrecorded)).then_some(admitted)
    }

    /// Returns the key and the start time of a timed call. If the call is not counted among the
    /// calls that are out, the key has no generation.
    #[inline]
    pub(crate) fn timed_call(self) -> Option<(Key, Reading)> {
        let bits = (self.packed & REST).wrapping_sub(1);
        let call = (Key::from_bits(self.word.held_key()), Reading::from_bits(bits));
        self.word.is_held_as(Held::Call).then_some(call)
    }

    /// Returns whether the beginning of a timed call was read off the coarse clock.
    #[inline]
    pub(crate) fn began_coarsely(self) -> bool {
        self.timed_call().is_some_and(|(_, began)| began.is_coarse())
    }

    /// Unpacks the lease and the start time of a probe; the start time plus one.
    #[cold]
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    fn lease_and_began(self) -> (Option<LeaseId>, u64) {
        let high = u64::from(self.word.payload());
        let tick = high << TICK_LOW | self.packed & TICK_LOW_MASK;
        let began = match self.packed >> TICK_LOW & SINCE_MASK {
            UNTIMED_PROBE => UNTIMED,
            since => timed(Reading::precise(before(tick) + since)),
        };
        let number = ((self.packed & REST) >> NUMBER) as u32;
        (Some(LeaseId { began: Tick::from_bits(tick), number }), began)
    }

    #[inline]
    pub(crate) fn stage(self) -> Stage {
        match self.packed >> STAGE {
            0 => Stage::Idle,
            1 => Stage::Suspended,
            2 => Stage::Running,
            _ => Stage::Settled,
        }
    }

    /// Returns the flag beside the stage.
    #[inline]
    pub(crate) fn is_failed(self) -> bool {
        self.packed & FAILED != 0
    }

    #[inline]
    pub(crate) fn set(&mut self, stage: Stage, failed: bool) {
        let failed = if failed { FAILED } else { 0 };
        self.packed = self.packed & REST | failed | (stage as u64) << STAGE;
    }

    /// Makes the ticket of a call that is settled from [`Admitted`].
    const fn held(kind: Held, episode: Episode, payload: u16, packed: u64) -> Self {
        Ticket { word: Word::held(kind, episode, payload), packed }
    }
}

/// Returns the rest of the ticket of a call that began at `began`.
const fn timed(began: Reading) -> u64 {
    began.bits() + 1
}

/// Returns one millisecond before `tick`, in nanoseconds: 40 bits of milliseconds are 60 bits of
/// nanoseconds.
const fn before(tick: u64) -> u64 {
    tick.saturating_sub(1) * NANOS_PER_TICK
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
