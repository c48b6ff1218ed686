//! Takes slots of a window of calls.

use super::CallWindow;
use crate::state::status::Episode;
use crate::sync::atomic::Ordering;
use crate::window::head::{Head, Place};

impl CallWindow {
    /// Takes the next slot for a call of `episode`: swaps the head to the result of `next`, and
    /// returns the head before, which is the call's place. Returns `None` if the window is closed
    /// or belongs to another episode, or `next` returns `None`.
    #[inline]
    pub(super) fn take(
        &self,
        episode: Episode,
        next: impl Fn(Head) -> Option<Head>,
    ) -> Option<Place> {
        // Acquire: see `swap`.
        let mut found = Head(self.line.head.load(Ordering::Acquire));
        loop {
            match self.swap(found, episode, &next)? {
                Ok(place) => return Some(place),
                Err(newer) => found = newer,
            }
        }
    }

    /// Like [`take`](Self::take), but tries only once: a loop would cost an uncontended call a few
    /// more instructions. Also returns `None` if another thread has taken the slot.
    #[inline]
    fn take_at_once(&self, episode: Episode, next: impl Fn(Head) -> Option<Head>) -> Option<Place> {
        // Acquire: see `swap`.
        self.swap(Head(self.line.head.load(Ordering::Acquire)), episode, next)?.ok()
    }

    /// Swaps the head `found` to the result of `next`. Returns the present head as an error if it
    /// differs from `found`, and `None` as [`take`](Self::take) does.
    #[inline]
    fn swap(
        &self,
        found: Head,
        episode: Episode,
        next: impl Fn(Head) -> Option<Head>,
    ) -> Option<Result<Place, Head>> {
        // Acquire pairs with the release in `begin`: see the parent module.
        if found.is_closed() || self.line.episode.load(Ordering::Acquire) != episode.0 {
            return None;
        }
        let next = next(found)?;
        // Acquire, as in every load of the head that takes a slot, pairs with the release in
        // `begin` and `reopen`, whose release sequence every swap carries on: see the parent module.
        let success = Ordering::Acquire;
        let failure = Ordering::Acquire;
        let swap = self.line.head.compare_exchange(found.0, next.0, success, failure);
        Some(swap.map(Head).map_err(Head))
    }

    /// Takes a slot for a success, trying once.
    #[inline]
    pub(crate) fn take_success_at_once(&self, episode: Episode) -> Option<Place> {
        self.take_at_once(episode, |head| Some(head.after_success(|| self.last())))
    }

    /// Takes a slot for a failure that the head counts, if it can.
    #[inline]
    pub(crate) fn take_failure(&self, episode: Episode) -> Option<Place> {
        self.take(episode, |head| head.after_failure(|| self.last()))
    }

    /// Like [`take_failure`](Self::take_failure), but tries once.
    #[inline]
    pub(crate) fn take_failure_at_once(&self, episode: Episode) -> Option<Place> {
        self.take_at_once(episode, |head| head.after_failure(|| self.last()))
    }
}
