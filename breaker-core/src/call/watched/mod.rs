//! Streams that are watched under a permit: a reply that comes in parts is judged at its end.
//!
//! As in [`guarded`](super::guarded), a guard on the stack sees the end of each poll, and between
//! polls the permit tells what a drop counts as. Once the call has its outcome, the stream is
//! passed on unchanged.

pub(crate) mod head;
pub(crate) mod judge;
pub(crate) mod limit;
pub(crate) mod reply;

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
#[cfg(feature = "tokio")]
use core::time::Duration;

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::breaker::breaker_ref::BreakerRef;
use crate::call::permit::{Permit, Polling};
use crate::call::watched::judge::{ByType, ItemJudge, Judged};
#[cfg(feature = "tokio")]
use crate::call::watched::limit::{ByError, Ends, Limited};
use crate::call::watched::limit::{Limit, Unlimited};
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
use crate::outcome::{Outcome, Verdict};

impl<B: BreakerRef> Permit<B> {
    /// Watches a stream to its end. A reply in parts, such as an LLM's, fails in its middle as
    /// often as at its head. The stream is one call with one outcome.
    ///
    /// | what happens | the call |
    /// |---|---|
    /// | the stream ends | is a success |
    /// | an item is a failure: an `Err`, or as [`judge`](Watched::judge) says | is a failure, at once |
    /// | a poll panics | is a failure |
    /// | the first item comes, with [`until_first`](Watched::until_first) | has its outcome by this item |
    /// | no item comes in time, with `first` or `stall` | is a failure |
    /// | the consumer drops the stream | is cancelled, and counts as nothing; or as slow if no item has come for `slow_call`, or as a failure with [`fail_on_cancel`](Watched::fail_on_cancel) |
    ///
    /// Items after the outcome are passed on, and change nothing. `slow_call` measures to the
    /// first item. A probe keeps its slot until the stream ends; its `probe_timeout` runs to the
    /// first item, and anew with each item.
    ///
    /// ```
    /// # use std::io;
    /// # use std::pin::{Pin, pin};
    /// # use std::task::{Context, Poll, Waker};
    /// use breaker_core::{Breaker, BreakerError, Config, State};
    /// use futures_core::Stream;
    /// # struct Parts(Vec<Result<&'static str, io::Error>>);
    /// # impl Stream for Parts {
    /// #     type Item = Result<&'static str, io::Error>;
    /// #     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
    /// #         Poll::Ready((!self.0.is_empty()).then(|| self.0.remove(0)))
    /// #     }
    /// # }
    /// # fn request() -> Parts {
    /// #     Parts(vec![Ok("once"), Ok(" upon"), Err(io::Error::other("overloaded"))])
    /// # }
    /// # fn read<S: Stream>(stream: S) -> usize {
    /// #     let mut stream = pin!(stream);
    /// #     let mut context = Context::from_waker(Waker::noop());
    /// #     let mut next = || match stream.as_mut().poll_next(&mut context) {
    /// #         Poll::Ready(item) => item,
    /// #         Poll::Pending => unreachable!(),
    /// #     };
    /// #     std::iter::from_fn(|| next()).count()
    /// # }
    ///
    /// static LLM: Breaker = Breaker::new("llm", Config::builder().threshold(1).build_const());
    ///
    /// // The service is overloaded in the middle of its reply.
    /// let reply = LLM.try_acquire()?.watch(request());
    /// assert_eq!(read(reply), 3);
    /// assert_eq!(LLM.state(), State::Open);
    /// # Ok::<(), BreakerError>(())
    /// ```
    ///
    /// For a `Sink`, or for streams in both directions, keep the permit itself beside them, and
    /// record the outcome by hand:
    ///
    /// ```
    /// use breaker_core::{Breaker, BreakerError, Config, Permit};
    ///
    /// /// The sending half of a call: what it sends is part of the call.
    /// struct Upload<'a> {
    ///     permit: Option<Permit<&'a Breaker>>,
    ///     sent: Vec<u8>,
    /// }
    ///
    /// impl Upload<'_> {
    ///     fn send(&mut self, part: Result<u8, &'static str>) {
    ///         match part {
    ///             Ok(part) => self.sent.push(part),
    ///             Err(_) => self.permit.take().into_iter().for_each(Permit::failure),
    ///         }
    ///     }
    ///
    ///     /// An upload that is dropped without this is cancelled.
    ///     fn close(mut self) {
    ///         self.permit.take().into_iter().for_each(Permit::success);
    ///     }
    /// }
    ///
    /// let breaker = Breaker::new("upload", Config::new());
    /// let mut upload = Upload { permit: Some(breaker.try_acquire()?), sent: Vec::new() };
    /// upload.send(Ok(1));
    /// upload.send(Err("broken pipe"));
    /// upload.close();
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), BreakerError>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
    pub fn watch<S: Stream>(mut self, stream: S) -> Watched<B, S> {
        self.wait();
        Watched {
            permit: self,
            judge: ByType,
            ends_at_first: false,
            has_begun: false,
            limit: Unlimited,
            stream: Some(stream),
        }
    }
}

pin_project! {
    /// A stream that is watched under a permit, from [`Permit::watch`]. It yields the items of the
    /// inner stream.
    ///
    /// `J` judges the items; by default their type does, which is then a `Result`. `L` limits the
    /// waiting for an item; by default there is no limit.
    ///
    /// # Cancel safety
    /// A stream that is dropped before its end is cancelled, as the table of [`Permit::watch`] says.
    #[must_use = "streams do nothing unless polled"]
    pub struct Watched<B: BreakerRef, S, J = ByType, L = Unlimited> {
        permit: Permit<B>,
        judge: J,
        ends_at_first: bool,
        has_begun: bool,
        #[pin]
        limit: L,
        // `None` once a limit has cut the stream off.
        #[pin]
        stream: Option<S>,
    }
}

impl<B: BreakerRef, S: Stream, J, L> Watched<B, S, J, L> {
    /// Judges each item by `judge`, which returns an [`Outcome`] or a [`Verdict`]. After a success
    /// the call goes on; any other outcome ends it at once. Without `judge`, an `Err` is a failure.
    ///
    /// ```
    /// # use std::pin::{Pin, pin};
    /// # use std::task::{Context, Poll, Waker};
    /// use breaker_core::{Breaker, BreakerError, Config, Outcome};
    /// use futures_core::Stream;
    /// # struct Parts(Vec<&'static str>);
    /// # impl Stream for Parts {
    /// #     type Item = &'static str;
    /// #     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
    /// #         Poll::Ready(self.0.pop())
    /// #     }
    /// # }
    ///
    /// let breaker = Breaker::new("llm", Config::new());
    /// let reply = breaker.try_acquire()?.watch(Parts(vec!["event: overloaded"])).judge(|event| {
    ///     if event.starts_with("event: overloaded") { Outcome::Failure } else { Outcome::Success }
    /// });
    /// # let mut context = Context::from_waker(Waker::noop());
    /// # assert!(pin!(reply).poll_next(&mut context).is_ready());
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), BreakerError>(())
    /// ```
    pub fn judge<F, V>(self, judge: F) -> Watched<B, S, Judged<F>, L>
    where
        F: FnMut(&S::Item) -> V,
        V: Into<Verdict>,
    {
        self.judge_by(Judged(judge))
    }

    pub(crate) fn judge_by<J2>(self, judge: J2) -> Watched<B, S, J2, L> {
        let Watched { permit, judge: _, ends_at_first, has_begun, limit, stream } = self;
        Watched { permit, judge, ends_at_first, has_begun, limit, stream }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn limit_by<L2>(self, limit: impl FnOnce(L) -> L2) -> Watched<B, S, J, L2> {
        let Watched { permit, judge, ends_at_first, has_begun, limit: before, stream } = self;
        Watched { permit, judge, ends_at_first, has_begun, limit: limit(before), stream }
    }

    /// Ends the call with the first item, whose judgement is the outcome: for an endless feed.
    pub fn until_first(mut self) -> Self {
        self.ends_at_first = true;
        self
    }

    /// Makes a drop of the stream before its end a failure. Otherwise it counts as nothing if a
    /// reader walks away.
    pub fn fail_on_cancel(mut self) -> Self {
        self.permit.fail_on_cancel();
        self
    }
}

#[cfg(feature = "tokio")]
impl<B: BreakerRef, S: Stream, J> Watched<B, S, J> {
    pub(crate) fn limited<A>(
        self,
        first: Option<Duration>,
        stall: Option<Duration>,
        spent: Duration,
        answer: A,
    ) -> Watched<B, S, J, Limited<A>> {
        if let Some(first) = first {
            self.permit.keep_slot(first);
        }
        self.limit_by(|_| Limited::new().within(first, stall, spent).answer_by(answer))
    }

    /// Allows `length` for the first item. When the time is over, the call has failed, and the
    /// stream yields [`BreakerError::TimedOut`] as its last item, by `From<BreakerError>` for the
    /// item's error. For other items see [`error`](Watched::error) and
    /// [`end_on_timeout`](Watched::end_on_timeout).
    ///
    /// The time runs only while the consumer waits, so a slow consumer fails no stream. A probe
    /// keeps its slot for at least `length`.
    ///
    /// # Panics
    /// The stream panics when it is polled outside of a tokio runtime with a timer.
    pub fn first(self, length: Duration) -> Watched<B, S, J, Limited> {
        self.limit_by(|_| Limited::new()).first(length)
    }

    /// Allows `length` for each further item, and for the end, as [`first`](Self::first) does for
    /// the first item.
    ///
    /// # Panics
    /// The stream panics when it is polled outside of a tokio runtime with a timer.
    pub fn stall(self, length: Duration) -> Watched<B, S, J, Limited> {
        self.limit_by(|_| Limited::new()).stall(length)
    }
}

#[cfg(feature = "tokio")]
impl<B: BreakerRef, S: Stream, J, A> Watched<B, S, J, Limited<A>> {
    /// Allows `length` for the first item.
    pub fn first(self, length: Duration) -> Self {
        self.permit.keep_slot(length);
        self.limit_by(|limit| limit.first(length))
    }

    /// Allows `length` for each further item, and for the end.
    pub fn stall(self, length: Duration) -> Self {
        self.limit_by(|limit| limit.stall(length))
    }

    /// Makes the last item by `map`, for a stream whose time is over.
    pub fn error<F>(self, map: F) -> Watched<B, S, J, Limited<ByError<F>>>
    where
        F: FnMut(BreakerError) -> S::Item,
    {
        self.limit_by(|limit| limit.answer_by(ByError(map)))
    }

    /// Ends a stream without a further item when its time is over. The consumer cannot tell this
    /// from the end of a whole reply.
    pub fn end_on_timeout(self) -> Watched<B, S, J, Limited<Ends>> {
        self.limit_by(|limit| limit.answer_by(Ends))
    }
}

impl<B, S, J, L> Stream for Watched<B, S, J, L>
where
    B: BreakerRef,
    S: Stream,
    J: ItemJudge<S::Item>,
    L: Limit<S::Item>,
{
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(stream) = this.stream.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if this.permit.is_settled() {
            return stream.poll_next(cx);
        }
        let mut polling = Polling::of_open(this.permit);
        let polled = stream.poll_next(cx);
        match &polled {
            Poll::Ready(Some(item)) => {
                match this.judge.judge(item) {
                    Some(verdict) => polling.settle(verdict),
                    None if *this.ends_at_first => polling.settle(Outcome::Success),
                    None => {
                        polling.leave_open();
                        this.permit.note_item(!*this.has_begun, || this.limit.slot());
                        *this.has_begun = true;
                    }
                }
                this.limit.as_mut().rest();
            }
            Poll::Ready(None) => polling.settle(Outcome::Success),
            Poll::Pending => {
                polling.suspend();
                drop(polling);
                let waited = this.limit.as_mut().poll(cx, !*this.has_begun, this.permit);
                if waited.is_ready() {
                    // Dropped at once: the stream may hold a connection.
                    this.stream.set(None);
                }
                return waited;
            }
        }
        polled
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let Some(stream) = &self.stream else { return (0, Some(0)) };
        let (least, most) = stream.size_hint();
        if L::CUTS { (0, most.and_then(|most| most.checked_add(1))) } else { (least, most) }
    }
}

impl<B: BreakerRef, S, J, L> fmt::Debug for Watched<B, S, J, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("permit", &self.permit).finish_non_exhaustive()
    }
}
