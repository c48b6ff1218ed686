//! The future of an annotated async function without a word on failures.
//!
//! A call through a closed breaker that times nothing needs no permit: what it must
//! show at its end is the word that it was let in by. While a poll of the body runs,
//! a guard on the stack says that a drop is a panic; between polls there is none, as
//! a drop then is a cancellation, and means nothing.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::future::poll_under;
use crate::outcome::{Guardable, Outcome};
use crate::permit::{OnCancel, Permit};
use crate::quick::{Unwinding, acquire_otherwise, settle_at_once};
use crate::site::Source;
use crate::word::Word;

pin_project! {
    /// Asks for admission when it is first polled.
    #[must_use = "futures do nothing unless polled"]
    pub struct Later<S: Source, F> {
        stage: Stage<S>,
        #[pin]
        future: F,
    }
}

enum Stage<S: Source> {
    Asking(S),
    /// Let in by a closed breaker, whose word was this.
    Closed(S, Word),
    Admitted(Option<Permit<S::Held>>),
    Rejected,
    Done,
}

impl<S: Source> Stage<S> {
    /// The breaker's word, if that is all a call needs.
    #[inline]
    fn closed(&self) -> Option<Word> {
        match self {
            Stage::Asking(source) => source.remembered()?.admit_if_closed(),
            Stage::Closed(_, closed) => Some(*closed),
            Stage::Admitted(_) | Stage::Rejected | Stage::Done => None,
        }
    }

    /// Leaves nothing behind: a future whose poll panics is at its end.
    #[inline]
    fn take_source(&mut self) -> Option<S> {
        match core::mem::replace(self, Stage::Done) {
            Stage::Asking(source) | Stage::Closed(source, _) => Some(source),
            Stage::Admitted(_) | Stage::Rejected | Stage::Done => None,
        }
    }
}

impl<S: Source, F> Later<S, F> {
    #[inline]
    pub(crate) fn new(source: S, future: F) -> Self {
        Later { stage: Stage::Asking(source), future }
    }
}

impl<S, F> Future for Later<S, F>
where
    S: Source,
    F: Future<Output: Guardable>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(closed) = this.stage.closed() else {
            return poll_otherwise(this.stage, this.future, cx);
        };
        let source = this.stage.take_source();
        let Some(breaker) = source.as_ref().and_then(Source::kept) else {
            return Poll::Pending;
        };
        let unwinding = Unwinding { breaker, closed };
        let polled = this.future.poll(cx);
        let Poll::Ready(output) = polled else {
            core::mem::forget(unwinding);
            *this.stage = source.map_or(Stage::Done, |source| Stage::Closed(source, closed));
            return Poll::Pending;
        };
        let outcome = output.judge();
        core::mem::forget(unwinding);
        let is_plain = outcome == Outcome::Success && !closed.is_watchful();
        if !(is_plain && breaker.is_unbroken(closed)) {
            settle_at_once(breaker, closed, outcome);
        }
        Poll::Ready(output)
    }
}

/// By a permit.
#[inline(never)]
fn poll_otherwise<S: Source, F: Future<Output: Guardable>>(
    stage: &mut Stage<S>,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    match core::mem::replace(stage, Stage::Done) {
        Stage::Asking(source) => match acquire_otherwise(source) {
            Ok(permit) => *stage = Stage::Admitted(Some(permit)),
            Err(error) => {
                // The future itself is never polled.
                *stage = Stage::Rejected;
                return Poll::Ready(Guardable::rejected(error));
            }
        },
        others => *stage = others,
    }
    match stage {
        Stage::Admitted(permit) => {
            poll_under(permit, future, cx, Guardable::judge, OnCancel::Ignore)
        }
        Stage::Rejected => Poll::Pending,
        // Polled after its end: let the future itself say so.
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
        let mut future = pin!(Later::new(&breaker, async {
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
        let mut future = pin!(Later::new(&breaker, async {
            assert_ne!(breaker.state(), crate::State::Closed, "on purpose");
            Reply::Ok(1)
        }));
        let context = &mut Context::from_waker(Waker::noop());
        for _ in 0..5 {
            let poll = AssertUnwindSafe(|| future.as_mut().poll(context).is_ready());
            assert!(catch_unwind(poll).is_err());
        }
        assert_eq!(breaker.failures_if_closed(), Some(1));
    }
}
