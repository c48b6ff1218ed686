//! execution-policy: async only.

use std::time::Duration;

use execution_policy::{
    CircuitBreaker, DefaultCore, ExecutionError, ExecutionPolicy, ExecutionPolicyBuilder,
};

use super::{Cases, llm};
use crate::case::{COOLDOWN, Group, Path, Policy, WINDOW};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work_later};

const NAME: &str = "execution-policy";

pub(super) fn add(cases: &mut Cases) {
    for policy in [Policy::Threshold, Policy::TimeWindow] {
        let mut row = cases.row(NAME, policy);
        for path in Path::ALL {
            row.later(path, move || {
                let guarded = guarded(policy, path);
                shared(move |task| ready(guarded.run(async || work_later(task).await)), answer)
            });
        }
    }
    add_llm(cases);
}

/// Runs without `key`, `slow_call`, `trip`, a growing cooldown and `retry_after`.
fn add_llm(cases: &mut Cases) {
    let mut row = cases.grouped(Group::Llm, NAME, Policy::TimeWindow, llm::EXTRA);
    for path in Path::ALL {
        row.later(path, move || {
            let breaker = in_time(path, llm::WINDOW)
                .record_when(|error: &llm::LlmError| *error != llm::LlmError::BadRequest);
            let guarded = built(breaker);
            let call =
                move |model, task| ready(guarded.run(async || llm::ask_later(model, task).await));
            llm::asking(call, answer)
        });
    }
}

fn guarded(policy: Policy, path: Path) -> ExecutionPolicy<DefaultCore, u64, Sick> {
    built(if policy == Policy::Threshold {
        CircuitBreaker::consecutive_failures(path.threshold().into())
    } else {
        in_time(path, WINDOW)
    })
}

fn in_time<E>(path: Path, window: Duration) -> CircuitBreaker<E> {
    CircuitBreaker::failure_ratio()
        .ratio(path.rate().into())
        .minimum_throughput(path.min_calls())
        .sampling_window(window)
}

fn built<E>(breaker: CircuitBreaker<E>) -> ExecutionPolicy<DefaultCore, u64, E> {
    ExecutionPolicyBuilder::new().circuit_breaker(breaker.open_for(COOLDOWN)).build()
}

fn answer<E>(reply: &Result<u64, ExecutionError<E>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(error) if error.is_circuit_open() => Answer::Rejection,
        Err(_) => Answer::Failure,
    }
}
