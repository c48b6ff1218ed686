//! An [`OwnedBreaker`]: the `Arc` of a call whose breaker nobody caches.

use core::ops::Deref;
use std::sync::Arc;

use super::Breaker;

/// A call's own `Arc` of its breaker. It is `None` only after `drop` has taken it.
#[derive(Clone)]
pub struct OwnedBreaker(Option<Arc<Breaker>>);

impl OwnedBreaker {
    pub(crate) fn new(breaker: Arc<Breaker>) -> Self {
        OwnedBreaker(Some(breaker))
    }

    pub(crate) fn shared(&self) -> Option<Arc<Breaker>> {
        self.0.clone()
    }
}

impl Deref for OwnedBreaker {
    type Target = Breaker;

    #[inline]
    fn deref(&self) -> &Breaker {
        match &self.0 {
            Some(breaker) => breaker,
            None => unreachable!("it is let go last of all"),
        }
    }
}

/// Passes the `Arc` to `drop_cold` by value. Its address would force the reference out of registers
/// for the whole call.
impl Drop for OwnedBreaker {
    #[inline]
    fn drop(&mut self) {
        if let Some(breaker) = self.0.take() {
            drop_cold(breaker);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_cold(_: Arc<Breaker>) {}
