//! The answers of the guarded functions that the soak calls, and a future that is pending once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use breakerbox::BreakerError;

pub(crate) type Answer = Result<(), Failed>;

#[derive(Clone, Debug)]
pub(crate) enum Failed {
    /// The guarded function's own error.
    Down,
    /// Opens the breaker at once if the function's `trip` names it.
    Fatal,
    /// The caller's own mistake. It counts as nothing if the function's `ignore` names it.
    Mine,
    /// Asks for a cooldown of so many milliseconds, if the function has a `retry_after`.
    Busy(u64),
    /// Makes the function's `failure` predicate panic, if it has one.
    Poison,
    Rejected(BreakerError),
}

pub(crate) const DOWN: Answer = Err(Failed::Down);

impl From<BreakerError> for Failed {
    fn from(rejection: BreakerError) -> Self {
        Failed::Rejected(rejection)
    }
}

/// A future that is pending at its first poll.
pub(crate) struct Yield(bool);

impl Yield {
    pub(crate) const fn once() -> Self {
        Yield(false)
    }
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
