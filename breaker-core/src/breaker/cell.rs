//! The only place where the word changes.
//!
//! [`StateCell::update`] loads the word, asks a pure function of [`crate::state::step`] what
//! becomes of it, and swaps the answer in if the word is still the one it asked
//! about; otherwise it asks again. Whatever the threads do, the words form one
//! sequence, each made by such a function from the one before. No decision is
//! taken twice, and whoever swaps in a new episode is the only one who did.
//!
//! Orderings, and what pairs with what:
//!
//! - The word is swapped with release and loaded with acquire. What a thread
//!   wrote before it moved the breaker on is seen by whoever sees the move. The
//!   two that need this are `opened` and `openings`.
//! - `opened` is the full number of the newest episode that opened the breaker.
//!   It is raised *before* the swap to open, so a thread that reads an open word
//!   finds there its episode, or a later one; [`Word::unpack`] copes with both.
//!   It only grows (`fetch_max`), so a thread that lost its swap and lingers
//!   cannot set it back. A thread raises it to `e + 1` only after it has seen
//!   the word at `e`, so it is never more than one ahead of the word.
//! - `openings` is how often the breaker has opened since it was last closed, for
//!   cooldowns that grow, together with the episode that it was counted for. It
//!   too is raised before the swap, by whoever opens. Of threads that all open
//!   the same half-open breaker each raises it to the same; one that reads it
//!   after another has raised it, but before the swap, knows by the episode.
//!   Closing does not touch it: whoever leaves closed starts it anew.
//! - `recording` and `since` are for people to read; `since` is raised after the
//!   swap and may trail it by an instant. Relaxed.
//! - One more failure that does not trip is counted on a way of its own,
//!   [`StateCell::count_failure`], and a success takes the count back on another,
//!   [`StateCell::forget_failures`]. For the word itself both could be relaxed: the words that
//!   they make differ from the one before in the count alone, and what an earlier release
//!   published stays published, as a swap carries on the release sequence of the word
//!   it replaces. Counting acquires and releases for the sake of those who have recorded
//!   something in a window and look at it next, as does [`StateCell::sync_recorders`]: of two of them,
//!   whoever swaps second sees what the first one has recorded.
//! - `opened`, `openings` and `recording` are part of the cold state, which is made before the
//!   first of them is raised, and so before the swap: whoever reads a word that needs
//!   them finds it.
//! - A closed call's success under an unbroken run writes nothing: it only
//!   compares. The load is relaxed: no data is read on the strength of it.

use once_cell::race::OnceBox;

use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cold::ColdState;
use crate::clock::Tick;
use crate::state::step;
use crate::state::word::{Episode, Phase, Status, Word};
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

/// Episode (43 bits), openings (16).
const OPENINGS_BITS: u32 = 16;
const OPENINGS_MASK: u64 = (1 << OPENINGS_BITS) - 1;

/// The word, and what is kept beside it.
///
/// The word of an annotated function's breaker lies in the function's own call site,
/// where it is found without a look at the breaker: the first of the functions that
/// share a name has it.
#[derive(Debug)]
pub(crate) struct StateCell {
    own: AtomicWord,
    /// Where the word is if not here; then what is here says so.
    elsewhere: Option<&'static AtomicWord>,
    since: AtomicU64,
    cold: OnceBox<ColdState>,
}

/// What came of a change.
pub(crate) struct Changed<T> {
    pub(crate) before: Status,
    pub(crate) after: Status,
    pub(crate) result: T,
}

impl StateCell {
    const_unless_loom! {
        /// The cold state is made when first needed, but that of a model at once.
        pub(crate) fn new(tracked: bool, cold: OnceBox<ColdState>) -> Self {
            let own = AtomicWord::new(Word::new(tracked));
            Self { own, elsewhere: None, since: AtomicU64::new(0), cold }
        }
    }

    /// Moves the word of a cell that is not yet shared to a place it has claimed.
    pub(crate) fn move_to(&mut self, claimed: &'static AtomicWord) {
        self.own = AtomicWord::absent();
        self.elsewhere = Some(claimed);
    }

    /// Where the word is.
    #[inline]
    pub(crate) fn atomic_word(&self) -> &AtomicWord {
        self.elsewhere.unwrap_or(&self.own)
    }

    /// As [`AtomicWord::closed_word_or`], first where the word of a breaker of one's own is.
    #[inline]
    pub(crate) fn closed_word(&self) -> Option<Word> {
        self.own.closed_word_or(|| self.elsewhere)
    }

    /// Whether this is the word, there too.
    #[inline]
    pub(crate) fn is_unchanged(&self, closed: Word) -> bool {
        self.own.equals_or(closed, || self.elsewhere)
    }

    /// The word as it is, for a first load_relaxed.
    #[inline]
    pub(crate) fn load_relaxed(&self) -> Word {
        self.atomic_word().load_relaxed()
    }

    /// The word, unpacked.
    pub(crate) fn status(&self) -> Status {
        self.unpack(self.load())
    }

    /// Returns the cold state, and makes it if there is none.
    pub(crate) fn cold(&self) -> &ColdState {
        self.cold.get_or_init(|| Box::new(ColdState::new()))
    }

    /// Returns the cold state if there is any.
    #[inline]
    pub(crate) fn cold_if_made(&self) -> Option<&ColdState> {
        self.cold.get()
    }

    /// Since when the present state holds.
    pub(crate) fn since(&self) -> Tick {
        // Relaxed: see the module's notes.
        Tick::from_bits(self.since.load(Ordering::Relaxed))
    }

    /// Marks the beginning of an episode.
    pub(crate) fn start_at(&self, now: Tick) {
        // Relaxed: see the module's notes.
        self.since.fetch_max(now.bits(), Ordering::Relaxed);
    }

    /// The newest episode whose calls a window records: closed or observing.
    pub(crate) fn recording(&self) -> Episode {
        // Relaxed: for people to read.
        let load = |cold: &ColdState| cold.past.recording.load(Ordering::Relaxed);
        Episode(self.cold_if_made().map_or(0, load))
    }

    /// How often the breaker had opened, since it was last closed, in an episode
    /// that may be over.
    pub(crate) fn openings(&self, status: Status) -> u64 {
        match status.phase {
            Phase::Closed { .. } | Phase::Observing { .. } => 0,
            _ => {
                // Relaxed: raised before the word came to be so, which was loaded
                // with acquire.
                let load = |cold: &ColdState| cold.past.openings.load(Ordering::Relaxed);
                let openings = self.cold_if_made().map_or(0, load);
                let of_next = openings >> OPENINGS_BITS > status.episode.0;
                (openings & OPENINGS_MASK).saturating_sub(of_next.into())
            }
        }
    }

    /// Lets `change` happen, and returns what it returned in the end. It may be
    /// asked several times, so it must have no effect of its own. `now` is asked
    /// if a new episode begins.
    pub(crate) fn update<T>(
        &self,
        now: impl Fn() -> Tick,
        change: impl Fn(Status) -> (Status, T),
    ) -> Changed<T> {
        let mut found = self.load();
        loop {
            let before = self.unpack(found);
            let (after, result) = change(before);
            if after == before {
                return Changed { before, after, result };
            }
            self.announce(before, after);
            // Release pairs with the acquire in `load` and in a failed swap.
            let swap = self.atomic_word().atomic().compare_exchange(
                found.0,
                Word::pack(after).0,
                Ordering::Release,
                Ordering::Acquire,
            );
            match swap {
                Ok(_) => {
                    if after.episode != before.episode {
                        self.start_at(now());
                    }
                    return Changed { before, after, result };
                }
                Err(newer) => found = Word(newer),
            }
        }
    }

    /// Counts a failure where the word is this one but for its count, if that is all
    /// that the failure does: by [`step::count_failure`], and without a look at the rest.
    #[inline]
    pub(crate) fn count_failure(&self, closed: Word, threshold: u16) -> bool {
        let stored = self.atomic_word();
        let mut found = stored.load_relaxed();
        loop {
            if found.without_failures() != closed {
                return false;
            }
            let Some(next) = step::count_failure(found, threshold) else { return false };
            // Acquire and release: see the module's notes.
            let swap = stored.atomic().compare_exchange(
                found.0,
                next.0,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) => return true,
                Err(newer) => found = Word(newer),
            }
        }
    }

    /// Takes in a success where the word is this one but for its count, as
    /// [`step::step`] does.
    pub(crate) fn forget_failures(&self, closed: Word) -> bool {
        let stored = self.atomic_word();
        let mut found = stored.load_relaxed();
        while found.without_failures() == closed {
            if found == closed {
                return true;
            }
            // Relaxed: as in `count_failure`, but that nobody looks at a window next.
            match stored.atomic().compare_exchange(
                found.0,
                closed.0,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(newer) => found = Word(newer),
            }
        }
        false
    }

    /// Swaps the word for itself: see the module's notes.
    pub(crate) fn sync_recorders(&self) {
        self.atomic_word().atomic().fetch_or(0, Ordering::AcqRel);
    }

    /// Raises what a reader of the next word relies on, if an episode begins.
    fn announce(&self, before: Status, after: Status) {
        if before.episode == after.episode {
            return;
        }
        let past = &self.cold().past;
        let opens = matches!(after.phase, Phase::Open { .. });
        if opens {
            // Relaxed: the release of the swap publishes it with the word.
            past.opened.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        if matches!(after.phase, Phase::Closed { .. } | Phase::Observing { .. }) {
            // Relaxed: for people to read.
            past.recording.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        let openings = match (before.phase, after.phase) {
            (Phase::Open { .. }, _) => return,
            (Phase::HalfOpen { .. }, Phase::Open { .. }) => self.openings(before) + 1,
            (_, Phase::Open { .. }) => 1,
            (Phase::Closed { .. } | Phase::Observing { .. }, _) => 0,
            _ => return,
        };
        let openings = after.episode.0 << OPENINGS_BITS | openings.min(OPENINGS_MASK);
        // Relaxed: as above.
        past.openings.fetch_max(openings, Ordering::Relaxed);
    }

    fn load(&self) -> Word {
        // Acquire pairs with the release of the swap in `update`.
        Word(self.atomic_word().atomic().load(Ordering::Acquire))
    }

    fn unpack(&self, word: Word) -> Status {
        // Relaxed: the word was loaded with acquire, so if it is open there is
        // cold state, and `opened` is at least the episode of that word.
        let load = |cold: &ColdState| cold.past.opened.load(Ordering::Relaxed);
        let opened = if word.is_open() { self.cold_if_made().map_or(0, load) } else { 0 };
        word.unpack(Episode(opened))
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::state::step::Input;
    use crate::state::step::Limits;

    #[test]
    fn forgotten_failures_are_the_step_of_a_success() {
        let limits = Limits { threshold: 9, probes: 1, success_threshold: 1 };
        let never = |_| -> Tick { unreachable!("it does not open") };
        for failures in [0, 1, 5, u16::MAX] {
            for tracked in [false, true] {
                let (episode, phase) = (Episode(7), Phase::Closed { failures });
                let status = Status { episode, detached: false, tracked, phase };
                let input = Input::Settle { episode, outcome: Outcome::Success, trips: false };
                let (wanted, _) = step::step(status, input, limits, never);

                let cell = StateCell::new(tracked, OnceBox::new());
                cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
                assert!(cell.forget_failures(Word::pack(status).without_failures()));
                assert_eq!(cell.status(), wanted);
            }
        }
    }

    #[test]
    fn failures_of_another_episode_or_state_are_left_alone() {
        let closed = Phase::Closed { failures: 3 };
        for (number, phase) in [(8, closed), (7, Phase::Observing { failures: 3 })] {
            let status =
                Status { episode: Episode(number), detached: false, tracked: false, phase };
            let cell = StateCell::new(false, OnceBox::new());
            cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
            let mine = Status { episode: Episode(7), phase: closed, ..status };
            assert!(!cell.forget_failures(Word::pack(mine).without_failures()));
            assert!(!cell.count_failure(Word::pack(mine).without_failures(), 9));
            assert_eq!(cell.status(), status);
        }
    }
}
