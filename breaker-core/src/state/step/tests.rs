//! Tests of the state machine: the statuses of small breakers, against every input.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};

use super::*;
use crate::clock::{Clock, ManualClock, Span};

mod linked;

const COOLDOWN: Duration = Duration::from_millis(2);

fn limits(threshold: u16, probes: u8, success_threshold: u8) -> Limits {
    Limits { threshold, probes, success_threshold }
}

/// Calls [`super::step`] with a cooldown of [`COOLDOWN`].
fn step(status: Status, input: Input, limits: Limits, clock: &Clock) -> (Status, Effect) {
    super::step(status, input, limits, |_| clock.stamp().after(Span::new(COOLDOWN)))
}

/// Calls [`super::admit`] at the clock's present reading, without a link.
fn admit(status: Status, limits: Limits, clock: &Clock) -> (Status, Admission) {
    super::admit(status, limits, Gate::Free, |_| clock.coarse())
}

fn settled(episode: Episode, outcome: Outcome) -> Input {
    Input::Settle { episode, outcome, trips: false }
}

fn probed(episode: Episode, outcome: Outcome, holds_slot: bool) -> Input {
    Input::SettleProbe { episode, outcome, holds_slot }
}

/// Settles a call of the status; in half-open, a probe.
fn ended(status: Status, outcome: Outcome) -> Input {
    match status.phase {
        Phase::HalfOpen { .. } => probed(status.episode, outcome, true),
        _ => settled(status.episode, outcome),
    }
}

const OUTCOMES: [Outcome; 3] = [Outcome::Success, Outcome::Failure, Outcome::Ignored];

fn all_limits() -> impl Iterator<Item = Limits> {
    let small = || 1..=3_u8;
    small().flat_map(move |threshold| {
        small().flat_map(move |probes| {
            small().map(move |successes| limits(threshold.into(), probes, successes))
        })
    })
}

fn clock_at(ms: u64) -> Clock {
    let (clock, hand) = Clock::manual();
    ManualClock::advance(&hand, Duration::from_millis(ms));
    clock
}

fn status(phase: Phase) -> Status {
    Status { episode: Episode(7), detached: false, tracking: Tracking::NONE, phase }
}

fn phases() -> Vec<Phase> {
    let mut all = vec![Phase::Disabled];
    for by_hand in [false, true] {
        all.extend((0..=2).map(|handles| Phase::Isolated { handles, by_hand }));
    }
    all.extend((0..=3).map(|failures| Phase::Observing { failures }));
    all.extend((0..=3).map(|failures| Phase::Closed { failures }));
    all.extend((0..=4).map(|ms| Phase::Open { until: Tick::from_bits(ms) }));
    for in_flight in 0..=3 {
        all.extend((0..=3).map(|successes| Phase::HalfOpen { in_flight, successes }));
    }
    all
}

fn inputs(episode: Episode) -> Vec<Input> {
    let mut all = vec![
        Input::Open,
        Input::OpenUntil(Tick::from_bits(9)),
        Input::HalfOpen,
        Input::Close,
        Input::ForceOpen,
        Input::Isolate,
        Input::Extend { ended: Episode(episode.0 - 1), until: Tick::from_bits(9) },
        Input::Release(episode),
        Input::Disable,
        Input::Observe,
        Input::Reset,
        Input::Withdraw(episode),
        Input::Detach,
        Input::Track(Tracking { timed: true, ..Tracking::NONE }),
        Input::AddFailures { episode, failures: 1 },
        Input::Cleared(episode),
        Input::Wait { episode, until: Tick::from_bits(9) },
        Input::Counted { episode, failures: 2 },
    ];
    for (void, replaces) in [(None, false), (Some(episode), true)] {
        all.push(Input::Told { until: Tick::from_bits(9), void, replaces });
    }
    all.extend([true, false].map(|raises| Input::Heard { failures: 2, raises }));
    for outcome in OUTCOMES {
        all.extend([settled(episode, outcome), probed(episode, outcome, true)]);
        all.push(probed(episode, outcome, false));
    }
    all.extend(OUTCOMES.map(|outcome| Input::Settle { episode, outcome, trips: true }));
    all
}

fn kind(phase: Phase) -> core::mem::Discriminant<Phase> {
    core::mem::discriminant(&phase)
}

/// [L1, L2, L4]
#[test]
fn outcome_of_another_episode_changes_nothing() {
    let clock = clock_at(2);
    for limits in all_limits() {
        for phase in phases() {
            for other in [0, 6, 8, u64::MAX] {
                let (other, before) = (Episode(other), status(phase));
                for outcome in OUTCOMES {
                    for input in [
                        settled(other, outcome),
                        probed(other, outcome, true),
                        probed(other, outcome, false),
                    ] {
                        assert_eq!(step(before, input, limits, &clock), (before, Effect::Late));
                    }
                }
            }
        }
    }
}

/// [E4]
#[test]
fn episode_is_new_exactly_when_the_state_is() {
    for ms in 0..=4 {
        let clock = clock_at(ms);
        for limits in all_limits() {
            for phase in phases() {
                let before = status(phase);
                let mut after: Vec<_> = inputs(before.episode)
                    .into_iter()
                    .filter(|input| *input != Input::Reset)
                    .map(|input| step(before, input, limits, &clock).0)
                    .collect();
                after.push(admit(before, limits, &clock).0);
                for after in after {
                    let moved = kind(after.phase) != kind(phase);
                    let wanted = if moved { before.episode.next() } else { before.episode };
                    assert_eq!(after.episode, wanted, "{phase:?} to {:?}", after.phase);
                }
            }
        }
    }
}

/// [C3b]
#[test]
fn reset_closes_from_every_state_with_nothing_counted() {
    let clock = clock_at(0);
    for phase in phases() {
        let (after, effect) = step(status(phase), Input::Reset, limits(1, 1, 1), &clock);
        let wanted = Status { episode: Episode(8), ..status(Phase::Closed { failures: 0 }) };
        assert_eq!((after, effect), (wanted, Effect::Done));
    }
}

/// [C1]
#[test]
fn closed_counts_failures_in_a_row_and_opens_at_the_threshold() {
    let clock = clock_at(10);
    for limits in all_limits() {
        for failures in 0..limits.threshold {
            let before = status(Phase::Closed { failures });
            let settle = |outcome| step(before, settled(before.episode, outcome), limits, &clock).0;
            assert_eq!(settle(Outcome::Success).phase, Phase::Closed { failures: 0 });
            assert_eq!(settle(Outcome::Ignored), before);
            let wanted = if failures + 1 == limits.threshold {
                Phase::Open { until: Tick::from_bits(12) }
            } else {
                Phase::Closed { failures: failures + 1 }
            };
            assert_eq!(settle(Outcome::Failure).phase, wanted);
        }
    }
}

#[test]
fn open_admits_from_the_very_end_of_its_cooldown() {
    let until = Tick::from_bits(5);
    for ms in 0..=7 {
        let before = status(Phase::Open { until });
        let (after, admission) = admit(before, limits(1, 1, 1), &clock_at(ms));
        if ms < 5 {
            let now = Tick::from_bits(ms);
            assert_eq!((after, admission), (before, Admission::Open { now, until }));
        } else {
            assert_eq!(admission, Admission::Probe);
            assert_eq!(after.phase, Phase::HalfOpen { in_flight: 1, successes: 0 });
        }
    }
}

#[test]
fn deadline_is_extended_by_the_episode_before_alone_and_never_shortened() {
    let clock = clock_at(1);
    for phase in phases() {
        let before = status(phase);
        for (ended, ms) in [(5, 9), (6, 1), (6, 3), (6, 9), (7, 9), (8, 9)] {
            let until = Tick::from_bits(ms);
            let input = Input::Extend { ended: Episode(ended), until };
            let wanted = match phase {
                Phase::Open { until: found } if ended == 6 && until > found => {
                    status(Phase::Open { until })
                }
                _ => before,
            };
            assert_eq!(step(before, input, limits(1, 1, 1), &clock), (wanted, Effect::Done));
        }
    }
}

#[test]
fn open_for_ever_admits_nobody() {
    let before = status(Phase::Open { until: Tick::NEVER });
    let (clock, hand) = Clock::manual();
    hand.advance(Duration::MAX);
    let (after, admission) = admit(before, limits(1, 1, 1), &clock);
    assert_eq!(after, before);
    assert!(matches!(admission, Admission::Open { until: Tick::NEVER, .. }));
}

/// [R1]
#[test]
fn half_open_admits_up_to_probes() {
    let clock = clock_at(0);
    for limits in all_limits() {
        for in_flight in 0..=3 {
            for successes in 0..=3 {
                let before = status(Phase::HalfOpen { in_flight, successes });
                let wanted = if in_flight < limits.probes {
                    let phase = Phase::HalfOpen { in_flight: in_flight + 1, successes };
                    (Status { phase, ..before }, Admission::Probe)
                } else {
                    (before, Admission::Saturated)
                };
                assert_eq!(admit(before, limits, &clock), wanted);
            }
        }
    }
}

/// A probe that has lost its slot decides like any other, and frees no slot.
/// [H1, H9, C2]
#[test]
fn probe_decides_as_documented() {
    let clock = clock_at(10);
    for (limits, holds_slot) in all_limits().flat_map(|all| [(all, true), (all, false)]) {
        for in_flight in 1..=3 {
            for successes in 0..limits.success_threshold {
                let before = status(Phase::HalfOpen { in_flight, successes });
                let settle = |outcome| {
                    let input = probed(before.episode, outcome, holds_slot);
                    step(before, input, limits, &clock).0.phase
                };
                let left = if holds_slot { in_flight - 1 } else { in_flight };
                let until = Tick::from_bits(12);
                assert_eq!(settle(Outcome::Failure), Phase::Open { until });
                let given_back = Phase::HalfOpen { in_flight: left, successes };
                assert_eq!(settle(Outcome::Ignored), given_back);
                let wanted = if successes + 1 == limits.success_threshold {
                    Phase::Closed { failures: 0 }
                } else {
                    Phase::HalfOpen { in_flight: left, successes: successes + 1 }
                };
                assert_eq!(settle(Outcome::Success), wanted);
            }
        }
    }
}

#[test]
fn isolated_rejects_and_disabled_admits_unrecorded() {
    let clock = clock_at(99);
    let limits = limits(1, 1, 1);
    let isolated = status(Phase::Isolated { handles: 0, by_hand: true });
    assert_eq!(admit(isolated, limits, &clock), (isolated, Admission::Isolated));
    let disabled = status(Phase::Disabled);
    assert_eq!(admit(disabled, limits, &clock), (disabled, Admission::Unrecorded));
    for phase in [isolated.phase, Phase::Disabled] {
        for outcome in OUTCOMES {
            let input = settled(Episode(7), outcome);
            assert_eq!(step(status(phase), input, limits, &clock).0, status(phase));
        }
    }
    assert_eq!(step(isolated, Input::ForceOpen, limits, &clock), (isolated, Effect::Done));
    assert_eq!(step(disabled, Input::Disable, limits, &clock), (disabled, Effect::Done));
}

#[test]
fn detached_breaker_works_on() {
    let clock = clock_at(0);
    let limits = limits(1, 1, 1);
    let mut now = step(status(Phase::Closed { failures: 0 }), Input::Detach, limits, &clock).0;
    assert!(now.detached);
    let input = settled(now.episode, Outcome::Failure);
    now = step(now, input, limits, &clock).0;
    assert!(now.detached && matches!(now.phase, Phase::Open { .. }));
}

/// From every reachable status, successes after the cooldown lead back to closed. A probe in flight
/// may end in any way, or never: the next caller then writes it off.
/// [H1, H2, H4]
#[test]
fn no_status_in_reach_is_a_dead_end() {
    for limits in all_limits() {
        for start in reachable(limits) {
            let clock = clock_at(2_000);
            let mut now = start;
            for _ in 0..16 {
                let settle =
                    |now: Status, outcome| step(now, ended(now, outcome), limits, &clock).0;
                let (admitted, admission) = admit(now, limits, &clock);
                now = match admission {
                    Admission::Recorded | Admission::Probe => settle(admitted, Outcome::Success),
                    Admission::Saturated => settle(admitted, Outcome::Ignored),
                    other => unreachable!("{other:?} long after the cooldown"),
                };
            }
            assert_eq!(now.phase, Phase::Closed { failures: 0 }, "from {start:?}");
        }
    }
}

/// Returns all statuses to which calls can lead, whatever their outcomes.
fn reachable(limits: Limits) -> Vec<Status> {
    let first = Status {
        episode: Episode(0),
        detached: false,
        tracking: Tracking::NONE,
        phase: Phase::Closed { failures: 0 },
    };
    let (mut found, mut queue) = (vec![first], VecDeque::from([first]));
    let mut seen = BTreeSet::from([format!("{:?}", first.phase)]);
    while let Some(now) = queue.pop_front() {
        for ms in [0, 1_000] {
            let clock = clock_at(ms);
            let mut next = vec![admit(now, limits, &clock).0];
            let is_out = match now.phase {
                Phase::Closed { .. } => true,
                Phase::HalfOpen { in_flight, .. } => in_flight > 0,
                _ => false,
            };
            if is_out {
                for outcome in OUTCOMES {
                    next.push(step(now, ended(now, outcome), limits, &clock).0);
                }
            }
            for next in next {
                if seen.insert(format!("{:?}", next.phase)) {
                    found.push(next);
                    queue.push_back(next);
                }
            }
        }
    }
    found
}

/// [`count_failure`] agrees with [`super::step`] on the failures that only count.
#[test]
fn failure_counted_in_the_word_is_the_step_of_that_failure() {
    let never = |_| -> Tick { unreachable!("it does not open") };
    let mut quick = 0;
    for threshold in [0, 1, 2, 3, 5, 100, u16::MAX - 1, u16::MAX] {
        let limits = Limits { threshold, probes: 1, success_threshold: 1 };
        for failures in [0, 1, 2, 3, 4, 98, 99, 100, u16::MAX - 2, u16::MAX - 1, u16::MAX] {
            for recorded in [false, true] {
                let tracking = Tracking { recorded, ..Tracking::NONE };
                let (episode, phase) = (Episode(7), Phase::Closed { failures });
                let status = Status { episode, detached: false, tracking, phase };
                let counted = count_failure(Word::pack(status), threshold);
                let trips = threshold > 0 && failures.saturating_add(1) >= threshold;
                assert_eq!(counted.is_none(), trips || failures == u16::MAX, "{status:?}");
                let Some(counted) = counted else { continue };
                let outcome = Outcome::Failure;
                let input = Input::Settle { episode, outcome, trips: false };
                let (next, effect) = crate::state::step::step(status, input, limits, never);
                assert_eq!((Word::pack(next), effect), (counted, Effect::Done), "{status:?}");
                quick += 1;
            }
        }
    }
    assert!(quick > 50, "{quick}");
}

#[test]
fn withdrawn_state_ends_unless_another_holds_it() {
    let limits = limits(1, 1, 1);
    let clock = clock_at(0);
    for phase in phases() {
        let before = status(phase);
        let (after, effect) = step(before, Input::Withdraw(before.episode), limits, &clock);
        assert_eq!(effect, Effect::Done);
        let expected = match phase {
            Phase::Isolated { handles: handles @ 1.., by_hand: true } => {
                status(Phase::Isolated { handles, by_hand: false })
            }
            Phase::Isolated { handles: 0, by_hand: true }
            | Phase::Disabled
            | Phase::Observing { .. } => enter_phase(before, Phase::Closed { failures: 0 }),
            _ => before,
        };
        assert_eq!(after, expected, "{phase:?}");
        for other in [0, before.episode.0 - 1, before.episode.0 + 1, u64::MAX] {
            let late = step(before, Input::Withdraw(Episode(other)), limits, &clock);
            assert_eq!(late, (before, Effect::Late), "{phase:?}");
        }
    }
}
