//! execution-policy: async only.

use execution_policy::{
    CircuitBreaker, DefaultCore, ExecutionError, ExecutionPolicy, ExecutionPolicyBuilder,
};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy, WINDOW};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work_later};

pub(super) fn add(cases: &mut Cases) {
    for policy in [Policy::Threshold, Policy::TimeWindow] {
        let mut row = cases.row("execution-policy", policy);
        for path in Path::ALL {
            row.later(path, move || {
                let guarded = guarded(policy, path);
                shared(move |task| ready(guarded.run(async || work_later(task).await)), answer)
            });
        }
    }
}

fn guarded(policy: Policy, path: Path) -> ExecutionPolicy<DefaultCore, u64, Sick> {
    let breaker = if policy == Policy::Threshold {
        CircuitBreaker::consecutive_failures(path.threshold().into())
    } else {
        CircuitBreaker::failure_ratio()
            .ratio(path.rate().into())
            .minimum_throughput(path.min_calls())
            .sampling_window(WINDOW)
    };
    ExecutionPolicyBuilder::new().circuit_breaker(breaker.open_for(COOLDOWN)).build()
}

fn answer(reply: &Result<u64, ExecutionError<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(error) if error.is_circuit_open() => Answer::Rejection,
        Err(_) => Answer::Failure,
    }
}
