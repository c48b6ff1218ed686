//! Work that a probe hands to other tasks and threads.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use pin_project_lite::pin_project;

use crate::breaker::nesting::{self, Inside, Probe};

/// Makes `future` part of the probes that the caller is inside of, wherever it is polled.
///
/// A call made from inside a probe of its breaker runs as part of that probe. A task that the probe
/// spawns is outside: its calls find the slot taken, and the probe fails. With `inherit` they
/// belong to the probe while it is out; later they are calls like any other. Outside a probe
/// `inherit` does nothing, and does not allocate.
///
/// The future belongs to the probes at the moment of `inherit`, not at the first poll.
///
/// ```
/// # use breaker_core as breakerbox;
/// use breakerbox::{Breaker, BreakerError, Config, State};
///
/// # fn poll<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(output) => output,
/// #         std::task::Poll::Pending => unreachable!(),
/// #     }
/// # }
/// # async fn spawn<F>(future: F) -> F::Output where F: Future<Output: Send> + Send + 'static {
/// #     std::thread::spawn(|| poll(future)).join().expect("no panic")
/// # }
/// static PARTS: Breaker = Breaker::new("parts", Config::new());
///
/// async fn part(n: u32) -> Result<u32, BreakerError> {
///     PARTS.call_async(async { Ok(n) }).await
/// }
///
/// # poll(async {
/// PARTS.half_open();
/// let whole = PARTS.call_async(async {
///     let other = spawn(breakerbox::inherit(part(1)));
///     Ok::<u32, BreakerError>(part(2).await? + other.await?)
/// });
/// assert_eq!(whole.await, Ok(3));
/// assert_eq!(PARTS.state(), State::Closed);
/// # });
/// ```
///
/// # Cancel safety
/// Dropping the future only drops what is inside.
pub fn inherit<F: Future>(future: F) -> Inherit<F> {
    Inherit { probes: nesting::inherited(), future }
}

/// Like [`inherit`], for a closure that another thread runs: by `std::thread::scope`,
/// `spawn_blocking` or a pool of threads.
///
/// ```
/// # use breaker_core as breakerbox;
/// use breakerbox::{Breaker, BreakerError, Config};
///
/// static PARTS: Breaker = Breaker::new("parts", Config::new());
///
/// PARTS.half_open();
/// let whole = PARTS.call(|| {
///     let part = breakerbox::inherit_fn(|| PARTS.call(|| Ok::<u32, BreakerError>(1)));
///     std::thread::spawn(part).join().expect("no panic")
/// });
/// assert_eq!(whole, Ok(1));
/// ```
pub fn inherit_fn<R>(closure: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let probes = nesting::inherited();
    move || {
        let _inside = Inside::of(&probes);
        closure()
    }
}

/// Returns true inside the body of a probe of any breaker, and in everything that the body calls,
/// even through other breakers. So a body may try something cheap: a smaller model, or one request
/// instead of ten. In a future, ask in each poll. Work made by [`inherit`] and [`inherit_fn`] is
/// inside too, while the probe is out.
///
/// It is false in the fallback that answers for the probe. A permit from
/// [`try_acquire`](crate::Breaker::try_acquire) marks no code as its body: ask
/// [`Permit::is_probe`](crate::Permit::is_probe), or run the body by
/// [`Permit::run`](crate::Permit::run).
///
/// ```
/// # use breaker_core as breakerbox;
/// use breakerbox::{Breaker, BreakerError, Config};
///
/// static LLM: Breaker = Breaker::new("llm", Config::new());
/// let complete = || LLM.call(|| {
///     let model = if breakerbox::is_probe() { "small" } else { "large" };
///     Ok::<_, BreakerError>(model)
/// });
///
/// assert_eq!(complete(), Ok("large"));
/// LLM.half_open();
/// assert_eq!(complete(), Ok("small"));
/// assert_eq!(complete(), Ok("large"));
/// ```
#[must_use]
pub fn is_probe() -> bool {
    nesting::is_inside_any()
}

pin_project! {
    /// A future that belongs to the probes of its maker. It is returned by [`inherit`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Inherit<F> {
        probes: Vec<Arc<Probe>>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Inherit<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _inside = Inside::of(this.probes);
        this.future.poll(cx)
    }
}
