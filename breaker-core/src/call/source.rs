//! A [`Source`]: a call's way to its breaker.

use crate::breaker::Breaker;
use crate::breaker::admission::Decision;
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::outcome::Outcome;
use crate::state::word::Word;

/// The source of a call's breaker: a reference to a breaker, or a call site.
pub trait Source: Clone {
    /// The reference to the breaker that a permit holds.
    type Held: BreakerRef;

    /// Returns the pass of a call that the word alone admits.
    fn pass(&self) -> Option<Word>;

    /// Returns whether the word still equals `pass`, so that a success changes nothing.
    fn is_unchanged(&self, pass: Word) -> bool;

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

    /// Returns the breaker whose word alone has admitted a call.
    fn admitter(&self) -> &Breaker;

    /// Settles a call that the word alone has admitted.
    fn settle_pass(&self, pass: Word, outcome: Outcome);

    /// Settles a call that is no probe. Its ticket is held and not parked.
    fn settle_held_call(&self, ticket: Ticket, outcome: Outcome);

    /// Returns the breaker that has just admitted the call by its word.
    fn cached_handle(self) -> Self::Held;

    /// Returns the breaker, after a registry look-up if need be.
    fn resolve(self) -> Self::Held;

    /// Takes a permit apart into a ticket. [`permit`](Self::permit) puts it together again.
    fn ticket(&self, permit: Permit<Self::Held>) -> Ticket;

    /// Returns the permit of a call whose ticket is held.
    fn permit(self, ticket: Ticket) -> Permit<Self::Held>;

    /// Takes a permit apart again that [`permit`](Self::permit) has put together from `ticket`.
    fn put_back(ticket: Ticket, permit: Permit<Self::Held>) -> Ticket;
}

/// A reference to a breaker is its own source.
impl<B: BreakerRef> Source for B {
    type Held = Self;

    #[inline]
    fn pass(&self) -> Option<Word> {
        self.cell.pass()
    }

    #[inline]
    fn is_unchanged(&self, pass: Word) -> bool {
        self.cell.is_unchanged(pass)
    }

    #[inline]
    fn cached(&self) -> Option<&Breaker> {
        Some(self)
    }

    #[inline]
    fn admitter(&self) -> &Breaker {
        self
    }

    #[inline]
    fn settle_pass(&self, pass: Word, outcome: Outcome) {
        Breaker::settle_pass(self, pass, outcome);
    }

    #[inline]
    fn settle_held_call(&self, ticket: Ticket, outcome: Outcome) {
        Breaker::settle_held_call(self, ticket, outcome);
    }

    #[inline]
    fn cached_handle(self) -> Self {
        self
    }

    #[inline]
    fn resolve(self) -> Self {
        self
    }

    #[inline]
    fn ticket(&self, permit: Permit<Self>) -> Ticket {
        permit.into_parts().1
    }

    #[inline]
    fn permit(self, ticket: Ticket) -> Permit<Self> {
        Permit::new(self, ticket)
    }

    #[inline]
    fn put_back(_: Ticket, permit: Permit<Self>) -> Ticket {
        permit.into_parts().1
    }
}
