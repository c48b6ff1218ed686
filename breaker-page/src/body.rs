//! The body of an answer.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::stream::Reader;

/// The body of an answer of a [`Page`](crate::Page): bytes, or a stream of events.
pub struct Body(Kind);

enum Kind {
    /// Taken by the first poll.
    Whole(Option<Bytes>),
    Events(Reader),
}

impl Body {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Body(Kind::Whole((!bytes.is_empty()).then_some(bytes)))
    }

    pub(crate) fn events(reader: Reader) -> Self {
        Body(Kind::Events(reader))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take()),
            Kind::Events(reader) => reader.poll_next(cx),
        }
        .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Kind::Events(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            Kind::Whole(_) => "whole",
            Kind::Events(_) => "events",
        };
        f.debug_tuple("Body").field(&kind).finish()
    }
}
