//! The stream that an annotated function returns.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

pin_project! {
    /// A watched stream, the stream of a call that is over, or the answer of a call without a
    /// stream.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Reply<W, S, I> {
        #[pin]
        kind: Kind<W, S, I>,
    }
}

pin_project! {
    #[project = KindParts]
    #[derive(Debug)]
    enum Kind<W, S, I> {
        // The body's stream, under its permit.
        Watched { #[pin] stream: W },
        // The fallback's stream, or the stream of a call that was no success at its head.
        Plain { #[pin] stream: S },
        // A rejection, or a head whose time was over. This item is the only one.
        Refused { item: Option<I> },
    }
}

impl<W, S, I> Reply<W, S, I> {
    pub(crate) fn watched(stream: W) -> Self {
        Reply { kind: Kind::Watched { stream } }
    }

    pub(crate) fn plain(stream: S) -> Self {
        Reply { kind: Kind::Plain { stream } }
    }

    pub(crate) fn refused(item: Option<I>) -> Self {
        Reply { kind: Kind::Refused { item } }
    }

    /// Boxes the stream, unless it is boxed already.
    pub(crate) fn boxed(self) -> S
    where
        S: BoxedStream<Self>,
    {
        match self.kind {
            Kind::Plain { stream } => stream,
            kind => S::boxed(Reply { kind }),
        }
    }
}

impl<W, S, I> Stream for Reply<W, S, I>
where
    W: Stream<Item = I>,
    S: Stream<Item = I>,
{
    type Item = I;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I>> {
        match self.project().kind.project() {
            KindParts::Watched { stream } => stream.poll_next(cx),
            KindParts::Plain { stream } => stream.poll_next(cx),
            KindParts::Refused { item } => Poll::Ready(item.take()),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.kind {
            Kind::Watched { stream } => stream.size_hint(),
            Kind::Plain { stream } => stream.size_hint(),
            Kind::Refused { item } => {
                let items = usize::from(item.is_some());
                (items, Some(items))
            }
        }
    }
}

/// A stream type whose place a watched stream can take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a watched stream",
    label = "the watched stream is of another type than `{Self}`",
    note = "return `impl Stream<Item = ...>`, `BoxStream`, or `Pin<Box<dyn Stream<Item = ...> + Send>>`"
)]
pub trait BoxedStream<W> {
    /// Boxes the stream.
    fn boxed(stream: W) -> Self;
}

macro_rules! boxed {
    ($($bound:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<'a, I, W> BoxedStream<W> for Pin<Box<dyn Stream<Item = I> $(+ $bound)* + 'a>>
        where
            W: Stream<Item = I> $(+ $bound)* + 'a,
        {
            fn boxed(stream: W) -> Self {
                Box::pin(stream)
            }
        }
    };
}

boxed!();
boxed!(Send);
boxed!(Send Sync);
