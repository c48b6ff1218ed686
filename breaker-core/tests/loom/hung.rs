//! Races of timed calls that hang.
//!
//! Loom does not know that no store comes between the two halves of a swap. So no model begins a
//! new episode beside the end of a timed call: a new episode stores to the slots that the end
//! swaps.

use super::shards::in_shard;
use super::*;

pub(crate) const SLOW: Duration = Duration::from_millis(800);
pub(crate) const FOUND: Duration = Duration::from_millis(900);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) fn timed() -> ConfigBuilder {
    Config::builder().threshold(9).slow_call(SLOW).cooldown(COOLDOWN)
}

/// Asks for admission, which counts the calls that hang, and ignores the call.
pub(crate) fn ask(breaker: &Arc<Breaker>) {
    acquire(breaker).unwrap().ignore();
}

#[test]
fn call_that_returns_as_it_is_found_to_hang_is_slow_once() {
    explore(Depth::All, [21, 18], |role| {
        let (breaker, hand) = breaker(timed());
        let hanging = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        role.race(|| hanging.success(), on(&breaker, ask));
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn two_calls_that_ask_at_once_count_a_hanging_call_once() {
    explore(USUAL, [600], |role| {
        let (breaker, hand) = breaker(timed());
        let hanging = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        role.race(on(&breaker, ask), on(&breaker, ask));
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        drop(hanging);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn call_that_begins_beside_a_sweep_is_found_later() {
    explore(USUAL, [95], |role| {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let begun = role.race(on(&breaker, acquire), on(&breaker, acquire));
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
        drop((first, begun));
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
    });
}

/// Each shard has yet to make its ring.
#[test]
fn call_that_begins_in_another_shard_beside_a_sweep_is_found_later() {
    explore(USUAL, [90], |role| {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let begin = |shard| in_shard(Some(shard), on(&breaker, acquire));
        let begun = role.race(begin(0), begin(1));
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
        drop((first, begun));
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
    });
}

#[test]
fn call_of_an_episode_that_ends_meanwhile_is_not_found_in_the_next() {
    explore(USUAL, [7, 17], |role| {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        role.race(on(&breaker, ask), on(&breaker, |breaker| breaker.reset()));
        ask(&breaker);
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
        first.failure();
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

#[test]
fn hanging_probe_fails_once() {
    explore(USUAL, [140, 480], |role| {
        let (breaker, hand) = ripe(config().slow_call(SLOW).backoff(2.0));
        let probe = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        role.race(|| probe.success(), on(&breaker, |breaker| drop(acquire(breaker))));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 3));
        assert_eq!(snapshot.cooldown, Some(2 * COOLDOWN));
    });
}

#[test]
fn call_that_returns_beside_a_change_of_slow_call_counts_once() {
    for takes in [Duration::from_millis(10), FOUND] {
        explore(USUAL, [1_000, 7_300], move |role| {
            let (breaker, hand) = breaker(timed());
            let call = acquire(&breaker).unwrap();
            hand.advance(takes);
            let change = on(&breaker, |breaker| {
                breaker.reconfigure(timed().slow_call(2 * SLOW).build_const());
                ask(breaker);
            });
            role.race(|| call.failure(), change);
            hand.advance(3 * SLOW);
            ask(&breaker);
            assert_eq!(breaker.snapshot().consecutive_failures, 1);
        });
    }
}

#[test]
fn call_that_begins_beside_a_change_of_slow_call_ends_where_it_began() {
    // [it begins in a bucket of the old length, and ends in a bucket of the new length]
    explore(USUAL, [110, 1_600], |role| {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(SLOW / 2);
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(timed().slow_call(2 * SLOW).build_const());
            acquire(breaker)
        });
        let (call, newer) = role.race(on(&breaker, acquire), change);
        drop(call);
        hand.advance(3 * SLOW);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        drop((first, newer));
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn call_that_begins_beside_a_new_episode_hangs_in_its_own() {
    explore(USUAL, [280, 1_200], |role| {
        let (breaker, hand) = breaker(timed());
        ask(&breaker);
        let renew = on(&breaker, |breaker| {
            breaker.reset();
            ask(breaker);
        });
        let (call, ()) = role.race(on(&breaker, acquire), renew);
        hand.advance(FOUND);
        ask(&breaker);
        let found = breaker.snapshot().consecutive_failures;
        call.unwrap().failure();
        let late = breaker.snapshot().late_outcomes;
        assert_eq!(u64::from(found) + late, 1, "found {found}, late {late}");
    });
}

#[test]
fn call_that_begins_beside_a_shorter_slow_call_is_found() {
    // [a bucket of the new length looks later than all that were swept with the old length]
    explore(USUAL, [1_200, 8_500], |role| {
        let (breaker, hand) = breaker(timed());
        hand.advance(HOUR);
        ask(&breaker);
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(timed().slow_call(SLOW / 2).build_const());
            ask(breaker);
        });
        let (call, ()) = role.race(on(&breaker, acquire), change);
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        call.unwrap().failure();
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn call_that_begins_beside_a_longer_slow_call_is_found() {
    // [a bucket of the old length looks later than any of the new length]
    explore(USUAL, [1_200, 8_500], |role| {
        let (breaker, hand) = breaker(timed());
        hand.advance(HOUR);
        ask(&breaker);
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(timed().slow_call(2 * SLOW).build_const());
            ask(breaker);
        });
        let (call, ()) = role.race(on(&breaker, acquire), change);
        hand.advance(3 * SLOW);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        call.unwrap().failure();
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn call_that_begins_long_after_a_shorter_slow_call_is_found() {
    // [nothing is due yet by the old length, and the bucket is too far from the swept ones]
    explore(USUAL, [140, 1_600], |role| {
        let (breaker, hand) = breaker(timed().slow_call(HOUR));
        ask(&breaker);
        let later = hand.clone();
        let begin = on(&breaker, move |breaker| {
            later.advance(4 * SLOW);
            acquire(breaker)
        });
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(timed().build_const());
            acquire(breaker)
        });
        let (call, newer) = role.race(begin, change);
        hand.advance(HOUR);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        call.unwrap().failure();
        drop(newer);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn call_that_returns_beside_a_shorter_slow_call_counts_once() {
    // [its end is taken off a bucket of the new length]
    explore(USUAL, [1_000, 7_300], |role| {
        let (breaker, hand) = breaker(timed());
        hand.advance(HOUR);
        let call = acquire(&breaker).unwrap();
        let change = on(&breaker, |breaker| {
            breaker.reconfigure(timed().slow_call(SLOW / 2).build_const());
            ask(breaker);
        });
        role.race(|| call.failure(), change);
        hand.advance(3 * SLOW);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}
