//! Writes totals and reports (feature `serde`).

use core::panic::Location;

use serde::ser::{Serialize, Serializer};

use crate::breaker::totals::{CallTotals, Totals};
use crate::event::Reason;
use crate::outcome::FailureKind;
use crate::state::State;

#[derive(serde::Serialize)]
#[serde(rename = "Totals")]
struct Written<'a> {
    rejections: u64,
    observed_rejections: u64,
    late_outcomes: u64,
    probes: u64,
    calls: Option<CallTotals>,
    failures: Failures<'a>,
    transitions: Vec<Transitions>,
    time_in_state: Times<'a>,
}

/// The number of failures by kind.
struct Failures<'a>(&'a Totals);

/// The time by state.
struct Times<'a>(&'a Totals);

#[derive(serde::Serialize)]
struct Transitions {
    to: State,
    reason: Reason,
    count: u64,
}

impl Serialize for Failures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = FailureKind::ALL.map(|kind| (kind, self.0.failures(kind)));
        serializer.collect_map(all)
    }
}

impl Serialize for Times<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(State::ALL.map(|state| (state, self.0.time_in(state))))
    }
}

impl Serialize for Totals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transitions = self.transitions();
        Written {
            rejections: self.rejections,
            observed_rejections: self.observed_rejections,
            late_outcomes: self.late_outcomes,
            probes: self.probes,
            calls: self.calls,
            failures: Failures(self),
            transitions: transitions
                .map(|(to, reason, count)| Transitions { to, reason, count })
                .collect(),
            time_in_state: Times(self),
        }
        .serialize(serializer)
    }
}

/// Writes the place of a declaration as `file:line:column`.
#[allow(clippy::ref_option, reason = "serde asks for it")]
pub(super) fn place<S: Serializer>(
    declared_at: &Option<&'static Location<'static>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    declared_at.map(ToString::to_string).serialize(serializer)
}
