//! Tests of inputs from a link: each against every phase of small breakers.

use super::*;

fn at(ms: u64) -> Tick {
    Tick::from_bits(ms)
}

fn after(before: Status, input: Input, limits: Limits) -> (Status, Effect) {
    super::step(before, input, limits, &clock_at(1))
}

#[test]
fn opening_that_is_told_opens_closed_lengthens_or_replaces_open_and_leaves_the_rest() {
    for limits in all_limits() {
        for phase in phases() {
            let of_void = |void| (0..=6).map(move |until| (until, void));
            for ((until, void), replaces) in [None, Some(7), Some(6)]
                .into_iter()
                .flat_map(of_void)
                .flat_map(|told| [(told, false), (told, true)])
            {
                let before = status(phase);
                let input = Input::Told { until: at(until), void: void.map(Episode), replaces };
                let told = Phase::Open { until: at(until) };
                let opened = Status { episode: Episode(8), ..status(told) };
                let wanted = match phase {
                    Phase::Closed { .. } => (opened, Effect::Done),
                    Phase::HalfOpen { .. } if void == Some(7) => (opened, Effect::Done),
                    Phase::Open { until: found } if replaces || at(until) > found => {
                        (status(told), Effect::Done)
                    }
                    Phase::Observing { .. } => (before, Effect::WouldOpen),
                    _ => (before, Effect::Done),
                };
                assert_eq!(after(before, input, limits), wanted, "{input:?} in {phase:?}");
            }
        }
    }
}

#[test]
fn failures_that_are_heard_leave_one_to_go_and_change_a_closed_breaker_alone() {
    for limits in all_limits().chain([limits(0, 1, 1)]) {
        for (phase, heard) in
            phases().into_iter().flat_map(|phase| (0..=5).map(move |n| (phase, n)))
        {
            let before = status(phase);
            let most = limits.threshold.saturating_sub(1);
            for raises in [true, false] {
                let input = Input::Heard { failures: heard, raises };
                let wanted = match phase {
                    Phase::Closed { failures } if limits.threshold > 0 => {
                        let least = if raises { failures } else { 0 };
                        Phase::Closed { failures: heard.min(most).max(least) }
                    }
                    _ => phase,
                };
                assert_eq!(after(before, input, limits), (status(wanted), Effect::Done));
            }
        }
    }
}

#[test]
fn failure_that_is_heard_opens_nothing_and_the_next_one_of_its_own_does() {
    for limits in all_limits() {
        for failures in 0..limits.threshold {
            let before = status(Phase::Closed { failures });
            let heard = Input::Heard { failures: u16::MAX, raises: true };
            let (suspicious, _) = after(before, heard, limits);
            assert_eq!(suspicious.phase, Phase::Closed { failures: limits.threshold - 1 });
            assert_eq!(after(suspicious, heard, limits).0, suspicious, "a second rumour");
            let failure = settled(before.episode, Outcome::Failure);
            assert!(after(suspicious, failure, limits).0.phase.is_open());
            let success = settled(before.episode, Outcome::Success);
            let refuted = after(suspicious, success, limits).0;
            assert_eq!(refuted.phase, Phase::Closed { failures: 0 });
        }
    }
}

#[test]
fn answer_to_a_call_counts_in_the_episode_of_the_call_alone() {
    for limits in all_limits().chain([limits(0, 1, 1)]) {
        for (phase, episode) in
            phases().into_iter().flat_map(|phase| [6, 7, 8].map(|episode| (phase, episode)))
        {
            let (before, episode) = (status(phase), Episode(episode));
            let most = limits.threshold.saturating_sub(1);
            let closed = Status { episode: Episode(8), ..status(Phase::Closed { failures: 0 }) };
            let counted = Input::Counted { episode, failures: 2 };
            let wait = Input::Wait { episode, until: at(3) };
            for (input, in_time) in [
                (
                    counted,
                    match phase {
                        Phase::Closed { .. } if limits.threshold > 0 => {
                            status(Phase::Closed { failures: most.min(2) })
                        }
                        _ => before,
                    },
                ),
                (
                    wait,
                    match phase {
                        Phase::Open { until } => status(Phase::Open { until: until.max(at(3)) }),
                        _ => before,
                    },
                ),
                (
                    Input::Cleared(episode),
                    match phase {
                        Phase::Open { .. } | Phase::HalfOpen { .. } => closed,
                        _ => before,
                    },
                ),
            ] {
                let is_late = episode != before.episode;
                let wanted = if is_late { (before, Effect::Late) } else { (in_time, Effect::Done) };
                assert_eq!(after(before, input, limits), wanted, "{input:?} in {phase:?}");
            }
        }
    }
}

#[test]
fn linked_breaker_is_decided_as_any_other_but_for_its_probes() {
    for (limits, phase) in
        all_limits().flat_map(|limits| phases().into_iter().map(move |phase| (limits, phase)))
    {
        for ms in 0..=4 {
            let (clock, before) = (clock_at(ms), status(phase));
            let decide = |gate| super::super::admit(before, limits, gate, |_| clock.coarse());
            let free = decide(Gate::Free);
            for leased in [None, Some(6), Some(7), Some(8), Some(9)] {
                let is_leased = match phase {
                    Phase::Open { .. } => leased == Some(8),
                    _ => leased == Some(7),
                };
                let wanted = match (phase, free.1) {
                    // A lease begins a half-open even before the cooldown is over.
                    (Phase::Open { .. }, _) if is_leased => {
                        let first = Phase::HalfOpen { in_flight: 1, successes: 0 };
                        (Status { episode: Episode(8), ..status(first) }, Admission::Probe)
                    }
                    (_, Admission::Probe) if !is_leased => (before, Admission::Due),
                    _ => free,
                };
                let found = decide(Gate::Leased(leased.map(Episode)));
                assert_eq!(found, wanted, "{leased:?} in {phase:?}");
            }
        }
    }
}
