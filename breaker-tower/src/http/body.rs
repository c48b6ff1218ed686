//! A body that carries the permit of its call.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use breaker_core::{Outcome, Verdict};
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::events::Events;
use super::stall::{Stall, timed_out};
use crate::judge::Trailers;
use crate::layer::BoxError;
use crate::permit::{AnyPermit, Held};
use crate::watch::{Until, Watched};

pin_project! {
    /// The body of an answer through a layer that [watches](crate::BreakerLayer::body) it.
    ///
    /// | the body | outcome |
    /// |---|---|
    /// | ends, or has given its first byte ([`Until`]) | success; as its trailers say with [`grpc_outcomes`](crate::http::grpc_outcomes) |
    /// | of type `text/event-stream` says `data: [DONE]`, where readers stop | success |
    /// | of type `text/event-stream` says `event: error`, or begins the data of an event with `{"error":{` | failure |
    /// | fails | failure |
    /// | stalls ([`stall`](crate::BreakerLayer::stall)) | failure; it yields [`BreakerError::TimedOut`](breaker_core::BreakerError::TimedOut) and ends |
    /// | is dropped earlier | nothing, slow if the call has run for `slow_call`, or failure ([`cancel_is_failure`](crate::BreakerLayer::cancel_is_failure)) |
    /// | panics when it is polled | failure |
    #[derive(Debug)]
    pub struct GuardedBody<B> {
        #[pin]
        body: B,
        call: Option<BodyCall>,
        stall: Option<Stall>,
        has_stalled: bool,
    }
}

/// A call that ends in its body.
#[derive(Debug)]
struct BodyCall {
    permit: AnyPermit,
    /// True once a part of the body has come.
    has_begun: bool,
    until: Until,
    trailers: Trailers,
    /// The reader of a body of server-sent events.
    events: Option<Events>,
}

impl<B> GuardedBody<B> {
    pub(super) fn new<P: Held>(
        body: B,
        permit: Option<P>,
        watched: Watched,
        trailers: Trailers,
        events: Option<Events>,
    ) -> Self {
        let until = watched.until;
        let call = permit.map(|permit| BodyCall {
            permit: permit.into_any(),
            has_begun: false,
            until,
            trailers,
            events,
        });
        let stall = call.as_ref().and_then(|call| Stall::new(watched, &call.permit));
        GuardedBody { body, call, stall, has_stalled: false }
    }

    /// The inner body.
    pub fn get_ref(&self) -> &B {
        &self.body
    }

    /// The inner body. Parts that are read by this reference are not judged.
    pub fn get_mut(&mut self) -> &mut B {
        &mut self.body
    }
}

impl<B> Body for GuardedBody<B>
where
    B: Body<Error: Into<BoxError>>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let mut this = self.project();
        if *this.has_stalled {
            return Poll::Ready(None);
        }
        let Some(call) = this.call else {
            return this.body.poll_frame(cx).map_err(Into::into);
        };
        let (until, trailers) = (call.until, call.trailers);
        let (polled, verdict) = call.permit.run(|| {
            let polled = this.body.as_mut().poll_frame(cx);
            let is_last = polled.is_ready() && this.body.is_end_stream();
            let verdict = judge(&polled, is_last, until, trailers, &mut call.events);
            (polled, verdict)
        });
        if polled.is_pending() {
            let Some(stall) = this.stall else { return Poll::Pending };
            let error = ready!(stall.poll_over(cx, call.permit.breaker()));
            *this.has_stalled = true;
            if let Some(call) = this.call.take() {
                call.permit.end(timed_out());
            }
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(verdict) = verdict {
            *this.stall = None;
            if let Some(call) = this.call.take() {
                call.permit.end(verdict);
            }
        } else {
            let is_first = !mem::replace(&mut call.has_begun, true);
            let wait = this.stall.as_mut().map(Stall::end_wait);
            call.permit.note_part(is_first, wait.unwrap_or_default());
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.has_stalled || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Returns the verdict of a call that ends with this part.
fn judge<D: Buf, E>(
    polled: &Poll<Option<Result<Frame<D>, E>>>,
    is_last: bool,
    until: Until,
    trailers: Trailers,
    events: &mut Option<Events>,
) -> Option<Verdict> {
    match polled {
        Poll::Pending => None,
        Poll::Ready(None) => Some(trailers.judge(None)),
        Poll::Ready(Some(Err(_))) => Some(Outcome::Failure.into()),
        Poll::Ready(Some(Ok(frame))) => {
            let in_frame = match (frame.data_ref(), frame.trailers_ref()) {
                (_, Some(map)) => Some(trailers.judge(Some(map))),
                (Some(data), _) if until == Until::FirstByte => {
                    data.has_remaining().then(|| Outcome::Success.into())
                }
                (Some(data), _) => {
                    events.as_mut().and_then(|events| events.read(data.chunk())).map(Verdict::from)
                }
                _ => None,
            };
            in_frame.or_else(|| is_last.then(|| trailers.judge(None)))
        }
    }
}
