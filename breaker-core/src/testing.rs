//! Testing annotated functions without sleeping (feature `testing`).
//!
//! Annotated functions share one registry and one clock, so tests that run side by side would
//! trip each other's breakers. A [`Scope`] gives a test a registry and a clock of its own:
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
//! A scope belongs to the thread that entered it, so `cargo test` may run such tests in parallel.
//! `#[tokio::test]` is covered too, since its default runtime stays on its thread.
//! [`Scope::handle`] takes the scope to other threads: [`Handle::enter`] enters it on a thread, and
//! [`Handle::wrap`] for a task.
//!
//! The clock stands at zero until it is advanced. Timers of `tokio` have their own clock:
//! `tokio::time::pause` and `advance` do not move the scope's clock, and [`Scope::advance`] does
//! not move the clock of `tokio`.

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;

use crate::clock::{Clock, ManualClock};
use crate::registry::{Registry, scope};

/// A test's own registry and clock, until the scope is dropped. Scopes nest.
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

    /// Moves the scope's clock forward.
    pub fn advance(&self, by: Duration) {
        self.handle.hand.advance(by);
    }

    /// Returns the scope's registry, which is empty at first.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.handle.registry
    }

    /// Returns the hand that moves the scope's clock.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.handle.hand
    }

    /// Returns a handle by which other threads and tasks enter this scope.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// A handle by which other threads and tasks enter a [`Scope`].
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

    /// Wraps a future so that each poll of it runs in the scope, on any thread.
    pub fn wrap<F: Future>(&self, future: F) -> InScope<F> {
        InScope { handle: self.clone(), future }
    }
}

/// A guard from [`Handle::enter`] that leaves the scope when dropped. Guards may be dropped in
/// any order.
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
    /// The future that [`Handle::wrap`] returns.
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
