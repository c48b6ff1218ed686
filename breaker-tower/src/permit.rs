//! The permits of the layer's calls.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;
#[cfg(feature = "http")]
use std::time::Duration;

use breaker_core::expansion::{self, BreakerHandle, CallsiteRef, KeyedRef, Steps};
use breaker_core::{Breaker, BreakerRef, Permit, Verdict};

/// The permit of an admitted call. Sealed.
pub trait Held: sealed::Sealed + Sized {
    /// Runs one step of the call under the permit. A panic is a failure once the permit is dropped.
    #[doc(hidden)]
    fn run<R>(&mut self, step: impl FnOnce() -> R) -> R;

    /// Runs the step that polls the call's future. If `judge` returns a verdict, the call ends, and
    /// gives back its permit.
    #[doc(hidden)]
    #[inline]
    fn poll<R>(
        call: &mut Option<Self>,
        poll: impl FnOnce() -> Poll<R>,
        judge: impl FnOnce(&R) -> Option<Verdict>,
    ) -> Poll<R> {
        let Some(permit) = call else { return Poll::Pending };
        let (polled, verdict) = permit.run(|| {
            let polled = poll();
            let verdict = match &polled {
                Poll::Ready(output) => judge(output),
                Poll::Pending => None,
            };
            (polled, verdict)
        });
        if let Some(verdict) = verdict {
            if let Some(permit) = call.take() {
                permit.end(verdict);
            }
        }
        polled
    }

    /// Ends the call.
    #[doc(hidden)]
    fn end(self, verdict: Verdict);

    /// Makes a cancellation count as a failure.
    #[doc(hidden)]
    #[must_use]
    fn fail_on_cancel(self) -> Self;

    #[doc(hidden)]
    fn into_any(self) -> AnyPermit;
}

/// The permit of a call, for any kind of reference to its breaker.
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

    impl Sealed for super::Steps<super::CallsiteRef> {}

    impl Sealed for super::AnyPermit {}
}

/// A reference to a breaker whose permits fit into [`AnyPermit`].
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
    fn run<R>(&mut self, step: impl FnOnce() -> R) -> R {
        expansion::step_under(self, step)
    }

    #[inline]
    fn end(self, verdict: Verdict) {
        expansion::end_steps(self, verdict);
    }

    #[inline]
    fn fail_on_cancel(self) -> Self {
        expansion::failing_on_cancel(self)
    }

    #[inline]
    fn into_any(self) -> AnyPermit {
        B::any(self)
    }
}

impl Held for Steps<CallsiteRef> {
    #[inline]
    fn poll<R>(
        call: &mut Option<Self>,
        poll: impl FnOnce() -> Poll<R>,
        judge: impl FnOnce(&R) -> Option<Verdict>,
    ) -> Poll<R> {
        Steps::poll(call, poll, judge)
    }

    #[inline]
    fn run<R>(&mut self, step: impl FnOnce() -> R) -> R {
        self.run(step)
    }

    #[inline]
    fn end(self, verdict: Verdict) {
        self.end(verdict);
    }

    #[inline]
    fn fail_on_cancel(self) -> Self {
        self.fail_on_cancel()
    }

    #[inline]
    fn into_any(self) -> AnyPermit {
        AnyPermit::Named(self.into_permit())
    }
}

/// Evaluates the expression for the permit inside.
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
    #[inline]
    fn run<R>(&mut self, step: impl FnOnce() -> R) -> R {
        each!(self, permit => Held::run(permit, step))
    }

    #[inline]
    fn end(self, verdict: Verdict) {
        each!(self, permit => permit.end(verdict));
    }

    #[inline]
    fn fail_on_cancel(self) -> Self {
        each!(self, permit => permit.fail_on_cancel().into_any())
    }

    #[inline]
    fn into_any(self) -> AnyPermit {
        self
    }
}

#[cfg(feature = "http")]
impl AnyPermit {
    pub(crate) fn breaker(&self) -> &Breaker {
        each!(self, permit => permit.breaker())
    }

    /// Lets a probe keep its slot for at least `length`.
    #[cfg(feature = "tokio")]
    pub(crate) fn keep_slot(&self, length: Duration) {
        each!(self, permit => expansion::keep_slot(permit, length));
    }

    /// Notes that a part of the answer has come. After the first part, the call can no longer
    /// become slow. A probe keeps its slot anew, for at least `least`.
    #[inline]
    pub(crate) fn note_part(&mut self, is_first: bool, least: Duration) {
        each!(self, permit => expansion::note_item(permit, is_first, least));
    }
}

impl fmt::Debug for AnyPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each!(self, permit => permit.fmt(f))
    }
}
