//! What an admitted call must show when it ends.
//!
//! A future keeps its ticket, so it is two words of 64 bits:
//!
//! ```text
//!                 word                               packed, bit 0..61              61..64
//! plain closed    the breaker's, nothing counted     all ones                     stage
//! tracked         closed, its flags set; episode     began, in ns                 stage
//! probe           half-open, its flags set; episode; lease's tick, lowest 24;     stage
//!                 lease's tick, highest 16           began since then, 37, in ns
//! ```
//!
//! A probe begins just after its lease, which is rounded up to a millisecond: so the
//! time is kept from one millisecond before. If it takes two minutes to come from the
//! one to the other, the call is taken to have begun at the end of them.

use core::time::Duration;

use crate::breaker::lease::Lease;
use crate::clock::Tick;
use crate::state::word::{Episode, Phase, Status, Word};

/// The episode the call belongs to, its lease if it is a probe, and when it began if
/// it is timed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    /// For a closed call that is not timed, the word with nothing counted, which is
    /// what the breaker's word still is if nothing has happened meanwhile. For others,
    /// a word that the breaker's never is, so that they are looked at more closely.
    word: Word,
    packed: u64,
}

/// A ticket, unpacked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted {
    pub(crate) episode: Episode,
    /// Of a probe.
    pub(crate) lease: Option<Lease>,
    pub(crate) began: Option<Duration>,
}

/// How far a call is, and so what it means that its permit is dropped. Beside it, a
/// flag: that the call is a failure, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Cancelled; or a panic, if the thread is unwinding. With the flag, a panic:
    /// of a poll, whose future is dropped later.
    Idle,
    /// Cancelled: a future between two polls. With the flag, that is a failure.
    Suspended,
    /// A panic: a body is running. The flag is kept for the next suspension.
    Running,
    /// Nothing: the outcome has been told. With the flag, it was a failure.
    Settled,
}

const STAGE: u32 = 62;
const FAILED: u64 = 1 << 61;
/// Of a call that nobody times. Otherwise, nanoseconds of the precise clock, 73 years
/// of them.
const UNTIMED: u64 = FAILED - 1;

/// Where the tick of a probe's lease is cut.
const TICK_LOW: u32 = 24;
const TICK_LOW_MASK: u64 = (1 << TICK_LOW) - 1;
/// Of a probe that nobody times.
const UNTIMED_PROBE: u64 = UNTIMED >> TICK_LOW;
const NANOS_PER_TICK: u64 = 1_000_000;

impl Ticket {
    /// A call whose outcome counts for nothing.
    pub(crate) const UNRECORDED: Ticket = Ticket::new(Episode(0), Phase::Disabled, UNTIMED);

    #[inline]
    pub(crate) const fn closed(word: Word) -> Self {
        Ticket { word: word.without_failures(), packed: UNTIMED }
    }

    /// The same of a word with nothing counted, once the body runs.
    #[inline]
    pub(crate) const fn running(plain: Word) -> Self {
        Ticket { word: plain, packed: UNTIMED | (Stage::Running as u64) << STAGE }
    }

    /// A call that is timed, or observed.
    pub(crate) const fn tracked(episode: Episode, began: Option<Duration>) -> Self {
        let phase = Phase::Closed { failures: u16::MAX };
        Self::new(episode, phase, nanos(began))
    }

    /// Without a lease, the episode has passed.
    pub(crate) fn probe(episode: Episode, lease: Lease, began: Option<Duration>) -> Self {
        if lease == Lease::NONE {
            return Self::tracked(episode, began);
        }
        let tick = lease.began().bits();
        let since = match nanos(began) {
            UNTIMED => UNTIMED_PROBE,
            began => began.saturating_sub(before(tick)).min(UNTIMED_PROBE - 1),
        };
        let [in_flight, successes, ..] = (tick >> TICK_LOW).to_le_bytes();
        let phase = Phase::HalfOpen { in_flight, successes };
        Self::new(episode, phase, tick & TICK_LOW_MASK | since << TICK_LOW)
    }

    /// What the breaker's word still is, with nothing counted, if nothing has happened
    /// meanwhile.
    #[inline]
    pub(crate) fn word(self) -> Word {
        self.word
    }

    #[inline]
    pub(crate) fn is_probe(self) -> bool {
        self.word.is_half_open()
    }

    /// `None` if the outcome counts for nothing.
    pub(crate) fn admitted(self) -> Option<Admitted> {
        let packed = self.packed & UNTIMED;
        let (lease, began) =
            if self.is_probe() { self.lease_and_began() } else { (Lease::NONE, packed) };
        let lease = (lease != Lease::NONE).then_some(lease);
        let began = (began != UNTIMED).then_some(Duration::from_nanos(began));
        let admitted = Admitted { episode: self.word.episode(), lease, began };
        (self.word != Self::UNRECORDED.word).then_some(admitted)
    }

    /// Of a probe.
    #[cold]
    fn lease_and_began(self) -> (Lease, u64) {
        let high = u64::from(self.word.counts());
        let tick = high << TICK_LOW | self.packed & TICK_LOW_MASK;
        let began = match (self.packed & UNTIMED) >> TICK_LOW {
            UNTIMED_PROBE => UNTIMED,
            since => before(tick) + since,
        };
        (Lease::new(self.word.episode(), Tick::from_bits(tick)), began)
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

    /// The flag of the stage.
    #[inline]
    pub(crate) fn is_failed(self) -> bool {
        self.packed & FAILED != 0
    }

    #[inline]
    pub(crate) fn set(&mut self, stage: Stage, failed: bool) {
        let failed = if failed { FAILED } else { 0 };
        self.packed = self.packed & UNTIMED | failed | (stage as u64) << STAGE;
    }

    /// Detached and tracked: the word of no breaker is taken for it, since
    /// equality is asked of plainly closed ones only.
    const fn new(episode: Episode, phase: Phase, packed: u64) -> Self {
        let word = Word::pack(Status { episode, detached: true, tracked: true, phase });
        Ticket { word, packed }
    }
}

const fn nanos(began: Option<Duration>) -> u64 {
    match began {
        #[allow(clippy::cast_possible_truncation, reason = "584 years of nanoseconds")]
        Some(began) => began.as_nanos() as u64 & UNTIMED,
        None => UNTIMED,
    }
}

/// A millisecond before `tick`, in nanoseconds: 40 bits of milliseconds are 60.
const fn before(tick: u64) -> u64 {
    tick.saturating_sub(1) * NANOS_PER_TICK
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    const EPISODES: [Episode; 3] = [Episode(0), Episode(7), Episode((1 << 43) - 1)];
    const STAGES: [Stage; 4] = [Stage::Idle, Stage::Suspended, Stage::Running, Stage::Settled];

    fn admitted(ticket: Ticket) -> (Episode, Option<Lease>, Option<Duration>) {
        let Admitted { episode, lease, began } = ticket.admitted().unwrap();
        (episode, lease, began)
    }

    #[test]
    fn ticket_is_two_words() {
        assert_eq!(size_of::<Ticket>(), 16);
    }

    #[test]
    fn probe_keeps_its_lease_and_its_time_to_the_nanosecond() {
        let ticks = [0, 1, 2, 0xff_ffff, 0x100_0000, 86_400_000, Tick::NEVER.bits() - 1];
        for (episode, tick) in EPISODES.into_iter().flat_map(|e| ticks.map(|tick| (e, tick))) {
            let lease = Lease::new(episode, Tick::from_bits(tick));
            let untimed = Ticket::probe(episode, lease, None);
            assert_eq!(admitted(untimed), (episode, Some(lease), None));
            // The clock is read after the lease is stamped, and that was rounded up.
            let stamp = Duration::from_millis(tick);
            let early = stamp.saturating_sub(Duration::from_nanos(999_999));
            let late = stamp + Duration::from_secs(137);
            for began in [early, stamp, stamp + Duration::from_nanos(1), late] {
                let ticket = Ticket::probe(episode, lease, Some(began));
                assert_eq!(admitted(ticket), (episode, Some(lease), Some(began)));
                assert!(ticket.is_probe());
            }
        }
    }

    #[test]
    fn probe_that_begins_long_after_its_lease_is_still_timed() {
        let lease = Lease::new(Episode(7), Tick::from_bits(5));
        let ticket = Ticket::probe(Episode(7), lease, Some(Duration::from_secs(600)));
        let (_, found, began) = admitted(ticket);
        assert_eq!(found, Some(lease));
        let began = began.unwrap();
        assert!(began > Duration::from_secs(137) && began < Duration::from_secs(138), "{began:?}");
    }

    #[test]
    fn probe_without_a_lease_is_none() {
        let ticket = Ticket::probe(Episode(7), Lease::NONE, None);
        assert_eq!((ticket.is_probe(), admitted(ticket)), (false, (Episode(7), None, None)));
    }

    #[test]
    fn tracked_call_keeps_its_episode_and_time() {
        for episode in EPISODES {
            for began in [None, Some(Duration::ZERO), Some(Duration::new(86_400, 1))] {
                let ticket = Ticket::tracked(episode, began);
                assert_eq!((ticket.is_probe(), admitted(ticket)), (false, (episode, None, began)));
            }
        }
    }

    #[test]
    fn stage_changes_nothing_else() {
        let lease = Lease::new(Episode(7), Tick::from_bits(Tick::NEVER.bits() - 1));
        let began = Some(Duration::from_millis(Tick::NEVER.bits()));
        for fresh in [Ticket::probe(Episode(7), lease, began), Ticket::tracked(Episode(7), None)] {
            assert_eq!((fresh.stage(), fresh.is_failed()), (Stage::Idle, false), "{fresh:?}");
            for (stage, failed) in STAGES.into_iter().flat_map(|s| [(s, false), (s, true)]) {
                let mut ticket = fresh;
                ticket.set(stage, failed);
                assert_eq!((ticket.stage(), ticket.is_failed()), (stage, failed));
                assert_eq!(admitted(ticket), admitted(fresh));
            }
        }
    }

    #[test]
    fn unrecorded_call_has_nothing_to_settle() {
        assert!(Ticket::UNRECORDED.admitted().is_none());
        assert!(!Ticket::UNRECORDED.is_probe());
    }
}
