//! Admitted calls that are futures.
//!
//! A future may be dropped at any time: cancelled, or because its poll panicked.
//! A spawned task's panic is caught by the runtime first and the future dropped
//! later, when no thread is panicking, so `Drop` cannot ask. Instead the permit
//! is marked while a poll runs, and a permit that is dropped with the mark on
//! was in a poll that never returned.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::breaker::{Breaker, Hold};
use crate::outcome::{Guardable, Verdict};
use crate::permit::{OnCancel, Permit};

pin_project! {
    /// A future that runs under a permit it has been given.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Guarded<B: Hold, F, J> {
        permit: Option<Permit<B>>,
        on_cancel: OnCancel,
        judge: J,
        #[pin]
        future: F,
    }
}

impl<B, F, J, V> Guarded<B, F, J>
where
    B: Hold,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    /// `judge` says what the future's output means.
    #[inline]
    pub fn new(permit: Permit<B>, future: F, judge: J, on_cancel: OnCancel) -> Self {
        Self { permit: Some(permit), on_cancel, judge, future }
    }
}

impl<B, F, J, V> Future for Guarded<B, F, J>
where
    B: Hold,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_under(this.permit, this.future, cx, this.judge, *this.on_cancel)
    }
}

impl Breaker {
    /// Guards a future: asks for admission when first polled, not before.
    ///
    /// ```
    /// # use breaker_core::{Breaker, BreakerError, Config};
    /// # let runtime = std::pin::pin!(async {
    /// static LLM: Breaker = Breaker::new("llm", Config::new());
    /// let reply = LLM.call_async(async { Ok::<_, BreakerError>("hello") }).await;
    /// assert_eq!(reply, Ok("hello"));
    /// # });
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(std::future::Future::poll(runtime, &mut context).is_ready());
    /// ```
    ///
    /// A rejection becomes the future's error by `From<BreakerError>`; then the
    /// future was never polled.
    ///
    /// # Cancel safety
    /// Dropped before its end, the call counts as nothing and a probe's slot is
    /// given back. If it was dropped because a poll panicked, it is a failure.
    pub fn call_async<F>(&self, future: F) -> Call<&Self, F>
    where
        F: Future<Output: Guardable>,
    {
        Call::new(self, future)
    }
}

pin_project! {
    /// A future that asks for admission when it is first polled, from
    /// [`Breaker::call_async`](crate::Breaker::call_async).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Call<B: Hold, F> {
        stage: Stage<B>,
        #[pin]
        future: F,
    }
}

#[derive(Debug)]
enum Stage<B: Hold> {
    Asking(B),
    Admitted(Option<Permit<B>>),
    Rejected,
}

impl<B: Hold, F> Call<B, F> {
    #[inline]
    pub(crate) fn new(breaker: B, future: F) -> Self {
        Self { stage: Stage::Asking(breaker), future }
    }
}

impl<B, F> Future for Call<B, F>
where
    B: Hold + Clone,
    F: Future<Output: Guardable>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Stage::Asking(breaker) = this.stage {
            match breaker.admit() {
                Ok(ticket) => {
                    let permit = Permit::new(breaker.clone(), ticket);
                    *this.stage = Stage::Admitted(Some(permit));
                }
                Err(error) => {
                    // The future itself is never polled.
                    *this.stage = Stage::Rejected;
                    return Poll::Ready(Guardable::rejected(error));
                }
            }
        }
        match this.stage {
            Stage::Admitted(permit) => {
                poll_under(permit, this.future, cx, Guardable::judge, OnCancel::Ignore)
            }
            // Polled after its end.
            Stage::Asking(_) | Stage::Rejected => Poll::Pending,
        }
    }
}

#[inline]
pub(crate) fn poll_under<B: Hold, F: Future + ?Sized, V: Into<Verdict>>(
    slot: &mut Option<Permit<B>>,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
    judge: impl FnOnce(&F::Output) -> V,
    on_cancel: OnCancel,
) -> Poll<F::Output> {
    let Some(permit) = slot else {
        // Polled after its end: let the future itself say so.
        return future.poll(cx);
    };
    let scope = permit.enter();
    let polled = future.poll(cx);
    let Poll::Ready(output) = polled else {
        permit.leave(on_cancel);
        return Poll::Pending;
    };
    let verdict = judge(&output).into();
    drop(scope);
    permit.settle(verdict);
    *slot = None;
    Poll::Ready(output)
}
