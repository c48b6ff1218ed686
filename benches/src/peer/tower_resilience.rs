//! tower-resilience-circuitbreaker: async only. Each thread has a handle of its own.

use tower::{Layer, Service, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerError, CircuitBreakerLayer, SlidingWindowType,
};

use super::{Cases, llm};
use crate::case::{COOLDOWN, Group, Path, Policy, WINDOW};
use crate::subject::{Answer, Subject, cloned};
use crate::work::{ready, work_later};

pub(super) const NAME: &str = "tower-resilience-circuitbreaker";

pub(super) fn add(cases: &mut Cases) {
    for policy in [Policy::Threshold, Policy::TimeWindow, Policy::COUNT_WINDOW] {
        let mut row = cases.row(NAME, policy);
        for path in Path::ALL {
            row.later(path, move || guarded(policy, path));
        }
    }
    // Runs without `key`, `trip`, a growing cooldown and `retry_after`.
    let mut row = cases.grouped(Group::Llm, NAME, Policy::TimeWindow, llm::EXTRA);
    for path in Path::ALL {
        row.later(path, move || guarded_llm(path));
    }
}

#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
fn guarded_llm(path: Path) -> Box<dyn Subject> {
    let layer = CircuitBreakerLayer::builder()
        .wait_duration_in_open(COOLDOWN)
        .sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(llm::WINDOW)
        .failure_rate_threshold(path.rate().into())
        .minimum_number_of_calls(usize::try_from(path.min_calls()).unwrap_or(usize::MAX))
        .slow_call_duration_threshold(llm::SLOW)
        .slow_call_rate_threshold(path.rate().into())
        .failure_classifier(|reply: &llm::Completion| {
            !matches!(reply, Ok(_) | Err(llm::LlmError::BadRequest))
        })
        .build()
        .expect("settings that it accepts");
    let ask = |(model, task): (&'static str, u64)| llm::ask_later(model, task);
    let service = layer.layer(service_fn(ask));
    let call = |(service, models): &mut (_, llm::Models), task| {
        ready(Service::call(service, (models.next(), task)))
    };
    cloned((service, llm::Models::default()), call, answer)
}

fn guarded(policy: Policy, path: Path) -> Box<dyn Subject> {
    let service = layer(policy, path).layer(service_fn(work_later));
    cloned(service, |service, task| ready(Service::call(service, task)), answer)
}

#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
pub(super) fn layer(policy: Policy, path: Path) -> CircuitBreakerLayer {
    let builder = CircuitBreakerLayer::builder().wait_duration_in_open(COOLDOWN);
    let rated = |kind| {
        CircuitBreakerLayer::builder()
            .wait_duration_in_open(COOLDOWN)
            .sliding_window_type(kind)
            .failure_rate_threshold(path.rate().into())
            .minimum_number_of_calls(usize::try_from(path.min_calls()).unwrap_or(usize::MAX))
    };
    let builder = match policy {
        Policy::None | Policy::Threshold => builder.consecutive_failures(path.threshold().into()),
        Policy::TimeWindow => rated(SlidingWindowType::TimeBased).sliding_window_duration(WINDOW),
        Policy::CountWindow(_) => rated(SlidingWindowType::CountBased).sliding_window_size(100),
    };
    builder.build().expect("settings that it accepts")
}

pub(super) fn answer<E>(reply: &Result<u64, CircuitBreakerError<E>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(CircuitBreakerError::Inner(_)) => Answer::Failure,
        Err(CircuitBreakerError::OpenCircuit) => Answer::Rejection,
    }
}
