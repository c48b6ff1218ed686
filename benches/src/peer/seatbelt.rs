//! seatbelt: async only, a time window only.

use layered::{Execute, Service, Stack};
use seatbelt::breaker::Breaker;
use seatbelt::{RecoveryInfo, ResilienceContext};
use tick::Clock;
use tokio::runtime::Builder;

use super::{Cases, answer};
use crate::case::{COOLDOWN, Path, Policy, WINDOW};
use crate::subject::{Subject, shared};
use crate::work::{Reply, Sick, ready, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("seatbelt", Policy::TimeWindow);
    for path in Path::ALL {
        row.later(path, move || guarded(path));
    }
}

/// Its clock wants a runtime, which nothing else here needs.
#[allow(clippy::expect_used, reason = "a benchmark without its peer is none")]
fn guarded(path: Path) -> Box<dyn Subject> {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let clock = {
        let _inside = runtime.enter();
        Clock::new_tokio()
    };
    let context = ResilienceContext::new(&clock);
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
