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

use crate::breaker::Breaker;
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
    Done,
}

impl<S: Source> Stage<S> {
    /// The breaker and its word, if that is all a call needs.
    #[inline]
    fn closed(&self) -> Option<(&Breaker, Word)> {
        match self {
            Stage::Asking(source) => {
                let breaker = source.remembered()?;
                Some((breaker, breaker.admit_if_closed()?))
            }
            Stage::Closed(source, closed) => Some((source.kept()?, *closed)),
            Stage::Admitted(_) | Stage::Done => None,
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
        let Some((breaker, closed)) = this.stage.closed() else {
            return poll_otherwise(this.stage, this.future, cx);
        };
        let unwinding = Unwinding { breaker, closed };
        let polled = this.future.poll(cx);
        let Poll::Ready(output) = polled else {
            core::mem::forget(unwinding);
            if let Stage::Asking(source) | Stage::Closed(source, _) =
                core::mem::replace(this.stage, Stage::Done)
            {
                *this.stage = Stage::Closed(source, closed);
            }
            return Poll::Pending;
        };
        let outcome = output.judge();
        core::mem::forget(unwinding);
        let is_plain = outcome == Outcome::Success && !closed.is_watchful();
        if !(is_plain && breaker.is_unbroken(closed)) {
            settle_at_once(breaker, closed, outcome);
        }
        *this.stage = Stage::Done;
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
            // The future itself is never polled.
            Err(error) => return Poll::Ready(Guardable::rejected(error)),
        },
        others => *stage = others,
    }
    match stage {
        Stage::Admitted(permit) => {
            poll_under(permit, future, cx, Guardable::judge, OnCancel::Ignore)
        }
        // Polled after its end: let the future itself say so.
        _ => future.poll(cx),
    }
}
