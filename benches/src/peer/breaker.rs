//! `breaker`: async only. It counts in its window under either policy.

use breaker::{CircuitBreaker, CircuitBreakerConfig, CircuitBreakerError};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work_later};

pub(super) const NAME: &str = "breaker";

pub(super) fn add(cases: &mut Cases) {
    for policy in [Policy::Threshold, Policy::COUNT_WINDOW] {
        let mut row = cases.row(NAME, policy);
        for path in Path::ALL {
            row.later(path, move || {
                let breaker = breaker(policy, path);
                shared(move |task| ready(breaker.call(|| work_later(task))), answer)
            });
        }
    }
}

pub(super) fn breaker(policy: Policy, path: Path) -> CircuitBreaker {
    let builder = CircuitBreakerConfig::builder().wait_duration(COOLDOWN);
    let builder = if policy == Policy::Threshold {
        // A rate of zero never trips.
        builder.consecutive_failures(path.threshold().into()).failure_rate_threshold(0.0)
    } else {
        builder
            .consecutive_failures(u32::MAX)
            .failure_rate_threshold(path.rate())
            .sliding_window_size(100)
            .minimum_calls(path.min_calls())
    };
    CircuitBreaker::new(builder.build())
}

pub(super) fn answer(reply: &Result<u64, CircuitBreakerError<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(CircuitBreakerError::Failure(_)) => Answer::Failure,
        Err(_) => Answer::Rejection,
    }
}
