//! A call's handle to the breaker of a call site.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use super::{Callsite, CallsiteRef};
use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::breaker_ref::sealed::Sealed;
use crate::breaker::owned::OwnedBreaker;
use crate::call::source::Source;
use crate::state::word::Word;

/// A call's handle to its breaker, from a call site.
#[derive(Clone)]
pub enum BreakerHandle {
    /// The breaker that the call site caches until the program ends.
    Cached(&'static Callsite),
    /// A breaker that was looked up for this call: the cached breaker was removed from the
    /// registry, or the thread is in a test scope.
    Owned(OwnedBreaker),
}

impl BreakerHandle {
    pub(super) fn owned(breaker: Arc<Breaker>) -> Self {
        BreakerHandle::Owned(OwnedBreaker::new(breaker))
    }
}

impl Deref for BreakerHandle {
    type Target = Breaker;

    #[inline]
    fn deref(&self) -> &Breaker {
        match self {
            BreakerHandle::Cached(site) => site.cached(),
            BreakerHandle::Owned(owned) => owned,
        }
    }
}

impl BreakerRef for BreakerHandle {}

impl Sealed for BreakerHandle {
    #[inline]
    fn is_unchanged(&self, pass: Word) -> bool {
        matches!(self, BreakerHandle::Cached(site) if CallsiteRef(site).is_unchanged(pass))
    }

    fn shared(&self) -> Option<Arc<Breaker>> {
        match self {
            BreakerHandle::Cached(site) => site.cached.get().cloned(),
            BreakerHandle::Owned(owned) => owned.shared(),
        }
    }
}

impl fmt::Debug for BreakerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Breaker::fmt(self, f)
    }
}
