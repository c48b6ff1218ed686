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
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
use crate::outcome::Verdict;

pin_project! {
    /// A future that runs under a permit acquired before.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Guarded<B: BreakerRef, F, J> {
        pub(crate) permit: Permit<B>,
        pub(crate) judge: J,
        #[pin]
        pub(crate) future: F,
    }
}

impl<B, F, J, V> Future for Guarded<B, F, J>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_under(this.permit, this.future, cx, this.judge)
    }
}

/// A guarded call that says after its end whether it failed.
pub trait Judged: Future {
    /// Returns whether the call ended as a failure. Meaningful only once the future is
    /// ready: before, the flag says what a cancellation counts as.
    fn has_failed(&self) -> bool;
}

impl<B: BreakerRef, F, J> Judged for Guarded<B, F, J>
where
    Self: Future,
{
    #[inline]
    fn has_failed(&self) -> bool {
        self.permit.has_failed()
    }
}

pin_project! {
    /// A guarded call that returns a failed output as `Err`, for the fallback.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct OrFailed<C> {
        #[pin]
        pub(crate) call: C,
    }
}

impl<C: Judged> Future for OrFailed<C> {
    type Output = Result<C::Output, C::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut call = self.project().call;
        let Poll::Ready(output) = call.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready(if call.has_failed() { Err(output) } else { Ok(output) })
    }
}

#[cfg(feature = "tokio")]
pin_project! {
    /// A guarded call with a timeout, which returns an error when the time runs out.
    pub(crate) struct Within<B: BreakerRef, F, J, L> {
        // A closure without captures, which adds no bytes to the future.
        pub(crate) length: L,
        #[pin]
        pub(crate) call: Guarded<B, tokio::time::Timeout<F>, J>,
    }
}

#[cfg(feature = "tokio")]
impl<B, F, J, L, V> Future for Within<B, F, J, L>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&Result<F::Output, Elapsed>) -> V,
    L: Fn() -> Duration,
    V: Into<Verdict>,
{
    type Output = Result<F::Output, BreakerError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Poll::Ready(ended) = this.call.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready(match ended {
            Ok(output) => Ok(output),
            Err(_) => {
                let name = this.call.permit.breaker().name().clone();
                Err(BreakerError::TimedOut { name, after: (this.length)() })
            }
        })
    }
}

#[cfg(feature = "tokio")]
impl<B: BreakerRef, F, J, L> Judged for Within<B, F, J, L>
where
    Self: Future,
{
    #[inline]
    fn has_failed(&self) -> bool {
        self.call.permit.has_failed()
    }
}

/// Polls once under the permit. After the outcome is recorded, a poll only polls the inner
/// future, and its verdict is dropped.
#[inline]
pub(crate) fn poll_under<B: BreakerRef, F: Future + ?Sized, V: Into<Verdict>>(
    permit: &mut Permit<B>,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
    judge: &mut impl FnMut(&F::Output) -> V,
) -> Poll<F::Output> {
    let mut polling = Polling::of(permit);
    let polled = future.poll(cx);
    match &polled {
        Poll::Ready(output) => polling.settle(judge(output)),
        Poll::Pending => polling.suspend(),
    }
    polled
}
