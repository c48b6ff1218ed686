//! A [`KeyedRef`]: a call's reference to the breaker of its key.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use super::Seat;
use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::breaker_ref::sealed::Sealed;
use crate::breaker::owned::OwnedBreaker;
use crate::state::word::Word;

/// A call that is under way through a seat. Dropping it ends the call.
pub struct UnderWay(&'static Seat);

impl UnderWay {
    /// Takes over a start that the caller has counted.
    #[inline]
    pub(super) fn new(started: &'static Seat) -> Self {
        UnderWay(started)
    }

    pub(crate) fn seat(&self) -> &'static Seat {
        self.0
    }
}

impl Clone for UnderWay {
    fn clone(&self) -> Self {
        self.0.start()
    }
}

/// Passes the seat by value, so that the hold stays in a register for the whole call.
impl Drop for UnderWay {
    #[inline]
    fn drop(&mut self) {
        end(self.0);
    }
}

#[inline(never)]
fn end(seat: &'static Seat) {
    seat.end();
}

/// A call's reference to the breaker of its key.
#[derive(Clone)]
pub enum KeyedRef {
    /// The breaker is in a seat.
    Seat(UnderWay),
    /// The breaker of a test scope, or the breaker that keys without room share.
    Owned(OwnedBreaker),
}

impl KeyedRef {
    /// Makes a reference to a breaker that is in no seat.
    pub(crate) fn owned(breaker: Arc<Breaker>) -> Self {
        KeyedRef::Owned(OwnedBreaker::new(breaker))
    }
}

impl Deref for KeyedRef {
    type Target = Breaker;

    #[inline]
    fn deref(&self) -> &Breaker {
        match self {
            KeyedRef::Seat(UnderWay(seat)) => &seat.breaker,
            KeyedRef::Owned(owned) => owned,
        }
    }
}

impl BreakerRef for KeyedRef {}

impl Sealed for KeyedRef {
    #[inline]
    fn is_unchanged(&self, closed: Word) -> bool {
        self.cell.is_unchanged(closed)
    }

    fn shared(&self) -> Option<Arc<Breaker>> {
        match self {
            KeyedRef::Seat(UnderWay(seat)) => seat.face(),
            KeyedRef::Owned(owned) => owned.shared(),
        }
    }
}

impl fmt::Debug for KeyedRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Breaker::fmt(self, f)
    }
}
