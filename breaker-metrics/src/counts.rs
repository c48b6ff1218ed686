//! The counters of one breaker, or the sums over several.

use std::time::Duration;

use breaker_core::{FailureKind, Reason, State, Totals};

use crate::value::is_expected;

const STATES: usize = State::ALL.len();
const REASONS: usize = Reason::ALL.len();
const KINDS: usize = FailureKind::ALL.len();

const TIMES: usize = STATES * REASONS;
const FAILURES: usize = TIMES + STATES;
const CALLS: usize = FAILURES + KINDS;
const REJECTIONS: usize = CALLS + OUTCOMES.len();
const OBSERVED: usize = REJECTIONS + 1;
const LATE: usize = OBSERVED + 1;
const PROBES: usize = LATE + 1;
const LENGTH: usize = PROBES + 1;

/// The outcomes of calls, as [`CallTotals`](breaker_core::CallTotals) counts them.
pub(crate) const OUTCOMES: [&str; 4] = ["success", "failure", "ignored", "cancelled"];

/// All counters in one array: transitions by state and reason, times in milliseconds, failures by
/// kind, calls by outcome, and the four without a further attribute. As an array they can be
/// compared and subtracted; [`Totals`] cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts([u64; LENGTH]);

impl Counts {
    pub(crate) const ZERO: Counts = Counts([0; LENGTH]);

    pub(crate) fn of(totals: &Totals) -> Self {
        let mut row = [0; LENGTH];
        for (to, reason, times) in totals.transitions() {
            if let Some(at) = transition_at(to, reason) {
                row[at] += times;
            }
        }
        for (at, state) in State::ALL.into_iter().enumerate() {
            let millis = totals.time_in(state).as_millis();
            row[TIMES + at] = u64::try_from(millis).unwrap_or(u64::MAX);
        }
        for (at, kind) in FailureKind::ALL.into_iter().enumerate() {
            row[FAILURES + at] = totals.failures(kind);
        }
        if let Some(calls) = totals.calls {
            let by_outcome = [calls.successes, calls.failures, calls.ignored, calls.cancelled];
            row[CALLS..REJECTIONS].copy_from_slice(&by_outcome);
        }
        row[REJECTIONS] = totals.rejections;
        row[OBSERVED] = totals.observed_rejections;
        row[LATE] = totals.late_outcomes;
        row[PROBES] = totals.probes;
        Counts(row)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        *self = self.combined(other, u64::saturating_add);
    }

    /// Returns the counters minus those of `other`.
    pub(crate) fn less(&self, other: &Self) -> Self {
        self.combined(other, u64::saturating_sub)
    }

    /// Returns the growth of each counter since `earlier`. A counter that has fallen began anew.
    pub(crate) fn growth_since(&self, earlier: &Self) -> Self {
        self.combined(earlier, |now, then| now.checked_sub(then).unwrap_or(now))
    }

    /// Returns true if any counter is below its counterpart.
    pub(crate) fn falls_below(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one < other)
    }

    fn combined(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Counts(std::array::from_fn(|at| with(self.0[at], other.0[at])))
    }

    /// Returns the transitions that have happened, and those that are to be expected: of a shared
    /// breaker also those that others cause.
    pub(crate) fn transitions(
        &self,
        is_shared: bool,
    ) -> impl Iterator<Item = (State, Reason, u64)> {
        let all = State::ALL.into_iter().flat_map(|to| Reason::ALL.map(|reason| (to, reason)));
        all.zip(&self.0)
            .map(|((to, reason), times)| (to, reason, *times))
            .filter(move |(to, reason, times)| *times > 0 || is_expected(*to, *reason, is_shared))
    }

    pub(crate) fn times(&self) -> impl Iterator<Item = (State, Duration)> {
        let millis = self.0[TIMES..FAILURES].iter().copied();
        State::ALL.into_iter().zip(millis.map(Duration::from_millis))
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = (FailureKind, u64)> {
        FailureKind::ALL.into_iter().zip(self.0[FAILURES..CALLS].iter().copied())
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'static str, u64)> {
        OUTCOMES.into_iter().zip(self.0[CALLS..REJECTIONS].iter().copied())
    }

    pub(crate) const fn rejections(&self) -> u64 {
        self.0[REJECTIONS]
    }

    pub(crate) const fn observed_rejections(&self) -> u64 {
        self.0[OBSERVED]
    }

    pub(crate) const fn late_outcomes(&self) -> u64 {
        self.0[LATE]
    }

    pub(crate) const fn probes(&self) -> u64 {
        self.0[PROBES]
    }
}

fn transition_at(to: State, reason: Reason) -> Option<usize> {
    let state = State::ALL.iter().position(|state| *state == to)?;
    let reason = Reason::ALL.iter().position(|one| *one == reason)?;
    Some(state * REASONS + reason)
}
