//! One call through a breaker.

pub(crate) mod acquire;
pub(crate) mod future;
pub(crate) mod guarded;
pub(crate) mod permit;
pub(crate) mod source;
pub(crate) mod sync;

use core::future::Future;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::error::BreakerError;
use crate::outcome::Guardable;
use future::Call;
use permit::Permit;

impl Breaker {
    /// Runs `f` if the breaker lets it, and returns what it returns: a `Result`
    /// whose `Err` counts as a failure. A rejection becomes an `Err` by
    /// `From<BreakerError>`; then `f` did not run.
    ///
    /// # Panics
    /// Only if `f` does. That counts as a failure, and unwinds on.
    #[inline]
    pub fn call<R: Guardable>(&self, f: impl FnOnce() -> R) -> R {
        sync::call(self, f)
    }

    /// Asks to make one call, and leaves it to the caller to say how it went:
    /// for a streamed reply that is judged at its end, say.
    ///
    /// # Errors
    /// The rejection.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<&Self>, BreakerError> {
        self.admit().map(|ticket| Permit::new(self, ticket))
    }

    /// [`try_acquire`](Self::try_acquire) for a permit that outlives the borrow.
    ///
    /// # Errors
    /// The rejection.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<Arc<Self>>, BreakerError> {
        self.admit().map(|ticket| Permit::new(Arc::clone(self), ticket))
    }

    /// Guards a future: asks for admission when first polled, not before.
    ///
    /// ```
    /// # use breaker_core::{Breaker, BreakerError, Config};
    /// # let runtime = std::pin::pin!(async {
    /// static LLM: Breaker = Breaker::new("llm", Config::new());
    /// let reply = LLM.call_async(async { Ok::<_, BreakerError>("hello") }).await;
    /// assert_eq!(reply, Ok("hello"));
    /// # });
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(std::future::Future::poll(runtime, &mut context).is_ready());
    /// ```
    ///
    /// A rejection becomes the future's error by `From<BreakerError>`; then the
    /// future was never polled.
    ///
    /// # Cancel safety
    /// Dropped before its end, the call counts as nothing and a probe's slot is
    /// given back. A poll that panics is a failure.
    pub fn call_async<F>(&self, future: F) -> Call<&Self, F>
    where
        F: Future<Output: Guardable>,
    {
        Call::new(self, future)
    }
}
