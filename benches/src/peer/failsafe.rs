//! failsafe. Its time window is an average that weighs recent calls more; it
//! trips once the window has passed, which is why that is short for rejections.

use std::time::Duration;

use failsafe::backoff::{self, Constant};
use failsafe::failure_policy::{
    ConsecutiveFailures, SuccessRateOverTimeWindow, consecutive_failures,
    success_rate_over_time_window,
};
use failsafe::{CircuitBreaker, Config, Error, FailurePolicy, StateMachine, futures};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy, WINDOW};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work, work_later};

const NAME: &str = "failsafe";

pub(super) fn add(cases: &mut Cases) {
    add_policy(cases, Policy::Threshold, in_a_row);
    add_policy(cases, Policy::TimeWindow, in_window);
}

fn add_policy<P>(cases: &mut Cases, policy: Policy, of: fn(Path) -> P)
where
    P: FailurePolicy + Send + Sync + 'static,
{
    let mut row = cases.row(NAME, policy);
    for path in Path::ALL {
        row.sync(path, move || {
            let breaker = breaker(of(path));
            shared(move |task| breaker.call(|| work(task)), answer)
        });
        row.later(path, move || {
            let breaker = breaker(of(path));
            let call = move |task| ready(futures::CircuitBreaker::call(&breaker, work_later(task)));
            shared(call, answer)
        });
    }
}

fn breaker<P: FailurePolicy>(policy: P) -> StateMachine<P, ()> {
    Config::new().failure_policy(policy).build()
}

fn in_a_row(path: Path) -> ConsecutiveFailures<Constant> {
    consecutive_failures(path.threshold().into(), backoff::constant(COOLDOWN))
}

fn in_window(path: Path) -> SuccessRateOverTimeWindow<Constant> {
    let backoff = backoff::constant(COOLDOWN);
    if path == Path::Rejection {
        let second = Duration::from_secs(1);
        success_rate_over_time_window(0.5, path.min_calls(), second, backoff)
    } else {
        // It trips below this share of successes.
        success_rate_over_time_window(0.0, path.min_calls(), WINDOW, backoff)
    }
}

fn answer(reply: &Result<u64, Error<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(Error::Inner(_)) => Answer::Failure,
        Err(Error::Rejected) => Answer::Rejection,
    }
}
