//! The state machine, as pure functions.
//!
//! [`admit`] decides about a call that asks to be let in; [`step`] takes in every other
//! input. Each takes a status and returns the next one, with an answer for its caller.
//! Neither knows of atomics; [`StateCell`](crate::breaker::cell::StateCell) applies both.

use crate::clock::Tick;
use crate::outcome::Outcome;
use crate::state::word::{Episode, HANDLES, Phase, Status, Word};

/// The part of the tuning that [`step`] and [`admit`] need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Zero: failures in a row do not trip.
    pub(crate) threshold: u16,
    pub(crate) probes: u8,
    pub(crate) success_threshold: u8,
}

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
pub(crate) enum Input {
    /// A call that was let in during `episode` has ended. `trips`: whatever the
    /// count of failures in a row, this outcome opens.
    Settle { episode: Episode, outcome: Outcome, trips: bool },
    /// Open, as if the threshold had been reached.
    Open,
    /// Open until then, or if open already, until then instead.
    OpenUntil(Tick),
    /// Half-open, as if the cooldown were over.
    HalfOpen,
    /// Closed, with nothing counted, unless it is closed already.
    Close,
    /// BreakerRef open until reset.
    ForceOpen,
    /// BreakerRef open for one handle more.
    Isolate,
    /// A handle of that episode is given back.
    Release(Episode),
    /// Let everything through, record nothing.
    Disable,
    /// Let everything through, record what becomes of it.
    Observe,
    /// Closed, with nothing counted.
    Reset,
    /// The registry has let go of this breaker.
    Detach,
    /// Calls are to be timed or recorded, or no longer.
    Track(bool),
    /// So many failures stand in a row, in a closed breaker of that episode.
    Count { episode: Episode, failures: u16 },
}

/// What became of an [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It has been taken in.
    Done,
    /// It is the outcome of an episode that is over, and was dropped.
    Late,
    /// It has been taken in, and would have opened the breaker if that did
    /// more than observe.
    WouldOpen,
}

/// Decides whether a call is let in. `now` is asked only if the breaker is open.
pub(crate) fn admit(
    status: Status,
    limits: Limits,
    now: impl FnOnce() -> Tick,
) -> (Status, Admission) {
    match status.phase {
        Phase::Closed { .. } | Phase::Observing { .. } => (status, Admission::Recorded),
        Phase::Open { until } => {
            let now = now();
            if now >= until {
                let first = Phase::HalfOpen { in_flight: 1, successes: 0 };
                (enter_phase(status, first), Admission::Probe)
            } else {
                (status, Admission::Open { now, until })
            }
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

/// What an input makes of the status. `until` says how long it stays open if it
/// opens now, and is asked only then.
pub(crate) fn step(
    status: Status,
    input: Input,
    limits: Limits,
    until: impl FnOnce(Status) -> Tick,
) -> (Status, Effect) {
    let open = |status| enter_phase(status, Phase::Open { until: until(status) });
    let next = match (input, status.phase) {
        (Input::Settle { episode, .. } | Input::Count { episode, .. }, _)
            if episode != status.episode =>
        {
            return (status, Effect::Late);
        }
        (Input::Settle { outcome, trips, .. }, _) => {
            match settle(status.phase, outcome, trips, limits) {
                Next::Phase(phase) => set_phase(status, phase),
                Next::Open => open(status),
                Next::WouldOpen(phase) => return (set_phase(status, phase), Effect::WouldOpen),
            }
        }
        (Input::Open, Phase::Open { .. })
        | (Input::HalfOpen, Phase::HalfOpen { .. })
        | (Input::Close, Phase::Closed { .. })
        | (Input::Disable, Phase::Disabled)
        | (Input::Observe, Phase::Observing { .. }) => status,
        (Input::Open, _) => open(status),
        (Input::OpenUntil(until), Phase::Open { .. }) => set_phase(status, Phase::Open { until }),
        (Input::OpenUntil(until), _) => enter_phase(status, Phase::Open { until }),
        (Input::HalfOpen, _) => enter_phase(status, Phase::HalfOpen { in_flight: 0, successes: 0 }),
        (Input::ForceOpen, Phase::Isolated { handles, .. }) => {
            set_phase(status, Phase::Isolated { handles, by_hand: true })
        }
        (Input::ForceOpen, _) => enter_phase(status, Phase::Isolated { handles: 0, by_hand: true }),
        (Input::Isolate, Phase::Isolated { handles, by_hand }) => set_phase(
            status,
            Phase::Isolated { handles: handles.saturating_add(1).min(HANDLES), by_hand },
        ),
        (Input::Isolate, _) => enter_phase(status, Phase::Isolated { handles: 1, by_hand: false }),
        (Input::Release(episode), _) if episode != status.episode => {
            return (status, Effect::Late);
        }
        (Input::Release(_), Phase::Isolated { handles: 0 | 1, by_hand: false }) => {
            enter_phase(status, Phase::Closed { failures: 0 })
        }
        (Input::Release(_), Phase::Isolated { handles, by_hand }) => {
            set_phase(status, Phase::Isolated { handles: handles.saturating_sub(1), by_hand })
        }
        (Input::Count { failures, .. }, Phase::Closed { .. }) => {
            Status { phase: Phase::Closed { failures }, ..status }
        }
        (Input::Release(_) | Input::Count { .. }, _) => status,
        (Input::Disable, _) => enter_phase(status, Phase::Disabled),
        (Input::Observe, _) => enter_phase(status, Phase::Observing { failures: 0 }),
        (Input::Close | Input::Reset, _) => enter_phase(status, Phase::Closed { failures: 0 }),
        (Input::Detach, _) => Status { detached: true, ..status },
        (Input::Track(tracked), _) => Status { tracked, ..status },
    };
    (next, Effect::Done)
}

/// What [`step`] makes of a failure in a closed breaker, if that is one more to
/// count and nothing else: the whole word, without taking it apart.
#[inline]
pub(crate) fn count_failure(closed: Word, threshold: u16) -> Option<Word> {
    // Without a threshold, as many as there is room for.
    let limit = u32::from(threshold.wrapping_sub(1)) + 1;
    let counts = u32::from(closed.failures()) + 1 < limit;
    if counts { Some(closed.plus_one_failure()) } else { None }
}

enum Next {
    Phase(Phase),
    Open,
    /// It observes only.
    WouldOpen(Phase),
}

/// What an outcome makes of the phase.
fn settle(phase: Phase, outcome: Outcome, trips: bool, limits: Limits) -> Next {
    let opens = |failures| trips || limits.threshold > 0 && failures >= limits.threshold;
    let next = match (phase, outcome) {
        (Phase::Closed { .. }, Outcome::Success) if trips => return Next::Open,
        (Phase::Observing { .. }, Outcome::Success) if trips => {
            return Next::WouldOpen(Phase::Observing { failures: 0 });
        }
        (Phase::Closed { .. }, Outcome::Success) => Phase::Closed { failures: 0 },
        (Phase::Closed { failures }, Outcome::Failure) => {
            let failures = failures.saturating_add(1);
            if opens(failures) {
                return Next::Open;
            }
            Phase::Closed { failures }
        }
        (Phase::HalfOpen { .. }, Outcome::Failure) => return Next::Open,
        (Phase::HalfOpen { in_flight, successes }, outcome) => {
            let successes = successes.saturating_add(u8::from(outcome == Outcome::Success));
            if outcome == Outcome::Success && successes >= limits.success_threshold {
                Phase::Closed { failures: 0 }
            } else {
                Phase::HalfOpen { in_flight: in_flight.saturating_sub(1), successes }
            }
        }
        (Phase::Observing { .. }, Outcome::Success) => Phase::Observing { failures: 0 },
        (Phase::Observing { failures }, Outcome::Failure) => {
            let failures = failures.saturating_add(1);
            let phase = Phase::Observing { failures };
            if opens(failures) {
                return Next::WouldOpen(phase);
            }
            phase
        }
        // No call is recorded in the other states: nothing is admitted while
        // open or isolated, and what passes a disabled breaker counts for nothing.
        (phase, _) => phase,
    };
    Next::Phase(next)
}

fn enter_phase(status: Status, phase: Phase) -> Status {
    Status { episode: status.episode.next(), phase, ..status }
}

/// The phase, in a new episode if it is another state.
fn set_phase(status: Status, phase: Phase) -> Status {
    let same = core::mem::discriminant(&status.phase) == core::mem::discriminant(&phase);
    if same { Status { phase, ..status } } else { enter_phase(status, phase) }
}

#[cfg(test)]
mod tests;
