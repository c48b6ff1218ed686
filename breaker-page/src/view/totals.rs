//! The totals of a breaker since it was made.

use std::collections::BTreeMap;

use breaker_core::{CallTotals, FailureKind, State, Totals};
use serde::Serialize;

use crate::time::millis;

/// The counts of calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TotalsView {
    probes: u64,
    failures: Failures,
    calls: Option<Calls>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Failures {
    error: u64,
    slow: u64,
    timed_out: u64,
    panicked: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Calls {
    successes: u64,
    failures: u64,
    ignored: u64,
    cancelled: u64,
}

impl From<CallTotals> for Calls {
    fn from(totals: CallTotals) -> Self {
        let CallTotals { successes, failures, ignored, cancelled, .. } = totals;
        Calls { successes, failures, ignored, cancelled }
    }
}

impl TotalsView {
    pub(crate) fn new(totals: &Totals) -> Self {
        TotalsView {
            probes: totals.probes,
            failures: Failures {
                error: totals.failures(FailureKind::Error),
                slow: totals.failures(FailureKind::Slow),
                timed_out: totals.failures(FailureKind::TimedOut),
                panicked: totals.failures(FailureKind::Panicked),
            },
            calls: totals.calls.map(Calls::from),
        }
    }
}

/// The number of a breaker's changes into a state, by reason.
#[derive(Serialize)]
pub(crate) struct TransitionCount {
    to: &'static str,
    reason: &'static str,
    count: u64,
}

pub(crate) fn transition_counts(totals: &Totals) -> Vec<TransitionCount> {
    let count = |(to, reason, count): (State, breaker_core::Reason, u64)| TransitionCount {
        to: to.as_str(),
        reason: reason.as_str(),
        count,
    };
    totals.transitions().map(count).collect()
}

pub(crate) fn time_in_state(totals: &Totals) -> BTreeMap<&'static str, u64> {
    State::ALL.into_iter().map(|state| (state.as_str(), millis(totals.time_in(state)))).collect()
}
