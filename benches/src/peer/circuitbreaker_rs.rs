//! circuitbreaker-rs, by failures in a row. Its time window is never told of a call, and its other
//! windows are averages over all calls.

use circuitbreaker_rs::{BreakerError, CircuitBreaker, DefaultPolicy};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("circuitbreaker-rs", Policy::Threshold);
    for path in Path::ALL {
        row.sync(path, move || {
            let breaker = breaker(path);
            shared(move |task| breaker.call(|| work(task)), answer)
        });
        row.later(path, move || {
            let breaker = breaker(path);
            shared(move |task| ready(breaker.call_async(|| work_later(task))), answer)
        });
    }
}

fn breaker(path: Path) -> CircuitBreaker<DefaultPolicy, Sick> {
    CircuitBreaker::<DefaultPolicy, Sick>::builder()
        .consecutive_failures(path.threshold().into())
        // The rate does not trip.
        .min_throughput(u64::MAX)
        .cooldown(COOLDOWN)
        .build()
}

fn answer(reply: &Result<u64, BreakerError<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(BreakerError::Operation(_) | BreakerError::Internal(_)) => Answer::Failure,
        Err(BreakerError::Open) => Answer::Rejection,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use circuitbreaker_rs::{HookRegistry, MetricSink, TimeBasedPolicy};

    use super::*;

    struct Silent;

    impl MetricSink for Silent {
        fn record_state_transition(&self, _: &str, _: &str) {}
        fn record_error_rate(&self, _: f64) {}
        fn record_probe_attempt(&self, _: bool) {}
        fn record_call(&self, _: bool, _: Duration) {}
    }

    /// The reason why it has no row under a time window. If this fails, it can have one.
    #[test]
    fn policy_of_time_does_not_trip() {
        let second = Duration::from_secs(1);
        let policy = TimeBasedPolicy::new(10 * second, 10, 0.5, 1, second, 1);
        let hooks = Arc::new(HookRegistry::new());
        let breaker = CircuitBreaker::new(policy, COOLDOWN, 1, Arc::new(Silent), hooks);
        for _ in 0..1_000 {
            assert_eq!(answer(&breaker.call(|| work(0))), Answer::Failure);
        }
    }
}
