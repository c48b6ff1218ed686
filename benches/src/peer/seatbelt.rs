//! seatbelt: async only, a time window only.

use layered::{Execute, Service, Stack};
use seatbelt::breaker::{Breaker, BreakerId};
use seatbelt::{RecoveryInfo, ResilienceContext};
use tick::Clock;
use tokio::runtime::{Builder, Runtime};

use super::{Cases, answer, llm};
use crate::case::{COOLDOWN, Group, Path, Policy, WINDOW};
use crate::subject::{Subject, shared};
use crate::work::{Reply, Sick, ready, work_later};

const NAME: &str = "seatbelt";

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row(NAME, Policy::TimeWindow);
    for path in Path::ALL {
        row.later(path, move || guarded(path));
    }
    // Runs without `slow_call`, `trip`, a growing cooldown and `retry_after`.
    let mut row = cases.grouped(Group::Llm, NAME, Policy::TimeWindow, llm::EXTRA);
    for path in Path::ALL {
        row.later(path, move || guarded_llm(path));
    }
}

fn guarded_llm(path: Path) -> Box<dyn Subject> {
    let (runtime, context) = context();
    let layer = Breaker::layer("measured", &context)
        .breaker_id(|(model, _): &(&'static str, u64)| BreakerId::from(*model))
        .recovery_with(|reply: &llm::Completion, _| match reply {
            Ok(_) | Err(llm::LlmError::BadRequest) => RecoveryInfo::never(),
            Err(_) => RecoveryInfo::retry(),
        })
        .rejected_input_error(|_task, _| llm::LlmError::Rejected)
        .failure_threshold(path.rate())
        .min_throughput(path.min_calls())
        .sampling_duration(llm::WINDOW)
        .break_duration(COOLDOWN);
    let ask = |(model, task): (&'static str, u64)| llm::ask_later(model, task);
    let service = (layer, Execute::new(ask)).into_service();
    let call = move |model, task| {
        let _ = &runtime;
        ready(service.execute((model, task)))
    };
    llm::asking(call, llm::answer)
}

/// Its clock needs a runtime; nothing else here does.
#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
fn context<In, Out>() -> (Runtime, ResilienceContext<In, Out>) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let clock = {
        let _inside = runtime.enter();
        Clock::new_tokio()
    };
    let context = ResilienceContext::new(&clock);
    (runtime, context)
}

fn guarded(path: Path) -> Box<dyn Subject> {
    let (runtime, context) = context();
    let layer = Breaker::layer("measured", &context)
        .recovery_with(|reply: &Reply, _| match reply {
            Ok(_) => RecoveryInfo::never(),
            Err(_) => RecoveryInfo::retry(),
        })
        .rejected_input_error(|_task: u64, _| Sick::Rejected)
        .failure_threshold(path.rate())
        .min_throughput(path.min_calls())
        .sampling_duration(WINDOW)
        .break_duration(COOLDOWN);
    let service = (layer, Execute::new(work_later)).into_service();
    shared(
        move |task| {
            let _ = &runtime;
            ready(service.execute(task))
        },
        answer,
    )
}
