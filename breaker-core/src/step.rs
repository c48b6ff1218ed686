//! The state machine, as pure functions.
//!
//! ```text
//!              threshold failures in a row
//!   closed ───────────────────────────────▶ open ◀──────────────┐
//!     ▲                                      │ first call after │ a probe
//!     │ success_threshold probes succeed     ▼ the cooldown     │ fails
//!     └──────────────────────────────── half-open ──────────────┘
//!
//!   any ── force_open ─▶ isolated      any ── disable ─▶ disabled
//!   any ── reset ─▶ closed, nothing counted
//! ```
//!
//! Every arrow begins a new episode. [`admit`] answers a call, [`step`] takes in
//! whatever else happens: each takes a status and says what becomes of it and
//! what the author is told. They know nothing of atomics;
//! [`Cell`](crate::cell::Cell) applies them.

use crate::clock::{Clock, Span, Tick};
use crate::config::Limits;
use crate::outcome::Outcome;
use crate::word::{Episode, Phase, Status};

/// A call asks to be let in: what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Go ahead; the outcome counts.
    Recorded,
    /// Go ahead as a probe.
    Probe,
    /// Go ahead; the outcome counts for nothing.
    Unrecorded,
    /// It is not `until` yet.
    Open { now: Tick, until: Tick },
    /// Half-open with every probe slot taken.
    Saturated,
    /// Held open by hand.
    Isolated,
}

/// What else happens to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A call that was let in during `episode` has ended.
    Settle { episode: Episode, outcome: Outcome },
    /// Hold open until reset.
    ForceOpen,
    /// Let everything through, record nothing.
    Disable,
    /// Closed, with nothing counted.
    Reset,
    /// The registry has let go of this breaker.
    Detach,
}

/// What became of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It has been taken in.
    Done,
    /// It is the outcome of an episode that is over, and was dropped.
    Late,
}

/// Whether a call is let in. Reads the clock only in an open breaker.
pub(crate) fn admit(status: Status, limits: Limits, clock: &Clock) -> (Status, Admission) {
    match status.phase {
        Phase::Closed { .. } => (status, Admission::Recorded),
        Phase::Open { until } => {
            let now = clock.read();
            if now >= until {
                let first = Phase::HalfOpen { in_flight: 1, successes: 0 };
                (enter(status, first), Admission::Probe)
            } else {
                (status, Admission::Open { now, until })
            }
        }
        Phase::HalfOpen { in_flight, successes } if in_flight < limits.probes => {
            let phase = Phase::HalfOpen { in_flight: in_flight + 1, successes };
            (Status { phase, ..status }, Admission::Probe)
        }
        Phase::HalfOpen { .. } => (status, Admission::Saturated),
        Phase::Isolated => (status, Admission::Isolated),
        Phase::Disabled => (status, Admission::Unrecorded),
    }
}

/// What an event makes of the status. Reads the clock only when it opens.
pub(crate) fn step(
    status: Status,
    event: Event,
    limits: Limits,
    clock: &Clock,
) -> (Status, Effect) {
    let next = match event {
        Event::Settle { episode, .. } if episode != status.episode => {
            return (status, Effect::Late);
        }
        Event::Settle { outcome, .. } => settle(status, outcome, limits, clock),
        Event::ForceOpen if status.phase == Phase::Isolated => status,
        Event::ForceOpen => enter(status, Phase::Isolated),
        Event::Disable if status.phase == Phase::Disabled => status,
        Event::Disable => enter(status, Phase::Disabled),
        Event::Reset => enter(status, Phase::Closed { failures: 0 }),
        Event::Detach => Status { detached: true, ..status },
    };
    (next, Effect::Done)
}

fn settle(status: Status, outcome: Outcome, limits: Limits, clock: &Clock) -> Status {
    let phase = match (status.phase, outcome) {
        (Phase::Closed { .. }, Outcome::Success) => Phase::Closed { failures: 0 },
        (Phase::Closed { failures }, Outcome::Failure) => {
            let failures = failures.saturating_add(1);
            if failures >= limits.threshold {
                return enter(status, opening(limits.cooldown, clock));
            }
            Phase::Closed { failures }
        }
        (Phase::HalfOpen { .. }, Outcome::Failure) => {
            return enter(status, opening(limits.cooldown, clock));
        }
        (Phase::HalfOpen { in_flight, successes }, outcome) => {
            let successes = successes.saturating_add(u8::from(outcome == Outcome::Success));
            if outcome == Outcome::Success && successes >= limits.success_threshold {
                return enter(status, Phase::Closed { failures: 0 });
            }
            Phase::HalfOpen { in_flight: in_flight.saturating_sub(1), successes }
        }
        // No call is recorded in these states: nothing is admitted while open
        // or isolated, and what passes a disabled breaker counts for nothing.
        (phase, _) => phase,
    };
    Status { phase, ..status }
}

fn opening(cooldown: Span, clock: &Clock) -> Phase {
    Phase::Open { until: clock.stamp().after(cooldown) }
}

fn enter(status: Status, phase: Phase) -> Status {
    Status { episode: status.episode.next(), phase, ..status }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
