//! The subject, with which the model is compared: annotated functions whose calls end as the test
//! tells them to.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breakerbox::{
    Breaker, BreakerError, ManualClock, Outcome, Permit, Snapshot, Verdict, circuit_breaker,
};

use crate::action::End;
use crate::reference::{Rejection, Shown};
use crate::tuning::time;

pub(crate) const PANIC: &str = "the call panics";

#[derive(Debug)]
pub(crate) enum Error {
    Failed(Option<Duration>),
    Quota(Option<Duration>),
    BadRequest,
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Rejected(error)
    }
}

pub(crate) type Reply = Result<(), Error>;

fn hint(reply: &Reply) -> Option<Duration> {
    match reply {
        Err(Error::Failed(hint) | Error::Quota(hint)) => *hint,
        _ => None,
    }
}

fn reply(end: End) -> Reply {
    match end {
        End::Success => Ok(()),
        End::Ignored => Err(Error::BadRequest),
        End::Panic => panic_any(PANIC),
        End::Trip | End::TripHint(_) => Err(Error::Quota(end.hint().map(time))),
        End::Failure | End::Hint(_) | End::Cancel => Err(Error::Failed(end.hint().map(time))),
    }
}

/// Tells a call under way how to end.
pub(crate) type Order = Rc<Cell<Option<End>>>;

async fn obey(order: &Order) -> Reply {
    poll_fn(|_| order.get().map_or(Poll::Pending, |end| Poll::Ready(reply(end)))).await
}

/// The steps of a sync call.
pub(crate) struct Work {
    pub(crate) end: End,
    pub(crate) takes: u64,
    pub(crate) clock: ManualClock,
}

impl Work {
    fn work(&self) -> Reply {
        self.clock.advance(time(self.takes));
        reply(self.end)
    }
}

pub(crate) type Running = Pin<Box<dyn Future<Output = Reply>>>;

/// The functions of one declared tuning. Those that return futures are there twice: without and
/// with `on_cancel = "failure"`.
pub(crate) struct Functions {
    pub(crate) plain: [fn(Order) -> Running; 2],
    pub(crate) keyed: [fn(&'static str, Order) -> Running; 2],
    pub(crate) plain_sync: fn(&Work) -> Reply,
    pub(crate) keyed_sync: fn(&str, &Work) -> Reply,
}

macro_rules! guarded {
    ($($item:item [$($source:tt)*])*) => {$(
        #[circuit_breaker(ignore = Err(Error::BadRequest), trip = Err(Error::Quota(_)),
            retry_after = hint, $($source)*)]
        $item
    )*};
}

macro_rules! functions {
    ($($module:ident $number:literal)*) => {
        $(mod $module {
            use super::*;

            const CONFIG: breakerbox::Config = crate::tuning::TABLE[$number].builder().build_const();

            guarded! {
                async fn plain(order: Order) -> Reply { obey(&order).await }
                [name = "plain", config = CONFIG]
                async fn plain_strict(order: Order) -> Reply { obey(&order).await }
                [name = "plain", config = CONFIG, on_cancel = "failure"]
                fn plain_sync(work: &Work) -> Reply { work.work() }
                [name = "plain", config = CONFIG]
                async fn keyed(key: &str, order: Order) -> Reply { obey(&order).await }
                [name = "keyed", key = key, config = CONFIG]
                async fn keyed_strict(key: &str, order: Order) -> Reply { obey(&order).await }
                [name = "keyed", key = key, config = CONFIG, on_cancel = "failure"]
                fn keyed_sync(key: &str, work: &Work) -> Reply { work.work() }
                [name = "keyed", key = key, config = CONFIG]
            }

            pub(super) const FUNCTIONS: Functions = Functions {
                plain: [|order| Box::pin(plain(order)), |order| Box::pin(plain_strict(order))],
                keyed: [
                    |key, order| Box::pin(keyed(key, order)),
                    |key, order| Box::pin(keyed_strict(key, order)),
                ],
                plain_sync,
                keyed_sync,
            };
        })*

        /// By the number of their tuning.
        pub(crate) const ALL: [Functions; crate::tuning::TABLE.len()] = [$($module::FUNCTIONS),*];
    };
}

functions!(t0 0 t1 1 t2 2 t3 3 t4 4 t5 5 t6 6 t7 7 t8 8 t9 9);

guarded! {
    async fn own(breaker: Arc<Breaker>, order: Order) -> Reply { obey(&order).await }
    [breaker = breaker]
    async fn own_strict(breaker: Arc<Breaker>, order: Order) -> Reply { obey(&order).await }
    [breaker = breaker, on_cancel = "failure"]
    fn own_on_time(breaker: &Breaker, work: &Work) -> Reply { work.work() }
    [breaker = breaker]
}

pub(crate) fn own_async(breaker: Arc<Breaker>, order: Order, strict: bool) -> Running {
    if strict { Box::pin(own_strict(breaker, order)) } else { Box::pin(own(breaker, order)) }
}

pub(crate) fn own_sync(breaker: &Breaker, work: &Work) -> Reply {
    own_on_time(breaker, work)
}

/// A call under way.
pub(crate) enum Call {
    Future(Running, Order),
    Permit(Permit<Arc<Breaker>>),
}

impl Call {
    /// Makes the first poll.
    pub(crate) fn start(mut running: Running, order: Order) -> Result<Call, Rejection> {
        match poll(&mut running) {
            Poll::Pending => Ok(Call::Future(running, order)),
            Poll::Ready(Err(Error::Rejected(error))) => Err(rejection(&error)),
            Poll::Ready(other) => panic!("ended unasked: {other:?}"),
        }
    }

    pub(crate) fn finish(self, end: End) {
        match self {
            _ if end == End::Cancel => {}
            Call::Future(mut running, order) => {
                order.set(Some(end));
                let ended = catch_unwind(AssertUnwindSafe(|| poll(&mut running)));
                let ended = ended.map(|poll| match poll {
                    Poll::Ready(reply) => reply,
                    Poll::Pending => panic!("it goes on"),
                });
                assert_is(end, &ended);
            }
            Call::Permit(permit) => finish_permit(permit, end),
        }
    }
}

fn finish_permit(permit: Permit<Arc<Breaker>>, end: End) {
    match end {
        End::Success => permit.success(),
        End::Failure => permit.failure(),
        End::Ignored => permit.ignore(),
        End::Cancel => drop(permit),
        End::Panic => {
            let body = || permit.run(|| panic_any(PANIC), |(): &()| Outcome::Success);
            assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
        }
        End::Hint(_) | End::Trip | End::TripHint(_) => {
            let mut verdict = Verdict::from(Outcome::Failure);
            if let Some(hint) = end.hint() {
                verdict = verdict.retry_after(time(hint));
            }
            permit.record(if end.trips() { verdict.trip() } else { verdict });
        }
    }
}

/// Checks that a call has ended as it was told to: the caller gets what its body returned, or a
/// rejection.
pub(crate) fn call_sync(end: End, call: impl FnOnce() -> Reply) -> Result<(), Rejection> {
    let ended = catch_unwind(AssertUnwindSafe(call));
    if let Ok(Err(Error::Rejected(error))) = &ended {
        return Err(rejection(error));
    }
    assert_is(end, &ended);
    Ok(())
}

fn assert_is(end: End, ended: &std::thread::Result<Reply>) {
    let hinted = end.hint().map(time);
    match (end, ended) {
        (End::Panic, Err(_))
        | (End::Success, Ok(Ok(())))
        | (End::Ignored, Ok(Err(Error::BadRequest))) => {}
        (End::Trip | End::TripHint(_), Ok(Err(Error::Quota(hint)))) if *hint == hinted => {}
        (End::Failure | End::Hint(_) | End::Cancel, Ok(Err(Error::Failed(hint))))
            if *hint == hinted => {}
        _ => panic!("{end:?} came out as {ended:?}"),
    }
}

pub(crate) fn rejection(error: &BreakerError) -> Rejection {
    match error {
        BreakerError::Open { retry_after, .. } => Rejection::Open(retry_after.map(ms)),
        BreakerError::Saturated { retry_after, .. } => Rejection::Saturated(retry_after.map(ms)),
        BreakerError::Isolated { .. } => Rejection::Isolated,
        other => panic!("no rejection: {other:?}"),
    }
}

pub(crate) fn ms(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap()
}

pub(crate) fn show(now: &Snapshot, is_call_permitted: bool) -> Shown {
    Shown {
        state: now.state,
        episode: now.episode,
        consecutive: now.consecutive_failures,
        window: now.calls.zip(now.failures).zip(now.slow_calls).map(|((c, f), s)| [c, f, s]),
        rates: [now.failure_rate, now.slow_rate],
        in_flight: now.probes_in_flight,
        successes: now.probe_successes,
        rejections: now.rejections,
        observed_rejections: now.observed_rejections,
        late: now.late_outcomes,
        cooldown: now.cooldown.map(ms),
        remaining: now.remaining_cooldown.map(ms),
        time_in_state: ms(now.time_in_state),
        openings: now.openings,
        is_call_permitted,
    }
}

fn poll(running: &mut Running) -> Poll<Reply> {
    running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
