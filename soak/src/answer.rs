//! The answers of the bodies that the soak calls, and a future that is pending once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use breakerbox::BreakerError;

pub(crate) type Answer = Result<(), Failed>;

#[derive(Clone, Debug)]
pub(crate) enum Failed {
    /// The body's own error.
    Down,
    /// Opens at once, where a function says so.
    Fatal,
    /// Counts as nothing, where a function says so.
    Mine,
    /// Asks for a cooldown, in milliseconds, where a function looks at it.
    Busy(u64),
    /// A judge that looks at it panics.
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
