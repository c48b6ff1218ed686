//! The real thing: annotated functions whose calls are ended by hand.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, circuit_breaker};

use crate::End;
use crate::reference::Shown;

pub(crate) const PANIC: &str = "the call panics";

#[derive(Debug)]
enum Error {
    Failed,
    BadRequest,
    #[expect(dead_code, reason = "only told from the others")]
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Rejected(error)
    }
}

/// Tells a call under way how to end.
type Order = Rc<Cell<Option<End>>>;

async fn obey(order: &Order) -> Result<(), Error> {
    poll_fn(|_| match order.get() {
        None => Poll::Pending,
        Some(End::Success) => Poll::Ready(Ok(())),
        Some(End::Ignored) => Poll::Ready(Err(Error::BadRequest)),
        Some(End::Panic) => panic!("{PANIC}"),
        Some(_) => Poll::Ready(Err(Error::Failed)),
    })
    .await
}

macro_rules! guarded {
    ($name:ident: $($tuning:tt)*) => {
        #[circuit_breaker(name = "subject", ignore = Err(Error::BadRequest), $($tuning)*)]
        async fn $name(order: Order) -> Result<(), Error> {
            obey(&order).await
        }
    };
}

guarded!(quick: threshold = 1, cooldown = "10ms");
guarded!(patient: threshold = 3, cooldown = "7ms", success_threshold = 2, probe_timeout = "4ms");
guarded!(wide: threshold = 2, cooldown = "5ms", probes = 3, success_threshold = 2,
    probe_timeout = "9ms");
guarded!(doubtful: threshold = 1, cooldown = "4ms", probes = 2, success_threshold = 5,
    probe_timeout = "3ms");
// All of the last three: another way to say three in a row.
guarded!(windowed: failure_rate = 1.0, window = 3, min_calls = 3, cooldown = "6ms");

type Running = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

pub(crate) struct Call {
    running: Running,
    order: Order,
}

pub(crate) struct Subject {
    scope: Scope,
    tuning: usize,
    breaker: Arc<Breaker>,
}

impl Subject {
    pub(crate) fn new(tuning: usize) -> Self {
        let scope = Scope::enter();
        // The first call makes the breaker.
        let order = Order::new(Cell::new(Some(End::Success)));
        let _made = poll(&mut call(tuning, order));
        let breaker = scope.registry().get("subject").unwrap();
        Subject { scope, tuning, breaker }
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.scope.advance(by);
    }

    pub(crate) fn is_call_permitted(&self) -> bool {
        self.breaker.is_call_permitted()
    }

    /// A call under way, unless it was rejected.
    pub(crate) fn start(&mut self) -> Option<Call> {
        let order = Order::default();
        let mut running = call(self.tuning, Rc::clone(&order));
        match poll(&mut running) {
            Poll::Pending => Some(Call { running, order }),
            Poll::Ready(Err(Error::Rejected(_))) => None,
            Poll::Ready(other) => panic!("ended unasked: {other:?}"),
        }
    }

    pub(crate) fn finish(mut call: Call, end: End) {
        if end == End::Cancel {
            return;
        }
        call.order.set(Some(end));
        let ended = catch_unwind(AssertUnwindSafe(|| poll(&mut call.running)));
        match (end, ended) {
            (End::Panic, Err(_))
            | (End::Success, Ok(Poll::Ready(Ok(()))))
            | (End::Failure, Ok(Poll::Ready(Err(Error::Failed))))
            | (End::Ignored, Ok(Poll::Ready(Err(Error::BadRequest)))) => {}
            (end, ended) => panic!("{end:?} came out as {ended:?}"),
        }
    }

    pub(crate) fn show(&self) -> Shown {
        let now = self.breaker.snapshot();
        let ms = |length: Duration| u64::try_from(length.as_millis()).unwrap();
        Shown {
            state: now.state,
            episode: now.episode,
            failures: now.consecutive_failures,
            in_flight: now.probes_in_flight,
            successes: now.probe_successes,
            rejections: now.rejections,
            late: now.late_outcomes,
            remaining: now.remaining_cooldown.map(ms),
            time_in_state: ms(now.time_in_state),
        }
    }
}

fn call(tuning: usize, order: Order) -> Running {
    match tuning {
        0 => Box::pin(quick(order)),
        1 => Box::pin(patient(order)),
        2 => Box::pin(wide(order)),
        3 => Box::pin(doubtful(order)),
        _ => Box::pin(windowed(order)),
    }
}

fn poll(running: &mut Running) -> Poll<Result<(), Error>> {
    running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
