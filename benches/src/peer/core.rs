//! Ours, without the attribute.

use breakerbox::{Breaker, Config, ConfigBuilder};

use super::{CORE, Cases, answer};
use crate::case::{COOLDOWN, Path, Policy, WINDOW};
use crate::subject::{Subject, shared};
use crate::work::{ready, work, work_later};

/// Window sizes that only our breaker is measured with.
const LARGER_WINDOWS: [Policy; 2] = [Policy::CountWindow(10_000), Policy::CountWindow(1_000_000)];

pub(super) fn add(cases: &mut Cases) {
    for policy in [Policy::Threshold, Policy::TimeWindow, Policy::COUNT_WINDOW] {
        let mut row = cases.row(CORE, policy);
        for path in Path::ALL {
            row.sync(path, move || guarded(policy, path));
            row.later(path, move || {
                let breaker = breaker(policy, path);
                shared(move |task| ready(breaker.call_async(work_later(task))), answer)
            });
        }
    }
    for policy in LARGER_WINDOWS {
        let mut row = cases.row(CORE, policy);
        for path in [Path::Success, Path::Failure] {
            row.sync(path, move || guarded(policy, path));
        }
    }
}

fn guarded(policy: Policy, path: Path) -> Box<dyn Subject> {
    let breaker = breaker(policy, path);
    shared(move |task| breaker.call(|| work(task)), answer)
}

pub(super) fn breaker(policy: Policy, path: Path) -> Breaker {
    Breaker::new("measured", config(policy, path))
}

pub(super) fn config(policy: Policy, path: Path) -> Config {
    let builder = Config::builder().cooldown(COOLDOWN);
    let rate = |builder: ConfigBuilder| {
        builder.failure_rate(path.rate().into()).min_calls(path.min_calls().into())
    };
    let builder = match policy {
        Policy::None | Policy::Threshold => builder.threshold(path.threshold().into()),
        Policy::TimeWindow => rate(builder).window_time(WINDOW),
        Policy::CountWindow(calls) => rate(builder).window_calls(calls.into()),
    };
    // The numbers are constants of this package: the first run would show a mistake.
    builder.build_const()
}
