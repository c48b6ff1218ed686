//! The numbers that a breaker counts for exporters: totals that never fall, its outage, and the
//! rest of keys that have gone.

/// Calls the macro with a tuning for each way in which a breaker counts calls.
macro_rules! each_tuning {
    ($routes:ident) => {
        $routes!(threshold: threshold = 60_000);
        $routes!(calls: failure_rate = 1.0, window = 100);
        $routes!(calls_and_threshold: failure_rate = 1.0, window = 100, threshold = 60_000);
        $routes!(time: failure_rate = 1.0, window = "10s");
        $routes!(timed: threshold = 60_000, slow_call = "1h");
        $routes!(timed_in_calls: failure_rate = 1.0, window = 100, slow_call = "1h");
        $routes!(timed_in_time: failure_rate = 1.0, window = "10s", slow_call = "1h");
    };
}

mod calls;
mod departed;
mod failures;
mod outage;
mod transitions;
mod written;

use breakerbox::{FailureKind, Reason, Registry, State, Totals};
use support::{Fault, Reply};

pub(crate) fn answer(succeeds: bool) -> Reply {
    if succeeds { Ok(1) } else { Err(Fault::Down) }
}

/// The totals of all that a registry has and has had under a name.
pub(crate) fn sum_of(registry: &Registry, name: &str) -> Totals {
    let survey = registry.survey();
    let mut sum = Totals::default();
    for report in survey.reports.iter().filter(|report| report.snapshot.family == name) {
        sum += &report.totals;
    }
    for (_, totals) in survey.departed.iter().filter(|(family, _)| *family == name) {
        sum += totals;
    }
    sum
}

/// The failures of each kind.
pub(crate) fn failures(totals: &Totals) -> [u64; 4] {
    FailureKind::ALL.map(|kind| totals.failures(kind))
}

/// Returns the number of changes into this state for this reason.
pub(crate) fn times(totals: &Totals, to: State, reason: Reason) -> u64 {
    let mut all = totals.transitions();
    all.find(|(found, why, _)| (*found, *why) == (to, reason)).map_or(0, |(.., count)| count)
}

/// Every number of the totals, in one order.
pub(crate) fn numbers(totals: &Totals) -> Vec<u64> {
    let millis = |state| u64::try_from(totals.time_in(state).as_millis()).unwrap();
    let calls = totals.calls.unwrap_or_default();
    [totals.rejections, totals.observed_rejections, totals.late_outcomes, totals.probes]
        .into_iter()
        .chain([calls.successes, calls.failures, calls.ignored, calls.cancelled])
        .chain(failures(totals))
        .chain(State::ALL.map(millis))
        .chain(State::ALL.into_iter().flat_map(|to| Reason::ALL.map(|why| times(totals, to, why))))
        .collect()
}

/// Checks that no number has fallen.
#[track_caller]
pub(crate) fn assert_none_fell(before: &Totals, after: &Totals) {
    let fell =
        numbers(before).into_iter().zip(numbers(after)).any(|(before, after)| before > after);
    assert!(!fell, "{before:#?} {after:#?}");
}
