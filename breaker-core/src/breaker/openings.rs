//! Counts how often a breaker has opened in a row, for cooldowns that grow.
//!
//! The number belongs to the breaker's present state, and the word has no room for it. So the
//! thread that makes a transition stores it beforehand, as a note for the *next* episode: how often
//! the breaker had opened before, whether an opening would be the first of a new row, and whether
//! anything else would end the row. The note does not say what the next episode is: several threads
//! may try to begin it, one to open and one to isolate, say, and only the swap of the word decides.
//! A reader knows the state from the word, and reckons the number from the note and the word.
//!
//! So all threads that try to leave one episode make equal notes. The exception is the moment at
//! which a breaker has been closed for `backoff_reset`: if two threads disagree about it, the note
//! of a new row stands, which is the later one.

use crate::state::status::{Episode, Phase, Status};

const COUNT_BITS: u32 = 16;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
const ANEW: u64 = 1 << COUNT_BITS;
const ENDS: u64 = 1 << (COUNT_BITS + 1);
const EPISODE: u32 = COUNT_BITS + 2;

/// The note for an episode: episode (40 bits), [`ENDS`], [`ANEW`], openings before it (16). The
/// note for a later episode is always greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Openings(u64);

impl Openings {
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Openings(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Makes the note for the episode after `before`. `count` is the number in `before`. `grows`:
    /// if `before` is closed, it has not been closed for long enough to end the row.
    pub(crate) fn note(before: Status, count: u64, grows: bool) -> Self {
        let flags = match before.phase {
            Phase::HalfOpen { .. } => 0,
            Phase::Closed { .. } if grows => 0,
            Phase::Closed { .. } | Phase::Observing { .. } => ENDS | ANEW,
            Phase::Open { .. } | Phase::Isolated { .. } | Phase::Disabled => ANEW,
        };
        Openings(before.episode.next().0 << EPISODE | flags | count.min(COUNT_MASK))
    }

    /// Makes the note by which the number in the state of `status` is `count`, or at least one if
    /// that state is open.
    pub(crate) fn of(status: Status, count: u64) -> Self {
        let before = match status.phase {
            Phase::Open { .. } => count.saturating_sub(1),
            _ => count,
        };
        Openings(status.episode.0 << EPISODE | before.min(COUNT_MASK))
    }

    /// Returns whether this note is for a later episode than `episode`.
    pub(crate) const fn is_after(self, episode: Episode) -> bool {
        self.0 >> EPISODE > episode.0
    }

    /// Returns how often the breaker has opened in a row, in the state of `status`. The note
    /// belongs to that state's episode, or to the next one if a thread has tried to begin it.
    pub(crate) const fn count_in(self, status: Status) -> u64 {
        let before = self.0 & COUNT_MASK;
        if !self.is_for(status.episode) {
            return before;
        }
        match status.phase {
            Phase::Open { .. } if self.0 & ANEW != 0 => 1,
            Phase::Open { .. } => before + 1,
            _ if self.0 & ENDS != 0 => 0,
            _ => before,
        }
    }

    const fn is_for(self, episode: Episode) -> bool {
        self.0 >> EPISODE == episode.0
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::clock::Tick;
    use crate::state::status::Tracking;

    const CLOSED: Phase = Phase::Closed { failures: 0 };
    const OPEN: Phase = Phase::Open { until: Tick::NEVER };
    const HALF_OPEN: Phase = Phase::HalfOpen { in_flight: 0, successes: 0 };
    const ISOLATED: Phase = Phase::Isolated { handles: 0, by_hand: true };

    fn status(episode: u64, phase: Phase) -> Status {
        Status { episode: Episode(episode), detached: false, tracking: Tracking::NONE, phase }
    }

    /// Follows the phases from a new breaker. Each note is made before the next phase is known.
    fn follow(phases: &[Phase], grows: bool) -> u64 {
        let mut now = status(0, CLOSED);
        let mut noted = Openings::from_bits(0);
        for phase in phases {
            let count = noted.count_in(now);
            let note = Openings::note(now, count, grows);
            assert!(note.bits() > noted.bits());
            noted = note;
            assert_eq!(noted.count_in(now), count, "a note ahead changes nothing yet");
            now = status(now.episode.0 + 1, *phase);
        }
        noted.count_in(now)
    }

    #[test]
    fn row_grows_with_each_failed_half_open_and_survives_isolation() {
        for grows in [false, true] {
            assert_eq!(follow(&[OPEN], grows), 1);
            assert_eq!(follow(&[OPEN, HALF_OPEN, OPEN], grows), 2);
            assert_eq!(follow(&[OPEN, HALF_OPEN, OPEN, HALF_OPEN, OPEN], grows), 3);
            assert_eq!(follow(&[OPEN, HALF_OPEN, ISOLATED, HALF_OPEN, OPEN], grows), 2);
            assert_eq!(follow(&[OPEN, ISOLATED, HALF_OPEN], grows), 1);
            assert_eq!(follow(&[ISOLATED, OPEN], grows), 1);
        }
    }

    #[test]
    fn close_ends_the_row_unless_it_goes_on() {
        let flap = [OPEN, HALF_OPEN, OPEN, HALF_OPEN, CLOSED, OPEN];
        assert_eq!(follow(&flap, false), 1);
        assert_eq!(follow(&flap, true), 3);
        let probed = [OPEN, HALF_OPEN, CLOSED, ISOLATED, HALF_OPEN, OPEN];
        assert_eq!((follow(&probed, false), follow(&probed, true)), (1, 2));
        let observed = [OPEN, HALF_OPEN, CLOSED, Phase::Observing { failures: 0 }, OPEN];
        assert_eq!(follow(&observed, true), 1);
    }

    #[test]
    fn number_stays_in_its_bits() {
        let most = Openings::note(status(7, HALF_OPEN), u64::MAX, false);
        assert_eq!(most.count_in(status(8, OPEN)), COUNT_MASK + 1);
        assert!(most.is_for(Episode(8)));
        let last = (1 << 40) - 1;
        let note = Openings::note(status(last - 1, CLOSED), 1, false);
        assert!(note.is_for(Episode(last)) && note.bits() > most.bits());
    }
}
