//! Writes totals and reports (feature `serde`).

use serde::ser::{Serialize, Serializer};

use crate::breaker::report::{LastTransition, Outage, Report};
use crate::breaker::snapshot::Snapshot;
use crate::breaker::totals::{CallTotals, Totals};
use crate::config::Config;
use crate::event::Reason;
use crate::outcome::FailureKind;
use crate::state::State;

#[derive(serde::Serialize)]
#[serde(rename = "Totals")]
struct WrittenTotals<'a> {
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
        WrittenTotals {
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

/// The parts of a [`Report`], with the place of a declaration as `file:line:column`.
#[derive(serde::Serialize)]
#[serde(rename = "Report")]
struct WrittenReport<'a> {
    snapshot: &'a Snapshot,
    config: Config,
    totals: &'a Totals,
    outage: Option<Outage>,
    last_transition: Option<LastTransition>,
    declared_at: Option<String>,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WrittenReport {
            snapshot: &self.snapshot,
            config: self.config,
            totals: &self.totals,
            outage: self.outage,
            last_transition: self.last_transition,
            declared_at: self.declared_at.map(ToString::to_string),
        }
        .serialize(serializer)
    }
}
