//! Futures that run under a permit.
//!
//! A future may be dropped at any time: cancelled, or because its poll panicked. A runtime
//! catches a spawned task's panic first and drops the future later, when no thread is
//! panicking, so `Drop` cannot ask `panicking()`. Instead a guard on the stack sees the end
//! of each poll. A poll that ends by neither an outcome nor a suspension leaves a mark on
//! the permit, and a permit that is dropped with the mark is a failure.
//!
//! Between polls a future stores only the permit, the judge and the body: the permit also
//! says what a cancellation counts as and whether the call has failed.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
#[cfg(feature = "tokio")]
use core::time::Duration;

use pin_project_lite::pin_project;
#[cfg(feature = "tokio")]
use tokio::time::error::Elapsed;

use crate::breaker::breaker_ref::BreakerRef;
use crate::call::permit::{Permit, Polling};
use crate::call::ring::{FallbackSite, Falling};
use crate::call::turned::{Listening, Place};
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
use crate::outcome::Verdict;

pin_project! {
    /// A future that runs under a permit acquired before.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Guarded<B: BreakerRef, F, J, P> {
        pub(crate) permit: Permit<B>,
        pub(crate) judge: J,
        pub(crate) place: P,
        #[pin]
        pub(crate) future: F,
    }
}

impl<B, F, J, V, P> Future for Guarded<B, F, J, P>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    P: Place,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_under(this.permit, this.future, cx, this.judge, *this.place)
    }
}

/// A guarded call that tells after its end whether it failed.
pub trait Judged: Future {
    /// The reference to the breaker.
    type Held: BreakerRef;

    /// Returns whether the call ended as a failure. It has a meaning only once the future is ready:
    /// before, the flag tells what a cancellation counts as.
    fn has_failed(&self) -> bool;

    /// Returns another reference to the breaker.
    fn held(&self) -> Option<Self::Held>;
}

impl<B: BreakerRef, F, J, P> Judged for Guarded<B, F, J, P>
where
    Self: Future,
{
    type Held = B;

    #[inline]
    fn has_failed(&self) -> bool {
        self.permit.has_failed()
    }

    #[inline]
    fn held(&self) -> Option<B> {
        self.permit.held()
    }
}

pin_project! {
    /// A guarded call that returns a failed output as `Err`, for the fallback. If the fallback has
    /// led back to its own function, the failed output is the answer.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct OrFailed<C> {
        pub(crate) site: &'static FallbackSite,
        #[pin]
        pub(crate) call: C,
    }
}

impl<C: Judged> Future for OrFailed<C> {
    type Output = Result<C::Output, (C::Output, Falling<C::Held>)>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut call = this.call;
        let Poll::Ready(output) = call.as_mut().poll(cx) else { return Poll::Pending };
        let falling = if call.has_failed() { this.site.fall(call.held()) } else { None };
        Poll::Ready(match falling {
            Some(falling) => Err((output, falling)),
            None => Ok(output),
        })
    }
}

#[cfg(feature = "tokio")]
pin_project! {
    /// A guarded call with a timeout. It returns an error when the time runs out.
    pub(crate) struct Within<B: BreakerRef, F, J, L, P> {
        // A closure without captures, which adds no bytes to the future.
        pub(crate) length: L,
        // Set once the time has run out. The call then counts as failed for the fallback, even if
        // it is ignored.
        pub(crate) is_late: bool,
        #[pin]
        pub(crate) call: Guarded<B, tokio::time::Timeout<F>, J, P>,
    }
}

#[cfg(feature = "tokio")]
impl<B, F, J, L, V, P> Future for Within<B, F, J, L, P>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&Result<F::Output, Elapsed>) -> V,
    L: Fn() -> Duration,
    V: Into<Verdict>,
    P: Place,
{
    type Output = Result<F::Output, BreakerError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Poll::Ready(ended) = this.call.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready(match ended {
            Ok(output) => Ok(output),
            Err(_) => {
                *this.is_late = true;
                Err(this.call.permit.breaker().timed_out((this.length)()))
            }
        })
    }
}

#[cfg(feature = "tokio")]
impl<B: BreakerRef, F, J, L, P> Judged for Within<B, F, J, L, P>
where
    Self: Future,
{
    type Held = B;

    #[inline]
    fn has_failed(&self) -> bool {
        self.is_late || self.call.permit.has_failed()
    }

    #[inline]
    fn held(&self) -> Option<B> {
        self.call.permit.held()
    }
}

/// Polls once under the permit. After the outcome is recorded, it only polls the inner future, and
/// drops the verdict. If an inner attribute turns the call away, the call is ignored from then on,
/// even if it is cancelled or its time runs out.
#[inline]
pub(crate) fn poll_under<B, F, V, P>(
    permit: &mut Permit<B>,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
    judge: &mut impl FnMut(&F::Output) -> V,
    place: P,
) -> Poll<F::Output>
where
    B: BreakerRef,
    F: Future + ?Sized,
    V: Into<Verdict>,
    P: Place,
{
    let mut polling = Polling::of(permit);
    let listening = Listening::start(&mut polling, place);
    let polled = future.poll(cx);
    if Listening::end(listening) {
        return polled;
    }
    match &polled {
        Poll::Ready(output) => polling.settle(judge(output)),
        Poll::Pending => polling.suspend(),
    }
    polled
}
