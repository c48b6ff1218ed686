//! The state machine, as pure functions.
//!
//! [`admit`] decides whether a call is admitted; [`step`] applies every other input. Each
//! takes a status and returns the next status, with a result for its caller. Neither uses
//! atomics; [`StateCell`](crate::breaker::cell::StateCell) swaps the results into the word.
//!
//! A breaker whose registry is [linked](crate::link) takes part in what other breakers of its name
//! have found out. Four inputs bring their news: [`Input::Told`] opens, [`Input::Heard`] counts,
//! [`Input::Cleared`] closes, and [`Input::Wait`] puts off a probe. A probe needs a lease, which
//! [`Gate`] shows to `admit`. No such input ends a state set by hand, and none makes the breaker
//! half-open: only a call that holds a lease does.

mod admission;

use crate::clock::Tick;
use crate::outcome::Outcome;
use crate::state::status::{Episode, Phase, Status, Tracking};
use crate::state::word::{HANDLES, Word};

pub(crate) use admission::{Admission, Gate, admit};

/// The parameters that [`step`] and [`admit`] need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// If zero, consecutive failures do not trip.
    pub(crate) threshold: u16,
    pub(crate) probes: u8,
    pub(crate) success_threshold: u8,
}

impl Limits {
    /// Returns `failures`, but at most the number at which one more failure opens.
    fn one_left(self, failures: u16) -> u16 {
        failures.min(self.threshold.saturating_sub(1))
    }
}

/// A change that [`step`] applies: anything but a call that asks to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A call that was admitted in `episode` has ended. If `trips`, it opens a closed breaker
    /// whatever the count, even if its outcome is ignored: a cancelled call may have been slow.
    Settle { episode: Episode, outcome: Outcome, trips: bool },
    /// A probe that was admitted in `episode` has ended. Unless `holds_slot`, another caller has
    /// already taken its slot, and none becomes free.
    SettleProbe { episode: Episode, outcome: Outcome, holds_slot: bool },
    /// Opens, as if the threshold had been reached.
    Open,
    /// Sets a later deadline, if the breaker has been open since the end of that episode.
    Extend { ended: Episode, until: Tick },
    /// Opens until this moment, or replaces the deadline if open already.
    OpenUntil(Tick),
    /// Becomes half-open, as if the cooldown were over.
    HalfOpen,
    /// Closes with nothing counted, unless closed already.
    Close,
    /// Isolates by hand, until another manual control.
    ForceOpen,
    /// Isolates for one more handle.
    Isolate,
    /// Releases a handle of that episode. The last one closes the breaker, unless it is isolated by
    /// hand.
    Release(Episode),
    /// Admits every call and records none.
    Disable,
    /// Admits and records every call, and never opens.
    Observe,
    /// Closes with nothing counted, in a new episode even if closed already.
    Reset,
    /// Ends the state that was set by hand in that episode, with nothing counted. Handles that
    /// isolate stay.
    Withdraw(Episode),
    /// Takes over a phase with nothing counted. If the breaker already is in that state, an open
    /// one only takes over the deadline, and an isolated one is also held by hand.
    Restore(Phase),
    /// Marks the breaker as dropped by its registry.
    Detach,
    /// Sets whether calls are timed, and whether they are recorded.
    Track(Tracking),
    /// Adds to the consecutive failures, if the breaker is closed in that episode.
    AddFailures { episode: Episode, failures: u16 },
    /// Opens until that moment, since the breaker is open elsewhere. If it is open already, a later
    /// deadline replaces its own, and any deadline does if it `replaces` an earlier one that was
    /// told. A half-open breaker opens only if its episode is `void`: its probes no longer decide
    /// anything.
    Told { until: Tick, void: Option<Episode>, replaces: bool },
    /// Sets the consecutive failures of a closed breaker, or raises them, to a count from
    /// elsewhere: at most so many that the next failure opens it.
    Heard { failures: u16, raises: bool },
    /// Like `Heard` without `raises`, for a failure of that episode that the count includes.
    Counted { episode: Episode, failures: u16 },
    /// Closes an open breaker of that episode, or a half-open breaker with a lease.
    Cleared(Episode),
    /// Sets a later deadline, if the breaker is open in that episode.
    Wait { episode: Episode, until: Tick },
}

/// The effect of an [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The input was applied.
    Done,
    /// The input names an episode that is over, and was dropped.
    Late,
    /// The input was applied, and would have opened the breaker if it were not observing.
    WouldOpen,
}

/// Applies an input to the status. Calls `until` for the deadline only if the input opens the
/// breaker and brings no deadline itself.
pub(crate) fn step(
    status: Status,
    input: Input,
    limits: Limits,
    until: impl FnOnce(Status) -> Tick,
) -> (Status, Effect) {
    let open = |status| enter_phase(status, Phase::Open { until: until(status) });
    let next = match (input, status.phase) {
        (
            Input::Settle { episode, .. }
            | Input::SettleProbe { episode, .. }
            | Input::AddFailures { episode, .. }
            | Input::Counted { episode, .. }
            | Input::Cleared(episode)
            | Input::Wait { episode, .. }
            | Input::Withdraw(episode),
            _,
        ) if episode != status.episode => return (status, Effect::Late),
        (Input::Settle { outcome, trips, .. }, phase) => {
            match settle(phase, outcome, trips, limits) {
                Next::Phase(phase) => set_phase(status, phase),
                Next::Open => open(status),
                Next::WouldOpen(phase) => return (set_phase(status, phase), Effect::WouldOpen),
            }
        }
        (
            Input::SettleProbe { outcome, holds_slot, .. },
            Phase::HalfOpen { in_flight, successes },
        ) => {
            let in_flight = in_flight.saturating_sub(u8::from(holds_slot));
            match settle_probe(in_flight, successes, outcome, limits) {
                Some(phase) => set_phase(status, phase),
                None => open(status),
            }
        }
        (Input::Open, Phase::Open { .. })
        | (Input::HalfOpen, Phase::HalfOpen { .. })
        | (Input::Close, Phase::Closed { .. })
        | (Input::Disable, Phase::Disabled)
        | (Input::Observe, Phase::Observing { .. })
        | (Input::Restore(Phase::Closed { .. }), Phase::Closed { .. })
        | (Input::Restore(Phase::Observing { .. }), Phase::Observing { .. }) => status,
        (Input::Open, _) => open(status),
        (Input::Extend { ended, until }, Phase::Open { until: found })
            if status.episode == ended.next() && until > found =>
        {
            set_phase(status, Phase::Open { until })
        }
        (Input::OpenUntil(until), Phase::Open { .. }) => set_phase(status, Phase::Open { until }),
        (Input::OpenUntil(until), _) => enter_phase(status, Phase::Open { until }),
        (Input::HalfOpen, _) => enter_phase(status, Phase::HalfOpen { in_flight: 0, successes: 0 }),
        (
            Input::ForceOpen | Input::Restore(Phase::Isolated { .. }),
            Phase::Isolated { handles, .. },
        ) => set_phase(status, Phase::Isolated { handles, by_hand: true }),
        (Input::ForceOpen, _) => enter_phase(status, Phase::Isolated { handles: 0, by_hand: true }),
        (Input::Isolate, Phase::Isolated { handles, by_hand }) => set_phase(
            status,
            Phase::Isolated { handles: handles.saturating_add(1).min(HANDLES), by_hand },
        ),
        (Input::Isolate, _) => enter_phase(status, Phase::Isolated { handles: 1, by_hand: false }),
        (Input::Release(episode), _) if episode != status.episode => {
            return (status, Effect::Late);
        }
        (Input::Close | Input::Reset, _)
        | (Input::Release(_), Phase::Isolated { handles: 0 | 1, by_hand: false })
        | (
            Input::Withdraw(_),
            Phase::Isolated { handles: 0, by_hand: true }
            | Phase::Disabled
            | Phase::Observing { .. },
        ) => enter_phase(status, Phase::Closed { failures: 0 }),
        (Input::Release(_), Phase::Isolated { handles, by_hand }) => {
            set_phase(status, Phase::Isolated { handles: handles.saturating_sub(1), by_hand })
        }
        (Input::Withdraw(_), Phase::Isolated { handles: handles @ 1.., by_hand: true }) => {
            set_phase(status, Phase::Isolated { handles, by_hand: false })
        }
        (Input::AddFailures { failures: more, .. }, Phase::Closed { failures }) => {
            Status { phase: Phase::Closed { failures: failures.saturating_add(more) }, ..status }
        }
        (
            Input::SettleProbe { .. }
            | Input::Extend { .. }
            | Input::Release(_)
            | Input::Withdraw(_)
            | Input::AddFailures { .. },
            _,
        ) => status,
        (
            Input::Told { .. }
            | Input::Heard { .. }
            | Input::Counted { .. }
            | Input::Cleared(_)
            | Input::Wait { .. },
            _,
        ) => return hear(status, input, limits),
        (Input::Disable, _) => enter_phase(status, Phase::Disabled),
        (Input::Observe, _) => enter_phase(status, Phase::Observing { failures: 0 }),
        (Input::Restore(phase), _) => set_phase(status, phase),
        (Input::Detach, _) => Status { detached: true, ..status },
        (Input::Track(tracking), _) => Status { tracking, ..status },
    };
    (next, Effect::Done)
}

/// Applies an input from a link, in the episode that it names.
fn hear(status: Status, input: Input, limits: Limits) -> (Status, Effect) {
    let next = match (input, status.phase) {
        (Input::Told { until, .. }, Phase::Closed { .. }) => {
            enter_phase(status, Phase::Open { until })
        }
        (Input::Told { until, void: Some(void), .. }, Phase::HalfOpen { .. })
            if void == status.episode =>
        {
            enter_phase(status, Phase::Open { until })
        }
        (Input::Told { .. }, Phase::Observing { .. }) => return (status, Effect::WouldOpen),
        (Input::Told { until, replaces, .. }, Phase::Open { until: found })
            if replaces || until > found =>
        {
            set_phase(status, Phase::Open { until })
        }
        (Input::Wait { until, .. }, Phase::Open { until: found }) if until > found => {
            set_phase(status, Phase::Open { until })
        }
        (Input::Heard { failures: heard, raises }, Phase::Closed { failures })
            if limits.threshold > 0 =>
        {
            let least = if raises { failures } else { 0 };
            set_phase(status, Phase::Closed { failures: limits.one_left(heard).max(least) })
        }
        (Input::Counted { failures, .. }, Phase::Closed { .. }) if limits.threshold > 0 => {
            set_phase(status, Phase::Closed { failures: limits.one_left(failures) })
        }
        (Input::Cleared(_), Phase::Open { .. } | Phase::HalfOpen { .. }) => {
            enter_phase(status, Phase::Closed { failures: 0 })
        }
        _ => status,
    };
    (next, Effect::Done)
}

/// Returns the word with one more failure, if [`step`] would only count it. Works on the packed
/// word of a closed breaker.
#[inline]
pub(crate) fn count_failure(closed: Word, threshold: u16) -> Option<Word> {
    // A threshold of zero gives the limit 65536, so failures are counted up to 65535.
    let limit = u32::from(threshold.wrapping_sub(1)) + 1;
    let counts = u32::from(closed.failures()) + 1 < limit;
    if counts { Some(closed.plus_one_failure()) } else { None }
}

/// Returns the status of a breaker that starts anew in the next episode.
pub(crate) fn renewed(before: Status, tracking: Tracking) -> Status {
    let phase = Phase::Closed { failures: 0 };
    Status { detached: false, tracking, ..enter_phase(before, phase) }
}

enum Next {
    Phase(Phase),
    Open,
    /// The breaker observes, so it does not open.
    WouldOpen(Phase),
}

/// Applies the outcome of a probe to the counts of a half-open breaker. Returns `None` if it
/// opens the breaker.
fn settle_probe(in_flight: u8, successes: u8, outcome: Outcome, limits: Limits) -> Option<Phase> {
    match outcome {
        Outcome::Failure => None,
        Outcome::Ignored => Some(Phase::HalfOpen { in_flight, successes }),
        Outcome::Success => {
            let successes = successes.saturating_add(1);
            Some(if successes >= limits.success_threshold {
                Phase::Closed { failures: 0 }
            } else {
                Phase::HalfOpen { in_flight, successes }
            })
        }
    }
}

/// Applies the outcome of a call that was no probe to the phase.
fn settle(phase: Phase, outcome: Outcome, trips: bool, limits: Limits) -> Next {
    let opens = |failures| trips || limits.threshold > 0 && failures >= limits.threshold;
    let next = match (phase, outcome) {
        (Phase::Closed { .. }, Outcome::Success | Outcome::Ignored) if trips => return Next::Open,
        (Phase::Observing { .. }, Outcome::Success) if trips => {
            return Next::WouldOpen(Phase::Observing { failures: 0 });
        }
        (Phase::Observing { .. }, Outcome::Ignored) if trips => return Next::WouldOpen(phase),
        (Phase::Closed { .. }, Outcome::Success) => Phase::Closed { failures: 0 },
        (Phase::Closed { failures }, Outcome::Failure) => {
            let failures = failures.saturating_add(1);
            if opens(failures) {
                return Next::Open;
            }
            Phase::Closed { failures }
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
        // No outcome changes the other states: an open or isolated breaker admits no call, and
        // calls through a disabled breaker count for nothing.
        (phase, _) => phase,
    };
    Next::Phase(next)
}

fn enter_phase(status: Status, phase: Phase) -> Status {
    Status { episode: status.episode.next(), phase, ..status }
}

/// Sets the phase, in a new episode if the state changes.
fn set_phase(status: Status, phase: Phase) -> Status {
    let same = core::mem::discriminant(&status.phase) == core::mem::discriminant(&phase);
    if same { Status { phase, ..status } } else { enter_phase(status, phase) }
}

#[cfg(test)]
mod tests;
