//! A [`Source`] leads a call to its breaker; a [`ClosedCall`] guards a call without a permit.

use crate::breaker::Breaker;
use crate::breaker::admission::Decision;
use crate::breaker::breaker_ref::BreakerRef;
use crate::outcome::{Guardable, Outcome};
use crate::state::word::Word;

/// The source of a call's breaker: a reference to a breaker, or a call site.
pub trait Source: Clone {
    /// The reference to the breaker that a permit holds.
    type Held: BreakerRef;

    /// Returns the word with its failure count cleared, if it is closed, untracked and not
    /// detached.
    fn closed_word(&self) -> Option<Word>;

    /// Returns whether the word still equals `closed`, so that a success changes nothing.
    fn is_unchanged(&self, closed: Word) -> bool;

    /// Returns the breaker if it is known without a registry look-up.
    fn cached(&self) -> Option<&Breaker>;

    /// Returns the breaker's decision; `Undecided` if the breaker must be looked up first.
    #[inline]
    fn decide(&self) -> Decision<'_> {
        match self.cached() {
            Some(breaker) => breaker.decide(),
            None => Decision::Undecided,
        }
    }

    /// Settles a call that a closed breaker admitted under the word `closed`.
    fn settle_closed(&self, closed: Word, outcome: Outcome);

    /// Returns the breaker that has just admitted the call by its word.
    fn cached_handle(self) -> Self::Held;

    /// Returns the breaker, after a registry look-up if need be.
    fn resolve(self) -> Self::Held;
}

/// A reference to a breaker is its own source.
impl<B: BreakerRef> Source for B {
    type Held = Self;

    #[inline]
    fn closed_word(&self) -> Option<Word> {
        self.cell.closed_word()
    }

    #[inline]
    fn is_unchanged(&self, closed: Word) -> bool {
        self.cell.is_unchanged(closed)
    }

    #[inline]
    fn cached(&self) -> Option<&Breaker> {
        Some(self)
    }

    #[inline]
    fn settle_closed(&self, closed: Word, outcome: Outcome) {
        Breaker::settle_closed(self, closed, outcome);
    }

    #[inline]
    fn cached_handle(self) -> Self {
        self
    }

    #[inline]
    fn resolve(self) -> Self {
        self
    }
}

/// A guard for a call through a closed breaker. It is dropped only if the body or the judge
/// panics, and then records a failure.
pub(crate) struct ClosedCall<'a, S: Source> {
    pub(crate) source: &'a S,
    pub(crate) closed: Word,
}

impl<S: Source> ClosedCall<'_, S> {
    /// Ends a call that an untracked breaker admitted.
    #[inline]
    pub(crate) fn end<R: Guardable>(self, output: &R) {
        let outcome = output.outcome();
        let (source, closed) = (self.source, self.closed);
        core::mem::forget(self);
        // One arm per outcome: a success then keeps no outcome in a register across the
        // comparison.
        match outcome {
            Outcome::Success if source.is_unchanged(closed) => {}
            Outcome::Success => source.settle_closed(closed, Outcome::Success),
            Outcome::Failure => source.settle_closed(closed, Outcome::Failure),
            Outcome::Ignored => source.settle_closed(closed, Outcome::Ignored),
        }
    }

    /// Like [`end`](Self::end), for a breaker that may be tracked.
    pub(crate) fn end_tracked<R: Guardable>(self, output: &R) {
        let outcome = output.outcome();
        let (source, closed) = (self.source, self.closed);
        core::mem::forget(self);
        source.settle_closed(closed, outcome);
    }
}

impl<S: Source> Drop for ClosedCall<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.source.settle_closed(self.closed, Outcome::Failure);
    }
}
