//! Calls through a breaker without the attribute, and the routes that annotated functions share.

pub(crate) mod acquire;
pub(crate) mod future;
pub(crate) mod guarded;
pub(crate) mod inherit;
pub(crate) mod passage;
pub(crate) mod permit;
pub(crate) mod ring;
pub(crate) mod source;
pub(crate) mod sync;
pub(crate) mod turned;
#[cfg(feature = "tokio")]
pub(crate) mod wait;
#[cfg(feature = "stream")]
pub(crate) mod watched;

use core::future::Future;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::error::BreakerError;
use crate::outcome::Guardable;
use future::Call;
use permit::Permit;

impl Breaker {
    /// Runs `f` if the breaker admits the call, and returns the output of `f`: a `Result`
    /// whose `Err` counts as a failure. If the call is rejected, `f` does not run, and the
    /// rejection becomes an `Err` by `From<BreakerError>`.
    ///
    /// # Panics
    /// Only if `f` does. The panic counts as a failure and unwinds to the caller.
    #[inline]
    pub fn call<R: Guardable>(&self, f: impl FnOnce() -> R) -> R {
        sync::call(self, f)
    }

    /// Asks for a permit to make one call. The caller reports the outcome through the
    /// permit: at the end of a streamed reply, for example.
    ///
    /// # Errors
    /// Returns the rejection.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<&Self>, BreakerError> {
        self.admit().map(|ticket| Permit::new(self, ticket))
    }

    /// Like [`try_acquire`](Self::try_acquire), for a permit that outlives the borrow.
    ///
    /// # Errors
    /// Returns the rejection.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<Arc<Self>>, BreakerError> {
        self.admit().map(|ticket| Permit::new(Arc::clone(self), ticket))
    }

    /// Guards `future`. The call asks for admission at the first poll, not before.
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
    /// If the call is rejected, `future` is never polled, and the rejection becomes an `Err`
    /// by `From<BreakerError>`.
    ///
    /// # Cancel safety
    /// A call that is dropped before its end is not counted, or counts as slow if it has run for
    /// `slow_call`. A probe gives its slot back. A poll that panics is a failure.
    pub fn call_async<F>(&self, future: F) -> Call<&Self, F>
    where
        F: Future<Output: Guardable>,
    {
        Call::new(self, future)
    }
}
