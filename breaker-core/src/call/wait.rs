//! A timer for readers of an answer that comes in parts: the items of a stream, the frames of a
//! body.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

/// A duration beyond the end of the clock: thirty years, as in tokio.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

pin_project! {
    /// A timer that runs while a reader waits for the next part.
    #[derive(Debug, Default)]
    pub struct WaitTimer {
        is_running: bool,
        // Kept from one wait to the next: it costs less to reset a timer than to make one.
        #[pin]
        timer: Option<Sleep>,
    }
}

impl WaitTimer {
    /// Ends the wait: the reader has got a part.
    #[inline]
    pub fn stop(self: Pin<&mut Self>) {
        *self.project().is_running = false;
    }

    /// Returns ready once the reader has waited for `length`. Begins the wait if need be.
    pub fn poll_over(self: Pin<&mut Self>, cx: &mut Context<'_>, length: Duration) -> Poll<()> {
        let mut this = self.project();
        if !*this.is_running {
            *this.is_running = true;
            let now = Instant::now();
            let end = now.checked_add(length).unwrap_or(now + FAR);
            match this.timer.as_mut().as_pin_mut() {
                Some(timer) => timer.reset(end),
                None => this.timer.set(Some(sleep_until(end))),
            }
        }
        match this.timer.as_pin_mut() {
            Some(timer) => timer.poll(cx),
            None => Poll::Pending,
        }
    }
}
