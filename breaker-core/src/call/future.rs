//! A future that asks for admission when it is first polled: the future of
//! [`Breaker::call_async`](crate::Breaker::call_async), and of an annotated async function
//! without patterns or fallback.
//!
//! A call through a closed, untimed breaker carries no permit, only the word that admitted
//! it. During a poll, a guard on the stack counts a panic as a failure. Between polls there
//! is no guard: dropping the future then is a cancellation and counts as nothing.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::breaker::admission::Decision;
use crate::breaker::breaker_ref::BreakerRef;
use crate::call::acquire::acquire_cold;
use crate::call::guarded::poll_under;
use crate::call::permit::Permit;
use crate::call::source::{ClosedCall, Source};
use crate::call::turned::Innermost;
use crate::outcome::Guardable;
use crate::state::word::Word;

pin_project! {
    /// A future that asks for admission when it is first polled. It is returned by
    /// [`Breaker::call_async`](crate::Breaker::call_async).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Call<B: BreakerRef, F> {
        #[pin]
        call: CallFrom<B, F>,
    }
}

impl<B: BreakerRef, F> Call<B, F> {
    #[inline]
    pub(crate) fn new(breaker: B, future: F) -> Self {
        Call { call: CallFrom::new(breaker, future) }
    }
}

impl<B: BreakerRef, F: Future<Output: Guardable>> Future for Call<B, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().call.poll(cx)
    }
}

pin_project! {
    /// A [`Call`] whose breaker comes from any source, call sites included.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub(crate) struct CallFrom<S: Source, F> {
        progress: Progress<S>,
        #[pin]
        future: F,
    }
}

#[derive(Debug)]
enum Progress<S: Source> {
    Asking(S),
    /// Admitted by a closed breaker under this word, and suspended.
    Closed(S, Word),
    Admitted(Permit<S::Held>),
    Rejected,
    /// The call is being polled without a permit, or has ended.
    Done,
}

impl<S: Source> Progress<S> {
    fn take_source(&mut self) -> Option<S> {
        match core::mem::replace(self, Progress::Done) {
            Progress::Asking(source) | Progress::Closed(source, _) => Some(source),
            Progress::Admitted(_) | Progress::Rejected | Progress::Done => None,
        }
    }

    /// Starts the first poll if the word admits the call. The progress is `Done` meanwhile,
    /// so a poll that panics leaves nothing to settle.
    #[allow(clippy::inline_always, reason = "it is most of the fast path")]
    #[inline(always)]
    fn pass(&mut self) -> Option<(S, Word)> {
        let Progress::Asking(source) = self else { return None };
        let closed = source.closed_word()?;
        let source = source.clone();
        *self = Progress::Done;
        Some((source, closed))
    }

    /// Stores what the next poll needs, after a poll without a permit.
    #[inline]
    fn stay(&mut self, source: S, closed: Word) {
        *self = Progress::Closed(source, closed);
    }
}

impl<S: Source, F> CallFrom<S, F> {
    #[inline]
    pub(crate) fn new(source: S, future: F) -> Self {
        CallFrom { progress: Progress::Asking(source), future }
    }
}

impl<S, F> Future for CallFrom<S, F>
where
    S: Source,
    F: Future<Output: Guardable>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some((source, closed)) = this.progress.pass() else {
            return poll_slow(this.progress, this.future, cx);
        };
        let call = ClosedCall { source: &source, closed };
        let polled = this.future.poll(cx);
        match &polled {
            Poll::Ready(output) => call.end(output),
            Poll::Pending => {
                core::mem::forget(call);
                this.progress.stay(source, closed);
            }
        }
        polled
    }
}

/// Polls a call that [`Progress::pass`] did not start. Takes the future as `dyn`, so it is
/// compiled once per source and output type.
#[inline(never)]
fn poll_slow<S: Source, R: Guardable>(
    progress: &mut Progress<S>,
    future: Pin<&mut dyn Future<Output = R>>,
    cx: &mut Context<'_>,
) -> Poll<R> {
    let (source, closed) = match progress {
        Progress::Asking(source) => match source.decide() {
            Decision::Admitted(_, closed) => (source.clone(), closed),
            Decision::Rejected(rejection) => {
                // The inner future is never polled.
                let error = rejection.error();
                *progress = Progress::Rejected;
                return Poll::Ready(R::rejected(error));
            }
            Decision::Undecided => return poll_cold(progress, future, cx),
        },
        Progress::Closed(source, closed) => (source.clone(), *closed),
        Progress::Admitted(_) | Progress::Rejected | Progress::Done => {
            return poll_cold(progress, future, cx);
        }
    };
    *progress = Progress::Done;
    let call = ClosedCall { source: &source, closed };
    let polled = future.poll(cx);
    match &polled {
        Poll::Ready(output) => call.end_tracked(output),
        Poll::Pending => {
            core::mem::forget(call);
            progress.stay(source, closed);
        }
    }
    polled
}

#[cold]
#[inline(never)]
fn poll_cold<S: Source, R: Guardable>(
    progress: &mut Progress<S>,
    future: Pin<&mut dyn Future<Output = R>>,
    cx: &mut Context<'_>,
) -> Poll<R> {
    if let Progress::Asking(_) = progress {
        match progress.take_source().map(acquire_cold) {
            Some(Ok(permit)) => *progress = Progress::Admitted(permit),
            Some(Err(error)) => {
                *progress = Progress::Rejected;
                return Poll::Ready(R::rejected(error));
            }
            None => {}
        }
    }
    match progress {
        Progress::Admitted(permit) => {
            let judge = &mut Guardable::outcome;
            poll_under(permit, future, cx, judge, Innermost)
        }
        Progress::Rejected => Poll::Pending,
        // Polled after the end of the call: the inner future decides what happens.
        _ => future.poll(cx),
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::pin::pin;
    use core::task::Waker;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::breaker::Breaker;
    use crate::config::Config;
    use crate::error::BreakerError;

    type Reply = Result<u8, BreakerError>;

    #[test]
    fn rejected_future_that_is_polled_again_never_runs() {
        let breaker = Breaker::new("misused", Config::new());
        breaker.force_open();
        let runs = Cell::new(0);
        let mut future = pin!(Call::new(&breaker, async {
            runs.set(runs.get() + 1);
            Reply::Ok(1)
        }));
        let context = &mut Context::from_waker(Waker::noop());
        assert!(matches!(future.as_mut().poll(context), Poll::Ready(Err(_))));
        assert!(future.as_mut().poll(context).is_pending());
        assert_eq!(runs.get(), 0);
    }

    #[test]
    fn future_that_panicked_and_is_polled_again_counts_once() {
        let breaker = Breaker::new("misused", Config::new());
        let mut future = pin!(Call::new(&breaker, async {
            assert_ne!(breaker.state(), crate::State::Closed, "on purpose");
            Reply::Ok(1)
        }));
        let context = &mut Context::from_waker(Waker::noop());
        for _ in 0..5 {
            let poll = AssertUnwindSafe(|| future.as_mut().poll(context).is_ready());
            assert!(catch_unwind(poll).is_err());
        }
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    }
}
