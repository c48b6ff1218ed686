//! failsafe. Its time window is an average that weighs recent calls more. It trips once the window
//! has passed, so the window is short for rejections.

use std::time::Duration;

use failsafe::backoff::{self, Constant, EqualJittered};
use failsafe::failure_policy::{
    ConsecutiveFailures, SuccessRateOverTimeWindow, consecutive_failures,
    success_rate_over_time_window,
};
use failsafe::{CircuitBreaker, Config, Error, FailurePolicy, StateMachine, futures};

use super::{Cases, llm};
use crate::case::{COOLDOWN, Group, Path, Policy, WINDOW};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work, work_later};

const NAME: &str = "failsafe";

pub(super) fn add(cases: &mut Cases) {
    add_policy(cases, Policy::Threshold, in_a_row);
    add_policy(cases, Policy::TimeWindow, in_window);
    add_llm(cases);
}

/// Runs without `key`, `slow_call`, `trip` and `retry_after`.
fn add_llm(cases: &mut Cases) {
    let is_failure = |error: &llm::LlmError| *error != llm::LlmError::BadRequest;
    let mut row = cases.grouped(Group::Llm, NAME, Policy::TimeWindow, llm::EXTRA);
    for path in Path::ALL {
        row.sync(path, move || {
            let breaker = breaker(growing(path));
            let call = move |model, task| breaker.call_with(is_failure, || llm::ask(model, task));
            llm::asking(call, completed)
        });
        row.later(path, move || {
            let breaker = breaker(growing(path));
            let call = move |model, task| {
                let asked = llm::ask_later(model, task);
                ready(futures::CircuitBreaker::call_with(&breaker, is_failure, asked))
            };
            llm::asking(call, completed)
        });
    }
}

fn growing(path: Path) -> SuccessRateOverTimeWindow<EqualJittered> {
    let backoff = backoff::equal_jittered(COOLDOWN, 5 * COOLDOWN);
    let (rate, window) = rate_in(llm::WINDOW, path);
    success_rate_over_time_window(rate, path.min_calls(), window, backoff)
}

fn completed(completion: &Result<u64, Error<llm::LlmError>>) -> Answer {
    match completion {
        Ok(_) => Answer::Success,
        Err(Error::Inner(_)) => Answer::Failure,
        Err(Error::Rejected) => Answer::Rejection,
    }
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
    let (rate, window) = rate_in(WINDOW, path);
    success_rate_over_time_window(rate, path.min_calls(), window, backoff::constant(COOLDOWN))
}

/// The share of successes below which it trips, and the time over which it counts.
fn rate_in(window: Duration, path: Path) -> (f64, Duration) {
    if path == Path::Rejection { (0.5, Duration::from_secs(1)) } else { (0.0, window) }
}

fn answer(reply: &Result<u64, Error<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(Error::Inner(_)) => Answer::Failure,
        Err(Error::Rejected) => Answer::Rejection,
    }
}
