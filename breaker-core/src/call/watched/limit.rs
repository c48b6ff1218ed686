//! Limits how long a consumer waits for a watched stream, and makes its last item when time is
//! over.
//!
//! The time runs while the consumer waits: from the first poll that finds no item to the next poll
//! that finds one. A consumer that is busy elsewhere does not make a stream late.

use core::pin::Pin;
#[cfg(feature = "tokio")]
use core::task::ready;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::breaker::breaker_ref::BreakerRef;
use crate::call::permit::Permit;
#[cfg(feature = "tokio")]
use crate::call::wait::WaitTimer;
use crate::error::BreakerError;
#[cfg(feature = "tokio")]
use crate::outcome::Verdict;
#[cfg(feature = "tokio")]
use pin_project_lite::pin_project;

/// Limits how long a consumer waits for an item.
pub trait Limit<I> {
    /// True if the limit may end a stream early, or by an item of its own.
    const CUTS: bool;

    /// Stops the time, since there is an item.
    fn rest(self: Pin<&mut Self>);

    /// Lets the time run, after a poll that has found no item. Once it is over, settles the call
    /// and returns ready, with the last item.
    fn poll<B: BreakerRef>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        is_first: bool,
        permit: &mut Permit<B>,
    ) -> Poll<Option<I>>;

    /// Returns the least time for which a probe keeps its slot after an item.
    fn slot(&self) -> Duration;
}

/// Waits for ever.
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl<I> Limit<I> for Unlimited {
    const CUTS: bool = false;

    #[inline]
    fn rest(self: Pin<&mut Self>) {}

    #[inline]
    fn poll<B: BreakerRef>(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: bool,
        _: &mut Permit<B>,
    ) -> Poll<Option<I>> {
        Poll::Pending
    }

    #[inline]
    fn slot(&self) -> Duration {
        Duration::ZERO
    }
}

/// Makes the last item of a stream whose time is over.
#[diagnostic::on_unimplemented(
    message = "an item of type `{I}` cannot say that its time is over",
    note = "make such an item, `.error(|error| ...)`, or let the stream end, `.end_on_timeout()`"
)]
pub trait LastItem<I> {
    /// Makes the item, if the stream is to have one.
    fn last_item(&mut self, error: BreakerError) -> Option<I>;
}

/// Makes an `Err` by `From`.
#[derive(Clone, Copy, Debug)]
pub struct ByFrom;

impl<T, E: From<BreakerError>> LastItem<Result<T, E>> for ByFrom {
    fn last_item(&mut self, error: BreakerError) -> Option<Result<T, E>> {
        Some(Err(error.into()))
    }
}

/// Makes an `Err` by a function.
#[derive(Clone, Copy, Debug)]
pub struct ErrBy<F>(pub(crate) F);

impl<T, E, F: FnMut(BreakerError) -> E> LastItem<Result<T, E>> for ErrBy<F> {
    fn last_item(&mut self, error: BreakerError) -> Option<Result<T, E>> {
        Some(Err((self.0)(error)))
    }
}

/// Makes an item by a function.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct ByError<F>(pub(crate) F);

#[cfg(feature = "tokio")]
impl<I, F: FnMut(BreakerError) -> I> LastItem<I> for ByError<F> {
    fn last_item(&mut self, error: BreakerError) -> Option<I> {
        Some((self.0)(error))
    }
}

/// Makes no item: the stream ends.
#[derive(Clone, Copy, Debug)]
pub struct Ends;

impl<I> LastItem<I> for Ends {
    fn last_item(&mut self, _: BreakerError) -> Option<I> {
        None
    }
}

#[cfg(feature = "tokio")]
pin_project! {
    /// Limits the waits for the first item and for each further one.
    #[derive(Debug)]
    pub struct Limited<A = ByFrom> {
        first: Option<Duration>,
        // The part of `first` that was over before the stream was made.
        spent: Duration,
        stall: Option<Duration>,
        #[pin]
        timer: WaitTimer,
        answer: A,
    }
}

#[cfg(feature = "tokio")]
impl Limited {
    pub(crate) fn new() -> Self {
        Limited {
            first: None,
            spent: Duration::ZERO,
            stall: None,
            timer: WaitTimer::default(),
            answer: ByFrom,
        }
    }
}

#[cfg(feature = "tokio")]
impl<A> Limited<A> {
    pub(crate) fn first(self, length: Duration) -> Self {
        Limited { first: Some(length), ..self }
    }

    /// Sets both limits; `spent` of the first limit is over already.
    pub(crate) fn within(
        self,
        first: Option<Duration>,
        stall: Option<Duration>,
        spent: Duration,
    ) -> Self {
        Limited { first, spent, stall, ..self }
    }

    pub(crate) fn stall(self, length: Duration) -> Self {
        Limited { stall: Some(length), ..self }
    }

    pub(crate) fn answer_by<A2>(self, answer: A2) -> Limited<A2> {
        let Limited { first, spent, stall, timer, answer: _ } = self;
        Limited { first, spent, stall, timer, answer }
    }
}

#[cfg(feature = "tokio")]
impl<I, A: LastItem<I>> Limit<I> for Limited<A> {
    const CUTS: bool = true;

    #[inline]
    fn rest(self: Pin<&mut Self>) {
        self.project().timer.stop();
    }

    fn poll<B: BreakerRef>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        is_first: bool,
        permit: &mut Permit<B>,
    ) -> Poll<Option<I>> {
        let this = self.project();
        let length = if is_first { *this.first } else { *this.stall };
        let Some(length) = length else { return Poll::Pending };
        let left = if is_first { length.saturating_sub(*this.spent) } else { length };
        ready!(this.timer.poll_over(cx, left));
        let error = permit.breaker().timed_out(length);
        permit.settle(Verdict::TIMED_OUT);
        Poll::Ready(this.answer.last_item(error))
    }

    #[inline]
    fn slot(&self) -> Duration {
        self.stall.unwrap_or_default()
    }
}
