//! Functions that return a stream, which is watched to its end.

mod head;

use core::marker::PhantomData;
use core::time::Duration;
use core::{convert::Infallible, fmt};

use futures_core::Stream;

use crate::breaker::breaker_ref::BreakerRef;
use crate::call::permit::Permit;
pub use crate::call::watched::Watched;
use crate::call::watched::head::Returned;
pub use crate::call::watched::head::{Head, HeadCall};
pub use crate::call::watched::judge::{ByType, ItemJudge, Judged as JudgedItems, Never};
#[cfg(feature = "tokio")]
pub use crate::call::watched::limit::Limited;
pub use crate::call::watched::limit::{ByFrom, Ends, ErrBy, LastItem, Limit, Unlimited};
pub use crate::call::watched::reply::{BoxedStream, Reply};
use crate::error::BreakerError;
use crate::outcome::Verdict;

#[cfg(feature = "tokio")]
pub use head::run_head_within;
pub use head::{run_head, run_head_async, run_head_or_fail};

/// A stream that a function returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream",
    label = "`stream` needs a function that returns a stream",
    note = "it is for `impl Stream`, `BoxStream`, `Pin<Box<dyn Stream>>`, and for a `Result` of each"
)]
pub trait ReturnedStream: Stream {}

#[diagnostic::do_not_recommend]
impl<S: Stream> ReturnedStream for S {}

/// The items of a stream, whose type selects the default judge: method resolution tries the
/// inherent method first, then [`ResultItems`], and then [`AnyItems`].
pub struct Items<I>(PhantomData<fn(I) -> I>);

impl<I> Items<I> {
    const NEW: Self = Items(PhantomData);
}

impl<I> Clone for Items<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Items<I> {}

impl<I> fmt::Debug for Items<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

/// The default judge of items, and the default maker of the last item when the time is over.
#[derive(Clone, Copy, Debug)]
pub struct Kind<J, A> {
    /// The judge of items.
    pub judge: J,
    /// The maker of a last item.
    pub last: A,
}

impl<T, E: From<BreakerError>> Items<Result<T, E>> {
    /// Returns the kind for results that can carry a `BreakerError`.
    #[must_use]
    pub fn kind(self) -> Kind<ByType, ByFrom> {
        Kind { judge: ByType, last: ByFrom }
    }
}

/// Items that are a `Result`.
pub trait ResultItems {
    /// Returns the kind for results that can carry no `BreakerError`.
    fn kind(self) -> Kind<ByType, Ends>;
}

impl<T, E> ResultItems for Items<Result<T, E>> {
    fn kind(self) -> Kind<ByType, Ends> {
        Kind { judge: ByType, last: Ends }
    }
}

/// Items of any type.
pub trait AnyItems {
    /// Returns the kind for items that are never failures.
    fn kind(self) -> Kind<Never, Ends>;
}

impl<I> AnyItems for &Items<I> {
    fn kind(self) -> Kind<Never, Ends> {
        Kind { judge: Never, last: Ends }
    }
}

/// Judges items by a function.
pub fn judge_items<I, V, F>(_: Items<I>, judge: F) -> JudgedItems<F>
where
    F: FnMut(&I) -> V,
    V: Into<Verdict>,
{
    JudgedItems(judge)
}

/// Makes the last item by the key `error` of `stream`.
pub fn last_by<T, E, F>(_: Items<Result<T, E>>, map: F) -> ErrBy<F>
where
    F: FnMut(BreakerError) -> E,
{
    ErrBy(map)
}

/// Watches a stream without limits.
pub fn watch<B, S, J>(
    permit: Permit<B>,
    stream: S,
    judge: J,
    [until_first, fail_on_cancel]: [bool; 2],
) -> Watched<B, S, J>
where
    B: BreakerRef,
    S: Stream,
{
    let mut watched = permit.watch(stream).judge_by(judge);
    if until_first {
        watched = watched.until_first();
    }
    if fail_on_cancel {
        watched = watched.fail_on_cancel();
    }
    watched
}

/// Limits the waiting for the items of a watched stream. `spent` of `first` is over already.
#[cfg(feature = "tokio")]
pub fn within<B, S, J, A>(
    watched: Watched<B, S, J>,
    first: Option<Duration>,
    stall: Option<Duration>,
    spent: Duration,
    last: A,
) -> Watched<B, S, J, Limited<A>>
where
    B: BreakerRef,
    S: Stream,
{
    watched.limited(first, stall, spent, last)
}

/// Tells the compiler the type of the items in a head's stream.
pub fn items<I, S, B, X>(_: &Head<S, B, X>)
where
    S: Stream<Item = I>,
    B: BreakerRef,
{
}

/// Tells the compiler the type of the items in the stream that a head returns in a `Result`.
pub fn result_items<I, S, E, B, X>(_: &Head<Result<S, E>, B, X>)
where
    S: Stream<Item = I>,
    B: BreakerRef,
{
}

/// Makes the stream that a function returns.
pub fn finish<S, B, W>(
    head: Head<S, B, BreakerError>,
    watch: impl FnOnce(Permit<B>, S, Duration, Items<S::Item>) -> W,
    refuse: impl FnOnce(BreakerError, Items<S::Item>) -> Option<S::Item>,
) -> Reply<W, S, S::Item>
where
    S: ReturnedStream,
    B: BreakerRef,
{
    match head {
        Head::Returned(Returned { output, permit, spent }) => {
            Reply::watched(watch(permit, output, spent, Items::NEW))
        }
        Head::Answered(stream) => Reply::plain(stream),
        Head::Refused(error) => Reply::refused(refuse(error, Items::NEW)),
    }
}

/// Makes the `Result` of a stream that a function returns.
///
/// # Errors
/// Returns the head's error.
pub fn finish_result<S, E, B, W>(
    head: Head<Result<S, E>, B, Infallible>,
    watch: impl FnOnce(Permit<B>, S, Duration, Items<S::Item>) -> W,
) -> Result<Reply<W, S, S::Item>, E>
where
    S: ReturnedStream,
    B: BreakerRef,
{
    match head {
        Head::Returned(Returned { output: Ok(stream), permit, spent }) => {
            Ok(Reply::watched(watch(permit, stream, spent, Items::NEW)))
        }
        Head::Returned(Returned { output: Err(error), permit, .. }) => {
            permit.success();
            Err(error)
        }
        Head::Answered(answer) => answer.map(Reply::plain),
        Head::Refused(never) => match never {},
    }
}

/// Boxes the stream, as the function's return type asks.
pub fn boxed_reply<W, S>(reply: Reply<W, S, S::Item>) -> S
where
    S: ReturnedStream + BoxedStream<Reply<W, S, S::Item>>,
{
    reply.boxed()
}

/// Boxes the stream of a `Result`, as the function's return type asks.
///
/// # Errors
/// Returns the answer's error.
pub fn boxed_result<W, S, E>(answer: Result<Reply<W, S, S::Item>, E>) -> Result<S, E>
where
    S: ReturnedStream + BoxedStream<Reply<W, S, S::Item>>,
{
    answer.map(boxed_reply)
}

/// An item that can carry a rejection.
#[diagnostic::on_unimplemented(
    message = "a rejected call has no way to say so in a stream of `{Self}`",
    label = "an item of this stream cannot carry a rejection",
    note = "make the items `Result<T, E>` with an `E: From<BreakerError>`, map it here: `stream(error = |e| ...)`, return a `Result` of the stream, or answer instead: `fallback = ...`"
)]
pub trait RefusedItem: Sized {
    /// Makes the item.
    fn refused(error: BreakerError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<BreakerError>> RefusedItem for Result<T, E> {
    fn refused(error: BreakerError) -> Self {
        Err(error.into())
    }
}

/// Makes the only item of a rejected call, by `From`.
#[must_use]
pub fn refused<I: RefusedItem>(error: BreakerError, _: Items<I>) -> Option<I> {
    Some(I::refused(error))
}
