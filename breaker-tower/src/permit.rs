//! The permits of the layer's calls.

use std::fmt;
use std::sync::Arc;
#[cfg(any(feature = "http", feature = "tokio"))]
use std::time::Duration;

use breaker_core::expansion::{BreakerHandle, KeyedRef, failing_on_cancel, poll_under};
use breaker_core::{Breaker, BreakerRef, Permit, Verdict};

/// The permit of an admitted call. Sealed.
pub trait Held: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn breaker(&self) -> &Breaker;

    /// Runs one step of the call under the permit. The call ends if `judge` returns a verdict.
    /// A panic in either is a failure once the permit is dropped.
    #[doc(hidden)]
    fn run<R>(&mut self, step: impl FnOnce() -> R, judge: impl FnOnce(&R) -> Option<Verdict>) -> R;

    /// Ends the call.
    #[doc(hidden)]
    fn record(self, verdict: impl Into<Verdict>);

    /// Makes a cancellation count as a failure.
    #[doc(hidden)]
    #[must_use]
    fn fail_on_cancel(self) -> Self;

    /// Lets a probe keep its slot for at least `length`.
    #[cfg(feature = "tokio")]
    #[doc(hidden)]
    fn keep_slot(&self, length: Duration);

    /// Notes that a part of the answer has come: with the first one the call is slow no more, and a
    /// probe keeps its slot anew, for at least `least`.
    #[cfg(feature = "http")]
    #[doc(hidden)]
    fn note_part(&mut self, is_first: bool, least: Duration);

    #[doc(hidden)]
    fn into_any(self) -> AnyPermit;
}

/// The permit of a call by any kind of reference to its breaker.
pub enum AnyPermit {
    #[doc(hidden)]
    Named(Permit<BreakerHandle>),
    #[doc(hidden)]
    Keyed(Permit<KeyedRef>),
    #[doc(hidden)]
    Shared(Permit<Arc<Breaker>>),
    #[doc(hidden)]
    Static(Permit<&'static Breaker>),
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}

    impl<B: breaker_core::BreakerRef> Sealed for breaker_core::Permit<B> {}

    impl Sealed for super::AnyPermit {}
}

/// A reference to a breaker whose permits [`AnyPermit`] has a place for.
pub trait Holder: BreakerRef + 'static {
    #[doc(hidden)]
    fn any(permit: Permit<Self>) -> AnyPermit;
}

impl Holder for BreakerHandle {
    fn any(permit: Permit<Self>) -> AnyPermit {
        AnyPermit::Named(permit)
    }
}

impl Holder for KeyedRef {
    fn any(permit: Permit<Self>) -> AnyPermit {
        AnyPermit::Keyed(permit)
    }
}

impl Holder for Arc<Breaker> {
    fn any(permit: Permit<Self>) -> AnyPermit {
        AnyPermit::Shared(permit)
    }
}

impl Holder for &'static Breaker {
    fn any(permit: Permit<Self>) -> AnyPermit {
        AnyPermit::Static(permit)
    }
}

impl<B: Holder> Held for Permit<B> {
    #[inline]
    fn breaker(&self) -> &Breaker {
        self.breaker()
    }

    #[inline]
    fn run<R>(&mut self, step: impl FnOnce() -> R, judge: impl FnOnce(&R) -> Option<Verdict>) -> R {
        poll_under(self, step, judge)
    }

    #[inline]
    fn record(self, verdict: impl Into<Verdict>) {
        self.record(verdict);
    }

    #[inline]
    fn fail_on_cancel(self) -> Self {
        failing_on_cancel(self)
    }

    #[cfg(feature = "tokio")]
    fn keep_slot(&self, length: Duration) {
        breaker_core::expansion::keep_slot(self, length);
    }

    #[cfg(feature = "http")]
    #[inline]
    fn note_part(&mut self, is_first: bool, least: Duration) {
        breaker_core::expansion::note_item(self, is_first, least);
    }

    #[inline]
    fn into_any(self) -> AnyPermit {
        B::any(self)
    }
}

/// Does with the permit inside what the expression says.
macro_rules! each {
    ($any:expr, $permit:ident => $does:expr) => {
        match $any {
            AnyPermit::Named($permit) => $does,
            AnyPermit::Keyed($permit) => $does,
            AnyPermit::Shared($permit) => $does,
            AnyPermit::Static($permit) => $does,
        }
    };
}

impl Held for AnyPermit {
    fn breaker(&self) -> &Breaker {
        each!(self, permit => permit.breaker())
    }

    #[inline]
    fn run<R>(&mut self, step: impl FnOnce() -> R, judge: impl FnOnce(&R) -> Option<Verdict>) -> R {
        each!(self, permit => permit.run(step, judge))
    }

    #[inline]
    fn record(self, verdict: impl Into<Verdict>) {
        each!(self, permit => permit.record(verdict));
    }

    #[inline]
    fn fail_on_cancel(self) -> Self {
        each!(self, permit => permit.fail_on_cancel().into_any())
    }

    #[cfg(feature = "tokio")]
    fn keep_slot(&self, length: Duration) {
        each!(self, permit => permit.keep_slot(length));
    }

    #[cfg(feature = "http")]
    #[inline]
    fn note_part(&mut self, is_first: bool, least: Duration) {
        each!(self, permit => permit.note_part(is_first, least));
    }

    #[inline]
    fn into_any(self) -> AnyPermit {
        self
    }
}

impl fmt::Debug for AnyPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each!(self, permit => permit.fmt(f))
    }
}
