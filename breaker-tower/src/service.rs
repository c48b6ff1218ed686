//! The service that the layer makes.

use std::fmt;
use std::mem;
use std::task::{Context, Poll, Waker, ready};

use breaker_core::{BreakerError, Outcome};
use tower_service::Service;

use crate::future::ResponseFuture;
use crate::judge::{ByResult, Judge};
use crate::layer::{BoxError, BreakerLayer};
use crate::permit::Held;
use crate::supply::{Named, Supply};
use crate::watch::{Head, Watch};

/// A service behind a circuit breaker, made by [`BreakerLayer`].
pub struct BreakerService<S, B = Named, J = ByResult, W = Head, E = BoxError> {
    inner: S,
    /// True if `poll_ready` has made `inner` ready for a call that has not been made yet.
    is_ready: bool,
    rules: BreakerLayer<B, J, W, E>,
}

impl<S, B, J, W, E> BreakerService<S, B, J, W, E> {
    pub(crate) fn new(inner: S, rules: BreakerLayer<B, J, W, E>) -> Self {
        BreakerService { inner, is_ready: false, rules }
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service. Calls by this reference bypass the breaker.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, without its breaker.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, Request, B, J, W, E> Service<Request> for BreakerService<S, B, J, W, E>
where
    S: Service<Request> + Clone,
    B: Supply<Request>,
    J: Judge<S::Response, S::Error> + Clone,
    W: Watch<S::Response, S::Error> + Clone,
    E: From<BreakerError> + From<S::Error>,
{
    type Response = W::Response;
    type Error = E;
    type Future = ResponseFuture<S, Request, B::Permit, J, W, E>;

    /// If the breaker would reject a call, the service is ready at once, and `call` rejects.
    /// Otherwise the inner service is asked. An error of its `poll_ready` counts as nothing.
    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        if self.rules.breaker.is_call_permitted() != Some(true) {
            return Poll::Ready(Ok(()));
        }
        self.is_ready = false;
        ready!(self.inner.poll_ready(cx))?;
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, request: Request) -> Self::Future {
        let was_ready = mem::replace(&mut self.is_ready, false);
        let rules = &self.rules;
        let mut permit = match rules.breaker.acquire(&request) {
            Ok(permit) if rules.cancel_fails => permit.fail_on_cancel(),
            Ok(permit) => permit,
            Err(error) => return self.reject(error, was_ready),
        };
        if !was_ready {
            return self.call_unready(permit, request);
        }
        let future = permit.run(|| self.inner.call(request));
        ResponseFuture::calling(permit, future, &self.rules)
    }
}

impl<S, B, J, W, E> BreakerService<S, B, J, W, E> {
    /// Answers a call that the breaker has rejected.
    #[inline(never)]
    fn reject<Request, P>(
        &mut self,
        error: BreakerError,
        was_ready: bool,
    ) -> ResponseFuture<S, Request, P, J, W, E>
    where
        S: Service<Request> + Clone,
        J: Clone,
        W: Clone,
        E: From<BreakerError>,
    {
        if was_ready {
            self.release();
        }
        ResponseFuture::failed(error.into(), &self.rules)
    }

    /// Gives back a reservation of the inner service for a call that is not made, such as a slot of
    /// a concurrency limit. If the slot stayed reserved, no call could ever find out that the
    /// service has recovered. Dropping a service gives its reservation back, and a clone has
    /// reserved nothing.
    #[cold]
    fn release(&mut self)
    where
        S: Clone,
    {
        self.inner = self.inner.clone();
    }

    /// Makes a call for which `poll_ready` has not made the inner service ready: the breaker did
    /// not admit calls then, or it depends on the request.
    #[inline(never)]
    fn call_unready<Request, P: Held>(
        &mut self,
        mut permit: P,
        request: Request,
    ) -> ResponseFuture<S, Request, P, J, W, E>
    where
        S: Service<Request> + Clone,
        J: Clone,
        W: Clone,
        E: From<S::Error>,
    {
        // Most services are always ready. A service that is not is polled again by the call's
        // future, with the task's own waker.
        let mut context = Context::from_waker(Waker::noop());
        match permit.run(|| self.inner.poll_ready(&mut context)) {
            Poll::Ready(Ok(())) => {
                let future = permit.run(|| self.inner.call(request));
                ResponseFuture::calling(permit, future, &self.rules)
            }
            Poll::Ready(Err(error)) => {
                permit.end(Outcome::Ignored.into());
                ResponseFuture::failed(error.into(), &self.rules)
            }
            Poll::Pending => {
                // This instance may have a place in a queue, so it makes the call, and its clone
                // stays here.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(permit, inner, request, &self.rules)
            }
        }
    }
}

/// A clone of a service that is ready is not ready itself.
impl<S: Clone, B: Clone, J: Clone, W: Clone, E> Clone for BreakerService<S, B, J, W, E> {
    fn clone(&self) -> Self {
        BreakerService::new(self.inner.clone(), self.rules.clone())
    }
}

impl<S: fmt::Debug, B: fmt::Debug, J, W: fmt::Debug, E> fmt::Debug
    for BreakerService<S, B, J, W, E>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerService")
            .field("inner", &self.inner)
            .field("is_ready", &self.is_ready)
            .field("rules", &self.rules)
            .finish()
    }
}
