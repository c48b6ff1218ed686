//! The moments at which episodes and cooldowns began. The [parent module](super) has the reasons
//! for their orderings.

use super::StateCell;
use crate::breaker::cold::ColdState;
use crate::clock::Tick;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A moment (40 bits), above the lowest 24 bits of the episode that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpisodeTick(pub(crate) u64);

impl EpisodeTick {
    const EPISODE_BITS: u32 = 64 - Tick::BITS;
    pub(super) const EPISODE_MASK: u64 = (1 << Self::EPISODE_BITS) - 1;

    pub(crate) fn new(episode: Episode, tick: Tick) -> Self {
        EpisodeTick(tick.bits() << Self::EPISODE_BITS | episode.0 & Self::EPISODE_MASK)
    }

    pub(crate) fn tick(self) -> Tick {
        Tick::from_bits(self.0 >> Self::EPISODE_BITS)
    }

    pub(crate) fn is_of(self, episode: Episode) -> bool {
        (self.0 ^ episode.0) & Self::EPISODE_MASK == 0
    }

    /// Returns the beginning of `episode`, unless `self` belongs to a later one. It is no earlier
    /// than `self`, whatever the clock showed on another thread.
    pub(super) fn next(self, episode: Episode, now: Tick) -> Option<Self> {
        // The nearest episode that ends in these bits.
        let ahead = episode.0.wrapping_sub(self.0) & Self::EPISODE_MASK;
        (ahead <= Self::EPISODE_MASK / 2).then(|| EpisodeTick::new(episode, now.max(self.tick())))
    }

    /// Like [`next`](Self::next), but if both moments belong to `episode`, keeps the first.
    pub(super) fn first(self, episode: Episode, now: Tick) -> Option<Self> {
        if self.is_of(episode) {
            return (now < self.tick()).then(|| EpisodeTick::new(episode, now));
        }
        self.next(episode, now)
    }
}

impl StateCell {
    /// Like [`since`](Self::since), for a cell that [has its cold state itself](Self::own_cold).
    #[inline]
    pub(crate) fn own_since(&self) -> Tick {
        // Relaxed: no transition depends on `since`.
        EpisodeTick(self.since.load(Ordering::Relaxed)).tick()
    }

    /// Returns the moment that the present state began; for an instant, the moment that the state
    /// before it began.
    pub(crate) fn since(&self) -> Tick {
        // Relaxed: no transition depends on `since`.
        EpisodeTick(self.real().since.load(Ordering::Relaxed)).tick()
    }

    /// Returns the moment that the episode began. Returns `None` if the episode is over, or if the
    /// thread that began it has yet to store the moment and another thread is about to begin the
    /// next.
    pub(crate) fn since_of(&self, episode: Episode) -> Option<Tick> {
        // Relaxed: no transition depends on `since`; the swap to the word, which was loaded with
        // acquire, published `began`.
        let load = |moment: &AtomicU64| EpisodeTick(moment.load(Ordering::Relaxed));
        let began = || self.cold_if_made().map(|cold| load(&cold.past.began));
        let of_episode = |moment: &EpisodeTick| moment.is_of(episode);
        let since = Some(load(&self.real().since)).filter(of_episode);
        since.or_else(|| began().filter(of_episode)).map(EpisodeTick::tick)
    }

    /// Stores that a control replaces the deadline of an open breaker by `until` now. It is stored
    /// before the word is swapped, so a thread that reads the deadline in the word finds its
    /// beginning.
    pub(crate) fn replace_deadline(&self, now: Tick, until: Tick) {
        let replaced = EpisodeTick::new(Episode(until.bits()), now);
        // Relaxed: for people to read.
        self.cold().replaced.store(replaced.0, Ordering::Relaxed);
    }

    /// Returns when the cooldown that ends at `until` began, in a state that began at `since`.
    pub(crate) fn cooldown_began(&self, until: Tick, since: Tick) -> Tick {
        // Relaxed: for people to read.
        let load = |cold: &ColdState| cold.replaced.load(Ordering::Relaxed);
        let replaced = EpisodeTick(self.cold_if_made().map_or(0, load));
        let is_its_own = replaced.is_of(Episode(until.bits())) && replaced.tick() <= until;
        if is_its_own { replaced.tick().max(since) } else { since }
    }

    /// Stores the moment that the episode began, unless a later one has.
    pub(crate) fn start_at(&self, episode: Episode, now: Tick) {
        // Relaxed: no transition depends on `since`.
        let later = |found| EpisodeTick(found).next(episode, now).map(|since| since.0);
        let _ = self.real().since.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    }
}
