//! The future of a call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use breaker_core::Outcome;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::judge::Judge;
use crate::layer::BreakerLayer;
use crate::permit::Held;
use crate::watch::Watch;

pin_project! {
    /// The future of a call through a [`BreakerService`](crate::BreakerService).
    ///
    /// A future that is dropped before its end counts as nothing, as slow if it has run for
    /// `slow_call`, or as a failure if the layer says so. A poll that panics is a failure. A
    /// finished future is pending for ever.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, Request, P, J, W, E>
    where
        S: Service<Request>,
    {
        permit: Option<P>,
        judge: J,
        watch: W,
        #[pin]
        stage: Stage<S, Request, E>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<S, Request, E>
    where
        S: Service<Request>,
    {
        Calling { #[pin] future: S::Future },
        // Boxed, since this case is rare and would enlarge each future by a request and a service.
        Waiting { waiting: Box<Waiting<S, Request>> },
        Failed { error: Option<E> },
    }
}

/// A service that is not ready yet, and the request that waits for it.
struct Waiting<S, Request> {
    service: S,
    request: Option<Request>,
}

impl<S, Request, P, J, W, E> ResponseFuture<S, Request, P, J, W, E>
where
    S: Service<Request>,
    J: Clone,
    W: Clone,
{
    #[inline]
    pub(crate) fn calling<B>(
        permit: P,
        future: S::Future,
        rules: &BreakerLayer<B, J, W, E>,
    ) -> Self {
        Self::new(Some(permit), Stage::Calling { future }, rules)
    }

    pub(crate) fn waiting<B>(
        permit: P,
        service: S,
        request: Request,
        rules: &BreakerLayer<B, J, W, E>,
    ) -> Self {
        let waiting = Box::new(Waiting { service, request: Some(request) });
        Self::new(Some(permit), Stage::Waiting { waiting }, rules)
    }

    /// The future of a call that is not made.
    #[inline]
    pub(crate) fn failed<B>(error: E, rules: &BreakerLayer<B, J, W, E>) -> Self {
        Self::new(None, Stage::Failed { error: Some(error) }, rules)
    }

    #[inline]
    fn new<B>(
        permit: Option<P>,
        stage: Stage<S, Request, E>,
        rules: &BreakerLayer<B, J, W, E>,
    ) -> Self {
        let (judge, watch) = (rules.judge.clone(), rules.watch.clone());
        ResponseFuture { permit, judge, watch, stage }
    }
}

impl<S, Request, P, J, W, E> Future for ResponseFuture<S, Request, P, J, W, E>
where
    S: Service<Request>,
    P: Held,
    J: Judge<S::Response, S::Error>,
    W: Watch<S::Response, S::Error> + Clone,
    E: From<S::Error>,
{
    type Output = Result<W::Response, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match (this.stage.as_mut().project(), this.permit.as_mut()) {
                (StageProjection::Calling { future }, _) => {
                    // The judge runs inside the step, so that its panic is a failure.
                    let judge = |result: &Result<S::Response, S::Error>| {
                        this.watch.at_head(result.as_ref(), this.judge)
                    };
                    let result = ready!(P::poll(this.permit, || future.poll(cx), judge));
                    let permit = this.permit.take();
                    this.stage.set(Stage::Failed { error: None });
                    return Poll::Ready(match result {
                        Ok(response) => {
                            Ok(this.watch.clone().hand_on(response, permit, this.judge))
                        }
                        Err(error) => Err(error.into()),
                    });
                }
                (StageProjection::Waiting { waiting }, Some(permit)) => {
                    match ready!(waiting.poll(permit, cx)) {
                        Ok(Some(future)) => future,
                        Ok(None) => return Poll::Pending,
                        Err(error) => {
                            if let Some(permit) = this.permit.take() {
                                permit.end(Outcome::Ignored.into());
                            }
                            this.stage.set(Stage::Failed { error: None });
                            return Poll::Ready(Err(error.into()));
                        }
                    }
                }
                (StageProjection::Failed { error }, _) => {
                    return error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error)));
                }
                // The last stage has taken the permit.
                (_, None) => return Poll::Pending,
            };
            this.stage.set(Stage::Calling { future });
        }
    }
}

impl<S: Service<Request>, Request> Waiting<S, Request> {
    /// Polls the service until it is ready, and then makes the call.
    fn poll<P: Held>(
        &mut self,
        permit: &mut P,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<S::Future>, S::Error>> {
        ready!(permit.run(|| self.service.poll_ready(cx)))?;
        let request = self.request.take();
        let call = |request| permit.run(|| self.service.call(request));
        Poll::Ready(Ok(request.map(call)))
    }
}

impl<S, Request, P: fmt::Debug, J, W: fmt::Debug, E> fmt::Debug
    for ResponseFuture<S, Request, P, J, W, E>
where
    S: Service<Request>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("permit", &self.permit)
            .field("watch", &self.watch)
            .finish_non_exhaustive()
    }
}
