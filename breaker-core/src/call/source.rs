//! Where a call finds its breaker, and a call through a closed one.

use crate::breaker::admission::Decision;
use crate::breaker::{Breaker, BreakerRef};
use crate::outcome::{Guardable, Outcome};
use crate::state::word::Word;

/// Where a call finds its breaker.
pub trait Source: Clone {
    /// How the call holds it.
    type Held: BreakerRef;

    /// The breaker's word, if that lets a call in on the spot.
    fn closed_word(&self) -> Option<Word>;

    /// Whether nothing has happened since that word that a success would change.
    fn is_unchanged(&self, closed: Word) -> bool;

    /// The breaker, if it is known without asking anybody.
    fn cached(&self) -> Option<&Breaker>;

    /// What the breaker says, if it is known without asking anybody.
    #[inline]
    fn decide(&self) -> Decision<'_> {
        match self.cached() {
            Some(breaker) => breaker.decide(),
            None => Decision::Undecided,
        }
    }

    /// Takes in what became of a call that a closed breaker let in.
    fn settle_closed(&self, closed: Word, outcome: Outcome);

    /// The breaker that said so.
    fn cached_handle(self) -> Self::Held;

    /// The breaker.
    fn resolve(self) -> Self::Held;
}

/// A reference to a breaker leads to it by itself.
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

/// A call through a closed breaker. Dropped only if the body or the judge panics.
pub(crate) struct ClosedCall<'a, S: Source> {
    pub(crate) site: &'a S,
    pub(crate) closed: Word,
}

impl<S: Source> ClosedCall<'_, S> {
    /// The end, if the breaker was untracked at the beginning.
    #[inline]
    pub(crate) fn end<R: Guardable>(self, output: &R) {
        let outcome = output.outcome();
        let (site, closed) = (self.site, self.closed);
        core::mem::forget(self);
        // Each by itself, so that a success need not keep what it came to.
        match outcome {
            Outcome::Success if site.is_unchanged(closed) => {}
            Outcome::Success => site.settle_closed(closed, Outcome::Success),
            Outcome::Failure => site.settle_closed(closed, Outcome::Failure),
            Outcome::Ignored => site.settle_closed(closed, Outcome::Ignored),
        }
    }

    /// The same, whatever was to watch.
    pub(crate) fn end_tracked<R: Guardable>(self, output: &R) {
        let outcome = output.outcome();
        let (site, closed) = (self.site, self.closed);
        core::mem::forget(self);
        site.settle_closed(closed, outcome);
    }
}

impl<S: Source> Drop for ClosedCall<'_, S> {
    #[cold]
    fn drop(&mut self) {
        self.site.settle_closed(self.closed, Outcome::Failure);
    }
}
