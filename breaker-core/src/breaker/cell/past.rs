//! The numbers of past episodes, which later decisions need beside the word. The
//! [parent module](super) has the reasons for their orderings.

use super::StateCell;
use super::moment::EpisodeTick;
use crate::breaker::cold::ColdState;
use crate::breaker::openings::Openings;
use crate::clock::Tick;
use crate::state::status::{Episode, Phase, Status};
use crate::sync::atomic::{AtomicU64, Ordering};

/// A mark that an update leaves beside the word, for later cooldowns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// A control sets the deadline of an open breaker.
    Held,
    /// A control closes the breaker: its cooldowns start anew.
    Fresh,
}

impl StateCell {
    /// Returns the newest episode whose calls a window records: closed or observing.
    pub(crate) fn recording(&self) -> Episode {
        // Relaxed: for people to read.
        let load = |cold: &ColdState| cold.past.recording.load(Ordering::Relaxed);
        Episode(self.cold_if_made().map_or(0, load))
    }

    /// Returns how often the breaker has opened in a row, in the state of `status`, which may be
    /// over.
    pub(crate) fn openings(&self, status: Status) -> u64 {
        let Some(cold) = self.cold_if_made() else { return 0 };
        // Relaxed, as all loads of `Past` that decide: it was raised before the swap to this word,
        // which was loaded with acquire.
        let is_fresh = cold.past.fresh.load(Ordering::Relaxed) > status.episode.0;
        if is_fresh && matches!(status.phase, Phase::Closed { .. }) {
            return 0;
        }
        Openings::from_bits(cold.past.openings.load(Ordering::Relaxed)).count_in(status)
    }

    /// Sets how often the breaker has opened in a row, in the state of `status`, unless a thread
    /// has meanwhile tried to leave that state. That thread may have taken the old number: its
    /// cooldown is then as long as if it had come first.
    pub(crate) fn set_openings(&self, status: Status, count: u64) {
        let note = |found| {
            let found = Openings::from_bits(found);
            (!found.is_after(status.episode)).then(|| Openings::of(status, count).bits())
        };
        // Relaxed: the next transition out of this state swaps the word after it.
        let past = &self.cold().past;
        let _ = past.openings.fetch_update(Ordering::Relaxed, Ordering::Relaxed, note);
        let of_this = |found| (found == status.episode.0 + 1).then_some(status.episode.0);
        let _ = past.fresh.fetch_update(Ordering::Relaxed, Ordering::Relaxed, of_this);
    }

    /// Returns whether a control has set the deadline in this episode, in which the breaker is
    /// open.
    pub(crate) fn is_held(&self, episode: Episode) -> bool {
        // Relaxed: raised before the swap to this word, as `openings` is.
        let load = |cold: &ColdState| cold.past.held.load(Ordering::Relaxed);
        self.cold_if_made().is_some_and(|cold| load(cold) >= episode.0)
    }

    /// Marks the episode of `status`, for a control that found the state it wanted.
    pub(crate) fn mark(&self, status: Status, mark: Mark) {
        let past = || &self.cold().past;
        // Relaxed: the swap publishes it, or nothing waits for it.
        let raise = |field: &AtomicU64, to| field.fetch_max(to, Ordering::Relaxed);
        match (mark, status.phase) {
            (Mark::Held, Phase::Open { .. }) => _ = raise(&past().held, status.episode.0),
            (Mark::Fresh, Phase::Closed { .. }) => _ = raise(&past().fresh, status.episode.0 + 1),
            _ => {}
        }
    }

    /// Raises the numbers that a reader of the next word needs. That word begins an episode `now`.
    pub(super) fn announce(
        &self,
        before: Status,
        after: Status,
        now: Tick,
        grows: impl Fn(Status) -> bool,
    ) {
        let past = &self.cold().past;
        let first = |found| EpisodeTick(found).first(after.episode, now).map(|began| began.0);
        // Relaxed: the release of the swap publishes it with the word.
        let _ = past.began.fetch_update(Ordering::Relaxed, Ordering::Relaxed, first);
        let opens = matches!(after.phase, Phase::Open { .. });
        if opens {
            // Relaxed: the swap's release publishes it.
            past.opened.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        if matches!(after.phase, Phase::Closed { .. } | Phase::Observing { .. }) {
            // Relaxed: for people to read.
            past.recording.fetch_max(after.episode.0, Ordering::Relaxed);
        }
        let note = Openings::note(before, self.openings(before), grows(before));
        // Relaxed: the swap's release publishes it.
        past.openings.fetch_max(note.bits(), Ordering::Relaxed);
    }
}
