//! The limit for bodies that stall, by a timer of tokio.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use breaker_core::{Breaker, Verdict, expansion};
use tokio::time::{Instant, Sleep, sleep};

use crate::layer::BoxError;
use crate::permit::Held;
use crate::watch::Watched;

/// A limit for the time in which a reader waits for more of a body.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Duration,
    is_waiting: bool,
    /// Made when a reader waits for the first time, and set again for each later wait. In a box, so
    /// that a guarded body is `Unpin` if the inner one is.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    /// Returns the limit of a body, if there is one. A probe keeps its slot for so long.
    pub(super) fn new(watched: Watched, permit: &impl Held) -> Option<Self> {
        let limit = watched.stall?;
        permit.keep_slot(limit);
        Some(Stall { limit, is_waiting: false, timer: None })
    }

    /// Ends the wait of a reader who has got something, and returns the limit of the next wait.
    pub(super) fn end_wait(&mut self) -> Duration {
        self.is_waiting = false;
        self.limit
    }

    /// Is ready with an error once a reader has waited for too long. Begins the wait if need be.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>, breaker: &Breaker) -> Poll<BoxError> {
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.is_waiting {
            self.is_waiting = true;
            // Like `sleep`, a limit beyond the clock's end is far away.
            let far = Duration::from_secs(86_400 * 365 * 30);
            let now = Instant::now();
            timer.as_mut().reset(now.checked_add(limit).unwrap_or(now + far));
        }
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(expansion::timed_out_error(breaker, limit).into())
    }
}

/// Returns the verdict on a body that has stalled.
pub(super) fn timed_out() -> Verdict {
    expansion::timed_out()
}
