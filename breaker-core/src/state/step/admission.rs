//! The decision about a call that asks to be admitted.

use super::{Limits, enter_phase};
use crate::clock::Tick;
use crate::state::status::{Episode, Phase, Status};

/// The decision about a call that asks to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Admitted; the outcome counts.
    Recorded,
    /// Admitted as a probe.
    Probe,
    /// Admitted; the outcome counts for nothing.
    Unrecorded,
    /// Rejected: open, and `until` is later than `now`.
    Open { now: Tick, until: Tick },
    /// Not decided: a probe may leave if the link permits it.
    Due,
    /// Rejected: half-open, with every probe slot taken.
    Saturated,
    /// Rejected: isolated.
    Isolated,
}

/// The condition on which a probe may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The cooldown is over.
    Free,
    /// The breaker has a lease for the half-open of this episode alone, which begins even if the
    /// cooldown is not over. `None` stands for no lease.
    Leased(Option<Episode>),
}

impl Gate {
    /// Returns whether probes of the half-open of `episode` may leave.
    fn lets(self, episode: Episode) -> bool {
        match self {
            Gate::Free => true,
            Gate::Leased(leased) => leased == Some(episode),
        }
    }
}

/// Decides whether a call is admitted. Calls `now`, with the end of the cooldown, only if the
/// breaker is open and has no lease.
pub(crate) fn admit(
    status: Status,
    limits: Limits,
    gate: Gate,
    now: impl FnOnce(Tick) -> Tick,
) -> (Status, Admission) {
    let probe = || {
        let first = Phase::HalfOpen { in_flight: 1, successes: 0 };
        (enter_phase(status, first), Admission::Probe)
    };
    match status.phase {
        Phase::Closed { .. } | Phase::Observing { .. } => (status, Admission::Recorded),
        Phase::Open { .. } if gate == Gate::Leased(Some(status.episode.next())) => probe(),
        Phase::Open { until } => match now(until) {
            now if now < until => (status, Admission::Open { now, until }),
            _ if gate == Gate::Free => probe(),
            _ => (status, Admission::Due),
        },
        Phase::HalfOpen { in_flight, .. }
            if in_flight < limits.probes && !gate.lets(status.episode) =>
        {
            (status, Admission::Due)
        }
        Phase::HalfOpen { in_flight, successes } if in_flight < limits.probes => {
            let phase = Phase::HalfOpen { in_flight: in_flight + 1, successes };
            (Status { phase, ..status }, Admission::Probe)
        }
        Phase::HalfOpen { .. } => (status, Admission::Saturated),
        Phase::Isolated { .. } => (status, Admission::Isolated),
        Phase::Disabled => (status, Admission::Unrecorded),
    }
}
