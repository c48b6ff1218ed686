//! The limit for bodies that stall, by a timer of tokio.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use breaker_core::expansion::{self, WaitTimer};
use breaker_core::{Breaker, Verdict};

use crate::layer::BoxError;
use crate::permit::AnyPermit;
use crate::watch::Watched;

/// A limit for the time in which a reader waits for more of a body.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Duration,
    /// The timer is made when a reader first waits. It is boxed, so that a guarded body is `Unpin`
    /// if the inner one is.
    timer: Option<Pin<Box<WaitTimer>>>,
}

impl Stall {
    /// Returns the limit of a body, if it has one. A probe then keeps its slot for at least that
    /// time.
    pub(super) fn new(watched: Watched, permit: &AnyPermit) -> Option<Self> {
        let limit = watched.stall?;
        permit.keep_slot(limit);
        Some(Stall { limit, timer: None })
    }

    /// Ends the wait of a reader that has got something, and returns the limit of the next wait.
    pub(super) fn end_wait(&mut self) -> Duration {
        if let Some(timer) = &mut self.timer {
            timer.as_mut().stop();
        }
        self.limit
    }

    /// Is ready with an error once a reader has waited too long. Begins the wait if there is none.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>, breaker: &Breaker) -> Poll<BoxError> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(WaitTimer::default()));
        ready!(timer.as_mut().poll_over(cx, self.limit));
        Poll::Ready(expansion::timed_out_error(breaker, self.limit).into())
    }
}

/// Returns the verdict on a body that has stalled.
pub(super) fn timed_out() -> Verdict {
    expansion::timed_out()
}
