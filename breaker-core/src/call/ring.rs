//! Ends rings of fallbacks.
//!
//! Two functions that are each other's fallback would call each other for ever once both breakers
//! are open. So a thread lists the fallbacks that it is running, each by its function and by the
//! breaker for which it answers. A listed fallback is not run again: the rejection, or the failure,
//! is the answer. Chains end, since a program has a limited number of functions with fallbacks, and
//! each of them answers once for a breaker.
//!
//! Fallbacks are seldom nested, so the first one is stored in a `Cell`, which needs neither an
//! allocation nor a destructor. A future is listed during each poll.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::marker::PhantomData;
use core::panic::Location;
use core::pin::Pin;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
use crate::error::BreakerError;
use crate::outcome::Guardable;
use crate::sync::atomic::per_thread;

/// The static of a function with a fallback. Its address tells the function from others.
#[derive(Debug)]
pub struct FallbackSite {
    location: &'static Location<'static>,
    /// Set once a ring through this function has been reported.
    is_reported: AtomicBool,
}

impl FallbackSite {
    /// Makes the static.
    #[must_use]
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "the place of the caller is part of it")]
    pub const fn new() -> Self {
        FallbackSite { location: Location::caller(), is_reported: AtomicBool::new(false) }
    }

    /// Returns whether this thread is running the fallback of this function for `breaker`.
    #[inline]
    pub(crate) fn is_answering(&'static self, breaker: &Breaker) -> bool {
        FIRST.try_with(Cell::get).ok().flatten().is_some_and(|first| {
            let wanted = Mark::new(breaker, self);
            first == wanted || is_listed_deeper(wanted)
        })
    }

    /// Returns the fallback for a failed call of `breaker`, or `None` at the end of a ring.
    pub(crate) fn fall<B: BreakerRef>(&'static self, breaker: Option<B>) -> Option<Falling<B>> {
        let breaker = breaker?;
        if self.is_answering(&breaker) {
            self.report_ring(&breaker);
            return None;
        }
        Some(Falling::new(breaker, self))
    }

    /// Reports a ring through this function as an error event, once.
    #[cold]
    pub(crate) fn report_ring(&'static self, breaker: &Breaker) {
        // Relaxed: nothing is published with the flag.
        if self.is_reported.swap(true, Ordering::Relaxed) {
            return;
        }
        #[cfg(feature = "tracing")]
        crate::event::log::fallback_ring(
            &breaker.current_name(),
            &ring_from(Mark::new(breaker, self)),
        );
        #[cfg(not(feature = "tracing"))]
        let _ = (breaker, self.location);
    }
}

/// A running fallback: the identity of the breaker for which it answers, and the static of its
/// function. [`Falling`] keeps the breaker alive, so that no other breaker gets its identity.
#[derive(Clone, Copy)]
struct Mark {
    breaker: usize,
    site: &'static FallbackSite,
}

impl Mark {
    fn new(breaker: &Breaker, site: &'static FallbackSite) -> Self {
        Mark { breaker: breaker.identity(), site }
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.breaker == other.breaker && ptr::eq(self.site, other.site)
    }
}

per_thread! {
    static FIRST: Cell<Option<Mark>> = Cell::new(None);
}

per_thread! {
    /// The fallbacks that run inside the first one.
    static DEEPER: RefCell<Vec<Mark>> = RefCell::new(Vec::new());
}

#[cold]
fn is_listed_deeper(wanted: Mark) -> bool {
    DEEPER.try_with(|list| list.borrow().contains(&wanted)).unwrap_or(false)
}

/// Returns the places of the functions whose fallbacks lead from `mark` back to it.
#[cfg(feature = "tracing")]
fn ring_from(mark: Mark) -> Vec<&'static Location<'static>> {
    let first = FIRST.try_with(Cell::get).ok().flatten();
    let deeper = DEEPER.try_with(|list| list.borrow().clone()).unwrap_or_default();
    let listed = first.into_iter().chain(deeper).skip_while(|listed| *listed != mark);
    listed.chain([mark]).map(|listed| listed.site.location).collect()
}

/// A fallback that is about to run, with the breaker for which it answers.
#[derive(Debug)]
pub struct Falling<B: BreakerRef> {
    breaker: B,
    site: &'static FallbackSite,
}

impl<B: BreakerRef> Falling<B> {
    #[inline]
    pub(crate) fn new(breaker: B, site: &'static FallbackSite) -> Self {
        Falling { breaker, site }
    }

    /// Lists the fallback until the guard is dropped.
    #[inline]
    #[must_use]
    pub fn enter(&self) -> Entered {
        let mark = Mark::new(&self.breaker, self.site);
        let is_first = FIRST.try_with(|first| match first.get() {
            None => {
                first.set(Some(mark));
                true
            }
            Some(_) => false,
        });
        match is_first {
            Ok(true) => Entered(Level::First),
            Ok(false) => enter_deeper(mark),
            // Fails if the thread is ending.
            Err(_) => Entered(Level::Unlisted),
        }
    }

    /// Like [`enter`](Self::enter), but takes the value and returns it: a future stores a variable
    /// that it has lent for as long as the variable is in scope.
    #[inline]
    #[must_use]
    pub fn entered(self) -> (Self, Entered) {
        let entered = self.enter();
        (self, entered)
    }

    /// Lists the fallback during each poll of `future`.
    #[inline]
    pub fn around<F: Future>(self, future: F) -> InFallback<B, F> {
        InFallback { falling: self, future }
    }
}

#[cold]
#[inline(never)]
fn enter_deeper(mark: Mark) -> Entered {
    match DEEPER.try_with(|list| list.borrow_mut().push(mark)) {
        Ok(()) => Entered(Level::Deeper),
        Err(_) => Entered(Level::Unlisted),
    }
}

/// A guard for a fallback that this thread is running.
#[derive(Debug)]
pub struct Entered(Level);

#[derive(Debug)]
enum Level {
    First,
    Deeper,
    Unlisted,
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        match self.0 {
            Level::First => {
                let _ = FIRST.try_with(|first| first.set(None));
            }
            Level::Deeper => leave_deeper(),
            Level::Unlisted => {}
        }
    }
}

#[cold]
#[inline(never)]
fn leave_deeper() {
    let _ = DEEPER.try_with(|list| list.borrow_mut().pop());
}

pin_project! {
    /// The future of a fallback, listed during each poll.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct InFallback<B: BreakerRef, F> {
        falling: Falling<B>,
        #[pin]
        future: F,
    }
}

impl<B: BreakerRef, F: Future> Future for InFallback<B, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.falling.enter();
        this.future.poll(cx)
    }
}

/// A rejected call of a function with a fallback.
#[derive(Debug)]
pub enum Refused<B: BreakerRef, E> {
    /// The fallback answers.
    Fallback(E, Falling<B>),
    /// The fallback has led back to its own function: the error is the answer.
    Ring(BreakerError),
}

/// The answer of a return type `R` at the end of a ring. Method resolution first tries the inherent
/// methods, for a type that can carry an error, and then [`UncountedAnswer`].
#[derive(Debug)]
pub struct RingAnswer<R>(PhantomData<fn() -> R>);

impl<R> RingAnswer<R> {
    /// Makes the value that stands for the type.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only expansions call it")]
    pub const fn new() -> Self {
        RingAnswer(PhantomData)
    }
}

impl<R: Guardable> RingAnswer<R> {
    /// Returns whether the type can carry an error.
    #[inline]
    #[must_use]
    pub fn carries(&self) -> bool {
        true
    }

    /// Makes the answer from the error.
    #[inline]
    #[must_use]
    pub fn reject(&self, error: BreakerError) -> R {
        R::rejected(error)
    }
}

/// The answer of a type that cannot carry an error: the body runs uncounted.
pub trait UncountedAnswer<R> {
    /// Returns whether the type can carry an error.
    fn carries(&self) -> bool;

    /// Makes the answer from an error. Never called, since the body runs instead.
    fn reject(&self, error: BreakerError) -> R;
}

impl<R> UncountedAnswer<R> for RingAnswer<R> {
    #[inline]
    fn carries(&self) -> bool {
        false
    }

    #[cold]
    fn reject(&self, _: BreakerError) -> R {
        unreachable!("the body of a function that cannot carry an error runs")
    }
}
