use super::*;
use crate::outcome::Outcome;
use crate::state::status::Phase;
use crate::state::step::{Input, Limits};

#[test]
fn moment_is_that_of_the_latest_episode() {
    let at = Tick::from_bits;
    let mask = EpisodeTick::EPISODE_MASK;
    for first in [0, 1, mask - 1, mask, mask + 1, 5 * mask] {
        let since = EpisodeTick::new(Episode(first), at(7));
        let next = since.next(Episode(first + 1), at(9)).unwrap();
        assert!(next.is_of(Episode(first + 1)) && !next.is_of(Episode(first)), "{first}");
        assert_eq!((since.tick(), next.tick()), (at(7), at(9)));
        assert!(next.next(Episode(first), at(11)).is_none(), "it is over");
        assert_eq!(since.next(Episode(first + 2), at(3)).unwrap().tick(), at(7));
    }
}

#[test]
fn moment_is_known_before_the_word_that_it_belongs_to() {
    let at = Tick::from_bits;
    let cell = StateCell::new(Tracking::NONE);
    cell.start_at(Episode(0), at(5));
    let before = cell.status();
    let after = Status { episode: Episode(1), phase: Phase::Open { until: at(1_010) }, ..before };
    cell.announce(before, after, at(11), |_| false);
    // Another thread that lost its swap, or is about to lose it.
    cell.announce(before, after, at(10), |_| false);
    cell.announce(before, after, at(12), |_| false);
    assert_eq!(
        (cell.since_of(before.episode), cell.since_of(after.episode)),
        (Some(at(5)), Some(at(10)))
    );
    cell.start_at(after.episode, at(10));
    assert_eq!((cell.since_of(before.episode), cell.since_of(after.episode)), (None, Some(at(10))));
    let next = Status { episode: Episode(2), ..before };
    cell.announce(after, next, at(20), |_| false);
    assert_eq!(cell.since_of(after.episode), Some(at(10)));
}

#[test]
fn forgotten_failures_are_the_step_of_a_success() {
    let limits = Limits { threshold: 9, probes: 1, success_threshold: 1 };
    let never = |_| -> Tick { unreachable!("it does not open") };
    for failures in [0, 1, 5, u16::MAX] {
        for recorded in [false, true] {
            let tracking = Tracking { recorded, ..Tracking::NONE };
            let (episode, phase) = (Episode(7), Phase::Closed { failures });
            let status = Status { episode, detached: false, tracking, phase };
            let input = Input::Settle { episode, outcome: Outcome::Success, trips: false };
            let (wanted, _) = step::step(status, input, limits, never);

            let cell = StateCell::new(tracking);
            cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
            let closed = Word::pack(status).without_failures();
            assert_eq!(cell.forget_failures(closed), Some(failures));
            assert_eq!(cell.forget_failures(closed), Some(0));
            assert_eq!(cell.status(), wanted);
        }
    }
}

#[test]
fn failures_of_another_episode_or_state_are_left_alone() {
    let closed = Phase::Closed { failures: 3 };
    for (number, phase) in [(8, closed), (7, Phase::Observing { failures: 3 })] {
        let status =
            Status { episode: Episode(number), detached: false, tracking: Tracking::NONE, phase };
        let cell = StateCell::new(Tracking::NONE);
        cell.atomic_word().atomic().store(Word::pack(status).0, Ordering::Relaxed);
        let mine = Status { episode: Episode(7), phase: closed, ..status };
        assert_eq!(cell.forget_failures(Word::pack(mine).without_failures()), None);
        let closed = Word::pack(mine).without_failures();
        assert!(!StateCell::count_failure(cell.atomic_word(), closed, 9));
        assert_eq!(cell.status(), status);
    }
}

#[test]
fn cooldown_began_when_its_own_deadline_was_set_and_no_other() {
    let at = Tick::from_bits;
    let cell = StateCell::new(Tracking::NONE);
    assert_eq!(cell.cooldown_began(at(100), at(10)), at(10));
    cell.replace_deadline(at(50), at(100));
    assert_eq!(cell.cooldown_began(at(100), at(10)), at(50));
    assert_eq!(cell.cooldown_began(at(100), at(60)), at(60), "it was of the state before");
    assert_eq!(cell.cooldown_began(at(200), at(10)), at(10), "it was another deadline");
}
