//! Testing annotated functions without sleeping (feature `testing`).
//!
//! Annotated functions share one registry and one clock, so tests of them that
//! run side by side would trip each other's breakers. A [`Scope`] gives a test
//! a registry and a clock of its own:
//!
//! ```
//! # use breaker_core as breakerbox; // users: through the facade
//! use std::time::Duration;
//! use breakerbox::{Config, Registry, testing::Scope};
//!
//! let scope = Scope::enter();
//! let llm = Registry::global().get_or_insert("llm", Config::new())?; // this test's own
//! for _ in 0..5 {
//!     llm.try_acquire()?.failure();
//! }
//! assert!(llm.try_acquire().is_err());
//! scope.advance(Duration::from_secs(30));
//! assert!(llm.try_acquire().is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A scope belongs to the thread that entered it, so `cargo test` may run such
//! tests in parallel. That covers `#[tokio::test]`, whose default runtime stays
//! on its thread. What a test spawns onto other threads it takes along with
//! [`Scope::handle`]: [`Handle::enter`] for a thread, [`Handle::wrap`] for a task.
//!
//! The clock stands at zero until it is advanced. Timers of `tokio` are another
//! clock: `tokio::time::pause` and `advance` do not move this one, nor this one them.

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;

use crate::clock::{Clock, ManualClock};
use crate::registry::{Registry, scope};

/// A test's own registry and clock, until dropped. Scopes nest.
#[derive(Debug)]
#[must_use = "a scope ends when it is dropped"]
pub struct Scope {
    handle: Handle,
    _entered: Entered,
}

impl Scope {
    /// Enters a new scope on this thread.
    pub fn enter() -> Self {
        let (clock, hand) = Clock::manual();
        let handle = Handle { registry: Registry::with_clock(clock), hand };
        let entered = handle.enter();
        Scope { handle, _entered: entered }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.handle.hand.advance(by);
    }

    /// The registry, empty at first.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.handle.registry
    }

    /// The hand of the clock.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.handle.hand
    }

    /// What other threads and tasks need to share this scope.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// A way into a [`Scope`] from other threads.
#[derive(Clone, Debug)]
pub struct Handle {
    registry: Registry,
    hand: ManualClock,
}

impl Handle {
    /// Enters the scope on this thread, until the guard is dropped.
    pub fn enter(&self) -> Entered {
        Entered { number: scope::enter(self.registry.clone()), _on_this_thread: PhantomData }
    }

    /// A future that is in the scope whenever it is polled, on whatever thread.
    pub fn wrap<F: Future>(&self, future: F) -> InScope<F> {
        InScope { handle: self.clone(), future }
    }
}

/// Leaves the scope of [`Handle::enter`] when dropped, also if scopes that were
/// entered later are left later.
#[derive(Debug)]
#[must_use = "the scope is left when this is dropped"]
pub struct Entered {
    number: u64,
    _on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        scope::leave(self.number);
    }
}

pin_project! {
    /// The future of [`Handle::wrap`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        handle: Handle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.handle.enter();
        this.future.poll(cx)
    }
}
