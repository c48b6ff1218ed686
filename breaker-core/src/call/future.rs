//! A future that asks for admission when it is first polled: the future of
//! [`Breaker::call_async`](crate::Breaker::call_async), and of an annotated async function
//! without patterns or fallback.
//!
//! Between polls the future keeps a [`Ticket`], as explained in [`passage`](super::passage). During
//! a poll, a guard on the stack sees a panic, which is a failure. It is recorded at once if the
//! call has a pass, and otherwise when the future is dropped. A future that is dropped between
//! polls is cancelled.

use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::ticket::Ticket;
use crate::call::passage::{cancel, enter, leave_panicked, resume, settle, suspend};
use crate::call::source::Source;
use crate::outcome::{Guardable, Outcome};

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
        stage: Stage<S>,
        #[pin]
        future: F,
    }
}

impl<S: Source, F> CallFrom<S, F> {
    #[inline]
    pub(crate) fn new(source: S, future: F) -> Self {
        CallFrom { stage: Stage { source, ticket: Ticket::ASKING }, future }
    }
}

impl<S, F> Future for CallFrom<S, F>
where
    S: Source,
    F: Future<Output: Guardable>,
{
    type Output = F::Output;

    // Compiled for each annotated function. All that does not depend on the body is in
    // `Stage::begin` and `Polling::end`.
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.stage.begin() {
            Ok(polling) => polling.end(this.future.poll(cx)),
            Err(answer) => answer,
        }
    }
}

/// The stage of a call.
#[derive(Debug)]
struct Stage<S: Source> {
    source: S,
    ticket: Ticket,
}

impl<S: Source> Stage<S> {
    /// Begins a poll.
    ///
    /// # Errors
    /// Returns the answer of a rejected call.
    #[inline]
    fn begin<R: Guardable>(&mut self) -> Result<Polling<'_, S>, Poll<R>> {
        let pass = if self.ticket.is_asking() { self.source.pass() } else { None };
        let ticket = match pass {
            Some(pass) => Ticket::passed(pass),
            None => match go_on(self.source.clone(), self.ticket) {
                Ok(ticket) => ticket,
                Err(answer) => {
                    self.ticket = Ticket::REJECTED;
                    return Err(answer);
                }
            },
        };
        self.ticket = ticket.polled();
        Ok(Polling { stage: self, ticket })
    }
}

impl<S: Source> Drop for Stage<S> {
    #[inline]
    fn drop(&mut self) {
        // The source and the ticket are passed by value: if their address escaped, the compiler
        // would keep the stage in memory throughout.
        if self.ticket.word().is_present() {
            cancel(self.source.clone(), self.ticket);
        }
    }
}

/// Begins a poll of a call without a new pass: the word alone does not admit it, or it has been
/// polled before, or it has ended.
///
/// # Errors
/// Returns the answer of a rejected call.
#[cold] // Lays the fast path out without a jump.
#[inline(never)]
fn go_on<S: Source, R: Guardable>(source: S, ticket: Ticket) -> Result<Ticket, Poll<R>> {
    if ticket.is_asking() {
        enter(source).map_err(Poll::Ready)
    } else if ticket.is_rejected() {
        // The inner future is never polled.
        Err(Poll::Pending)
    } else if ticket.word().is_held() {
        Ok(resume(source, ticket))
    } else {
        // After the end of the call, the inner future decides what happens.
        Ok(ticket)
    }
}

/// A guard for one poll. It is dropped only if the poll or the judge panics.
struct Polling<'a, S: Source> {
    stage: &'a mut Stage<S>,
    ticket: Ticket,
}

impl<S: Source> Polling<'_, S> {
    #[inline]
    fn end<R: Guardable>(self, polled: Poll<R>) -> Poll<R> {
        let ticket = self.ticket;
        let outcome = match &polled {
            Poll::Ready(output) => Some(output.outcome()),
            Poll::Pending => None,
        };
        // No user code that may panic runs from here on, as in a sync call.
        let polled = ManuallyDrop::new(polled);
        let next = match outcome {
            Some(outcome) => {
                let source = &self.stage.source;
                match outcome {
                    Outcome::Success if source.is_unchanged(ticket.word()) => {}
                    Outcome::Success => settle(source.clone(), ticket, Outcome::Success),
                    Outcome::Failure => settle(source.clone(), ticket, Outcome::Failure),
                    Outcome::Ignored => settle(source.clone(), ticket, Outcome::Ignored),
                }
                Ticket::DONE
            }
            None if ticket.word().is_held() => suspend(self.stage.source.clone(), ticket),
            None => ticket,
        };
        self.stage.ticket = next;
        core::mem::forget(self);
        ManuallyDrop::into_inner(polled)
    }
}

impl<S: Source> Drop for Polling<'_, S> {
    #[inline]
    fn drop(&mut self) {
        leave_panicked(self.stage.source.clone(), self.ticket);
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
