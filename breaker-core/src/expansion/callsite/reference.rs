//! A reference to a call site, by which a call finds its breaker.

use core::ptr;

use super::{BreakerHandle, Callsite, is_in_scope};
use crate::breaker::Breaker;
use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::call::source::Source;
use crate::expansion::parked;
use crate::outcome::Outcome;
use crate::state::word::Word;

/// A reference to a call site, as a newtype without a lifetime parameter: the compiler erases the
/// `'static` of a plain reference that an async block stores.
#[derive(Clone, Copy, Debug)]
pub struct CallsiteRef(pub &'static Callsite);

impl CallsiteRef {
    /// Returns the cached breaker, or `None` inside a test scope.
    #[inline]
    fn breaker(self) -> Option<&'static Breaker> {
        if is_in_scope() {
            return None;
        }
        // `decide` leaves a detached breaker undecided, and `resolve` looks the name up again.
        self.0.cached.get().map(|kept| &**kept)
    }
}

impl Source for CallsiteRef {
    type Held = BreakerHandle;

    #[inline]
    fn pass(&self) -> Option<Word> {
        if is_in_scope() {
            return None;
        }
        self.0.word.pass_or(|| self.0.shared.get())
    }

    #[inline]
    fn is_unchanged(&self, pass: Word) -> bool {
        self.0.word.equals_or(pass, || self.0.shared.get())
    }

    #[inline]
    fn cached(&self) -> Option<&Breaker> {
        self.breaker()
    }

    fn admitter(&self) -> &Breaker {
        match self.0.cached.get() {
            Some(cached) => cached,
            None => self.0.first_call(false),
        }
    }

    #[inline]
    fn settle_pass(&self, pass: Word, outcome: Outcome) {
        self.0.settle_pass(pass, outcome);
    }

    #[inline]
    fn settle_held_call(&self, ticket: Ticket, outcome: Outcome) {
        self.0.settle_held_call(ticket, outcome);
    }

    #[inline]
    fn cached_handle(self) -> BreakerHandle {
        BreakerHandle::Cached(self.0)
    }

    #[inline]
    fn resolve(self) -> BreakerHandle {
        self.0.resolve()
    }

    /// Parks the permit, unless its breaker is the one that this call site caches.
    #[inline]
    fn ticket(&self, permit: Permit<BreakerHandle>) -> Ticket {
        match permit.into_parts() {
            (Some(BreakerHandle::Cached(site)), ticket) if ptr::eq(site, self.0) => ticket,
            (Some(handle), ticket) => parked::park(Permit::new(handle, ticket)),
            (None, _) => Ticket::DONE,
        }
    }

    #[inline]
    fn permit(self, ticket: Ticket) -> Permit<BreakerHandle> {
        if ticket.is_parked() {
            return parked::take(ticket);
        }
        Permit::new(BreakerHandle::Cached(self.0), ticket)
    }

    #[inline]
    fn put_back(ticket: Ticket, permit: Permit<BreakerHandle>) -> Ticket {
        if ticket.is_parked() {
            return parked::put_back(ticket, permit);
        }
        permit.into_parts().1
    }
}
