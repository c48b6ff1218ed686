//! Tower's `Retry` stops by its policy, and waits by the future that the policy gives.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use breakerbox::BreakerError;
use tower::retry::{Policy, RetryLayer};
use tower::{Layer, ServiceExt, service_fn};

use super::{Down, SECOND, TeaError};

/// Retries every second, at most so often, until a rejection.
#[derive(Clone)]
struct UntilRejected {
    attempts_left: u32,
}

impl<T> Policy<(), T, TeaError> for UntilRejected {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, (): &mut (), result: &mut Result<T, TeaError>) -> Option<Self::Future> {
        let error = result.as_ref().err()?;
        if BreakerError::is_rejection_in(error) {
            return None;
        }
        self.attempts_left = self.attempts_left.checked_sub(1)?;
        Some(tokio::time::sleep(SECOND))
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}

/// Retries every second, and later if a rejection says so.
#[derive(Clone)]
struct Patient {
    attempts_left: u32,
    down: Rc<Down>,
    waits: Rc<RefCell<Vec<Duration>>>,
}

impl<T> Policy<(), T, TeaError> for Patient {
    type Future = Pin<Box<dyn Future<Output = ()>>>;

    fn retry(&mut self, (): &mut (), result: &mut Result<T, TeaError>) -> Option<Self::Future> {
        let error = result.as_ref().err()?;
        self.attempts_left = self.attempts_left.checked_sub(1)?;
        let wait = SECOND.max(error.retry_after().unwrap_or_default());
        self.waits.borrow_mut().push(wait);
        let down = Rc::clone(&self.down);
        Some(Box::pin(async move {
            tokio::time::sleep(wait).await;
            down.pass(wait);
        }))
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}

#[tokio::test(start_paused = true)]
async fn towers_retry_stops_at_a_rejection() {
    let down = Down::start().await;
    let retry = RetryLayer::new(UntilRejected { attempts_left: 20 });
    let result = retry.layer(service_fn(|()| down.tea())).oneshot(()).await;
    down.has_stopped(&result);
}

#[tokio::test(start_paused = true)]
async fn towers_retry_waits_as_the_rejection_says() {
    let down = Rc::new(Down::start().await);
    let waits = Rc::default();
    let policy = Patient { attempts_left: 20, down: Rc::clone(&down), waits: Rc::clone(&waits) };
    let result = RetryLayer::new(policy).layer(service_fn(|()| down.tea())).oneshot(()).await;
    down.has_waited(result, &waits.borrow());
}
