//! A service that does what each request says.

use std::fmt;
use std::future::{Ready, pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use breaker_core::testing::Scope;
use breaker_core::{Breaker, BreakerError, Config, Registry};
use breaker_tower::{BoxError, BreakerLayer, BreakerService};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use tower::{Layer, Service};

/// The service's task for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ask {
    Answer,
    Fail,
    Hang,
    PanicInCall,
    PanicInFuture,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// The condition under which the service is ready.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(usize)]
pub(crate) enum Readiness {
    #[default]
    Always,
    Never,
    Fails,
}

/// Counts the polls and calls of the service and its clones.
#[derive(Debug, Default)]
pub(crate) struct Log {
    readiness: AtomicUsize,
    polls: AtomicUsize,
    calls: AtomicUsize,
    waiting: AtomicUsize,
}

impl Log {
    pub(crate) fn set(&self, readiness: Readiness) {
        self.readiness.store(readiness as usize, SeqCst);
    }

    /// The number of times that the service was polled for readiness, and the number of calls.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.polls.load(SeqCst), self.calls.load(SeqCst))
    }

    /// The number of instances that are waiting to become ready.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(SeqCst)
    }
}

/// Panics if it is called before it was made ready; a clone is not ready.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) log: Arc<Log>,
    is_ready: bool,
    has_waited: bool,
}

impl Clone for Fake {
    fn clone(&self) -> Self {
        Fake { log: Arc::clone(&self.log), is_ready: false, has_waited: false }
    }
}

impl Service<Ask> for Fake {
    type Response = u32;
    type Error = Refused;
    type Future = Either<Ready<Result<u32, Refused>>, BoxFuture<'static, Result<u32, Refused>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        self.log.polls.fetch_add(1, SeqCst);
        match self.log.readiness.load(SeqCst) {
            0 => self.is_ready = true,
            1 => {
                let has_waited = std::mem::replace(&mut self.has_waited, true);
                self.log.waiting.fetch_add(usize::from(!has_waited), SeqCst);
                return Poll::Pending;
            }
            _ => return Poll::Ready(Err(Refused)),
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, ask: Ask) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        self.log.calls.fetch_add(1, SeqCst);
        match ask {
            Ask::Answer => Either::Left(ready(Ok(42))),
            Ask::Fail => Either::Left(ready(Err(Refused))),
            Ask::Hang => Either::Right(pending().boxed()),
            Ask::PanicInCall => panic!("in call"),
            Ask::PanicInFuture => Either::Right(async { panic!("in the future") }.boxed()),
        }
    }
}

pub(crate) fn threshold(failures: u64) -> Config {
    Config::builder().threshold(failures).build().unwrap()
}

pub(crate) type Guarded = BreakerService<Fake>;

/// A service behind the breaker "service" of a scope, which trips on the first failure.
pub(crate) struct Stage {
    pub(crate) scope: Scope,
    pub(crate) log: Arc<Log>,
    pub(crate) service: Guarded,
    pub(crate) breaker: Arc<Breaker>,
}

pub(crate) fn stage() -> Stage {
    staged(|layer| layer)
}

pub(crate) fn staged(change: impl FnOnce(BreakerLayer) -> BreakerLayer) -> Stage {
    let scope = Scope::enter();
    let fake = Fake::default();
    let log = Arc::clone(&fake.log);
    let service = change(BreakerLayer::named("service", threshold(1)).unwrap()).layer(fake);
    let breaker = Registry::global().get_or_insert("service", threshold(1)).unwrap();
    Stage { scope, log, service, breaker }
}

pub(crate) fn poll_ready<S: Service<R>, R>(service: &mut S) -> Poll<Result<(), S::Error>> {
    service.poll_ready(&mut Context::from_waker(Waker::noop()))
}

/// Makes the service ready, and then a call. Both must finish at once.
pub(crate) fn ask<S, R>(service: &mut S, request: R) -> Result<S::Response, S::Error>
where
    S: Service<R>,
{
    match poll_ready(service) {
        Poll::Ready(Ok(())) => service.call(request).now_or_never().expect("an answer at once"),
        Poll::Ready(Err(error)) => Err(error),
        Poll::Pending => panic!("it is not ready"),
    }
}

pub(crate) fn is_rejected<T>(result: &Result<T, BoxError>) -> bool {
    result.as_ref().is_err_and(|error| BreakerError::is_rejection_in(&**error))
}
