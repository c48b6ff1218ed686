//! The head of a watched stream: the part of the call in which its function runs.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;
#[cfg(feature = "tokio")]
use tokio::time::{Instant, Timeout};

use crate::breaker::breaker_ref::BreakerRef;
use crate::call::guarded::Judged;
use crate::call::permit::{Permit, Polling};
use crate::call::turned::{Listening, Place};
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
use crate::outcome::{Outcome, Verdict};

/// The result of a head. If an answer cannot carry the call's error, `X` is that error.
#[derive(Debug)]
pub enum Head<R, B: BreakerRef, X> {
    /// The body has returned a success, and the call goes on.
    Returned(Returned<R, B>),
    /// The call is over, and this is the answer.
    Answered(R),
    /// The call was rejected, or its time was over.
    Refused(X),
}

/// A success of the body.
#[derive(Debug)]
pub struct Returned<R, B: BreakerRef> {
    pub(crate) output: R,
    pub(crate) permit: Permit<B>,
    /// The time that the body has taken, if a limit for the first item counts it.
    pub(crate) spent: Duration,
}

pin_project! {
    /// The future of a head.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct HeadCall<B: BreakerRef, F, J, P, X> {
        // `None` once it was passed on.
        pub(crate) permit: Option<Permit<B>>,
        pub(crate) judge: J,
        pub(crate) place: P,
        pub(crate) failed: bool,
        pub(crate) refused: core::marker::PhantomData<fn() -> X>,
        #[pin]
        pub(crate) future: F,
    }
}

impl<B, F, J, V, P, X> Future for HeadCall<B, F, J, P, X>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    P: Place,
{
    type Output = Head<F::Output, B, X>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(permit) = this.permit else { return this.future.poll(cx).map(Head::Answered) };
        let mut polling = Polling::of(permit);
        let listening = Listening::start(&mut polling, *this.place);
        let polled = this.future.poll(cx);
        if Listening::end(listening) {
            return polled.map(Head::Answered);
        }
        let Poll::Ready(output) = polled else {
            polling.suspend();
            return Poll::Pending;
        };
        let verdict = (this.judge)(&output).into();
        if verdict.outcome != Outcome::Success {
            *this.failed = verdict.outcome == Outcome::Failure;
            polling.settle(verdict);
            return Poll::Ready(Head::Answered(output));
        }
        polling.suspend();
        drop(polling);
        Poll::Ready(match this.permit.take() {
            Some(permit) => Head::Returned(Returned { output, permit, spent: Duration::ZERO }),
            None => Head::Answered(output),
        })
    }
}

impl<B: BreakerRef, F, J, P, X> Judged for HeadCall<B, F, J, P, X>
where
    Self: Future,
{
    type Held = B;

    fn has_failed(&self) -> bool {
        self.failed
    }

    fn held(&self) -> Option<B> {
        self.permit.as_ref().and_then(Permit::held)
    }
}

#[cfg(feature = "tokio")]
pin_project! {
    /// The future of a head with a time limit.
    pub(crate) struct HeadWithin<B: BreakerRef, F, J, L, P, X> {
        pub(crate) length: L,
        // `None` if the limit is lifted. The first item then has its full time.
        pub(crate) began: Option<Instant>,
        pub(crate) is_late: bool,
        #[pin]
        pub(crate) call: HeadCall<B, Timeout<F>, J, P, X>,
    }
}

#[cfg(feature = "tokio")]
impl<B, F, J, L, P, X> Future for HeadWithin<B, F, J, L, P, X>
where
    B: BreakerRef,
    F: Future,
    HeadCall<B, Timeout<F>, J, P, X>:
        Future<Output = Head<Result<F::Output, tokio::time::error::Elapsed>, B, X>>,
    L: Fn() -> Duration,
{
    type Output = Result<Head<F::Output, B, X>, BreakerError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Poll::Ready(head) = this.call.as_mut().poll(cx) else { return Poll::Pending };
        let spent = this.began.map_or(Duration::ZERO, |began| began.elapsed());
        match head {
            Head::Returned(Returned { output: Ok(output), permit, .. }) => {
                return Poll::Ready(Ok(Head::Returned(Returned { output, permit, spent })));
            }
            Head::Answered(Ok(output)) => return Poll::Ready(Ok(Head::Answered(output))),
            Head::Refused(error) => return Poll::Ready(Ok(Head::Refused(error))),
            Head::Returned(_) | Head::Answered(Err(_)) => {}
        }
        *this.is_late = true;
        // A call whose time is over has failed, and keeps its permit.
        let Some(permit) = &this.call.permit else { return Poll::Pending };
        Poll::Ready(Err(permit.breaker().timed_out((this.length)())))
    }
}

#[cfg(feature = "tokio")]
impl<B: BreakerRef, F, J, L, P, X> Judged for HeadWithin<B, F, J, L, P, X>
where
    Self: Future,
    HeadCall<B, Timeout<F>, J, P, X>: Judged<Held = B>,
{
    type Held = B;

    fn has_failed(&self) -> bool {
        self.is_late || self.call.has_failed()
    }

    fn held(&self) -> Option<B> {
        self.call.held()
    }
}
