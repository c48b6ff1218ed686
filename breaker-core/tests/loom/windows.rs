//! Races of calls that a window records, by threads without a shard.

use super::hung::{FOUND, SLOW};
use super::*;

/// Lets two failures come at once. The second of them trips.
fn failures_come_together(config: ConfigBuilder, least: [usize; 1]) {
    explore(USUAL, least, move |role| {
        let (breaker, _hand) = breaker(config.cooldown(COOLDOWN));
        let [one, two] = permits(&breaker);
        role.race(|| one.failure(), || two.failure());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn window_of_calls_trips_once_when_failures_come_together() {
    // [two failures are recorded at once, and neither thread sees the other's record]
    failures_come_together(Config::builder().failure_count(2).window_calls(3), [300]);
}

#[test]
fn window_of_time_trips_once_when_failures_come_together() {
    let window = Duration::from_secs(1);
    failures_come_together(Config::builder().failure_count(2).window_buckets(window, 1), [6_800]);
}

#[test]
fn window_of_calls_trips_by_the_failure_that_fills_it() {
    // [a thread sees the other's failure, but not its call]
    failures_come_together(Config::builder().failure_rate(1.0).window_calls(2), [300]);
}

#[test]
fn window_of_time_trips_by_the_failure_that_makes_enough() {
    let window = Duration::from_secs(1);
    let config = Config::builder().failure_rate(1.0).min_calls(2).window_buckets(window, 1);
    failures_come_together(config, [6_800]);
}

/// Trips a window of two calls by its slow rate, or earlier by this failure rate.
fn failure_comes_beside_a_slow_call(failure_rate: f64, floors: [usize; 2]) {
    explore(SHALLOW, floors, move |role| {
        let slow_call = Duration::from_millis(1);
        let config = Config::builder().failure_rate(failure_rate);
        let config = config.slow_call(slow_call).slow_rate(0.5);
        let (breaker, hand) = breaker(config.window_calls(2).cooldown(COOLDOWN));
        let slow = acquire(&breaker).unwrap();
        hand.advance(slow_call);
        let failing = acquire(&breaker).unwrap();
        role.race(|| slow.success(), || failing.failure());
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failure_and_slow_call_at_once_are_both_judged() {
    // [each thread sees too few calls, or misses the other's record]
    failure_comes_beside_a_slow_call(0.5, [9_800, 1_000]);
}

#[test]
fn failure_that_fills_the_window_beside_a_slow_call_lets_the_slow_rate_trip() {
    // [the slow call sees too few calls, and the failure misses that the other call was slow]
    failure_comes_beside_a_slow_call(1.0, [6_800, 900]);
}

#[test]
fn late_failure_of_a_call_that_hung_beside_a_slow_call_that_fills_the_window_trips() {
    // [the late failure sees too few calls, and the slow call misses that failure]
    explore(SHALLOW, [280, 1_000], |role| {
        let config = Config::builder().failure_rate(0.3).slow_rate(1.0).min_calls(3);
        let (breaker, hand) = breaker(config.window_calls(3).slow_call(SLOW).cooldown(COOLDOWN));
        breaker.try_acquire().unwrap().success();
        let hung = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        // This call's admission finds the call that hangs.
        let slow = acquire(&breaker).unwrap();
        hand.advance(SLOW);
        role.race(|| hung.failure(), || slow.success());
        assert_eq!(breaker.state(), State::Open);
    });
}

/// Lets a later bucket take over the place of an earlier one while calls are recorded there.
fn window_moves_on(buckets: u32, least: [usize; 1]) {
    explore(SHALLOW, least, move |role| {
        let window = Duration::from_millis(10);
        let config = Config::builder().threshold(9).window_buckets(window, 1);
        let (breaker, hand) = breaker(config);
        breaker.try_acquire().unwrap().failure();
        hand.advance(window * buckets);
        role.race(on(&breaker, fail_one), on(&breaker, fail_one));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(2), Some(2)));
    });
}

#[test]
fn window_moves_on_without_losing_or_keeping_a_record() {
    window_moves_on(1, [3_500]);
}

#[test]
fn window_moves_on_by_half_a_round_without_losing_or_keeping_a_record() {
    // [an old count looks as fresh as the other thread's, and both are cleared]
    window_moves_on(1 << 31, [3_500]);
}

#[test]
fn window_of_a_new_episode_has_no_record_of_an_old_one() {
    explore(SHALLOW, [310, 1_700], |role| {
        let config = Config::builder().threshold(9).window_calls(4);
        let (breaker, _hand) = breaker(config);
        let old = acquire(&breaker).unwrap();
        let reset = on(&breaker, |breaker| {
            breaker.reset();
            breaker.try_acquire().unwrap().success();
        });
        role.race(|| old.failure(), reset);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(0)));
    });
}

#[test]
fn failure_after_a_new_rate_is_not_judged_by_that_of_before() {
    // [a limit from the old rate is stored after the new rate]
    explore(SHALLOW, [23_000, 60_000], |role| {
        let rate = |rate| Config::builder().failure_rate(rate).min_calls(2).window_calls(2);
        let (breaker, _hand) = breaker(rate(1.0).cooldown(COOLDOWN));
        let success = || breaker.try_acquire().unwrap().success();
        (0..2).for_each(|_| success());
        // The window is full, and this failure finds the limit.
        let failing = acquire(&breaker).unwrap();
        let change = on(&breaker, move |breaker| {
            breaker.reconfigure(rate(0.5).cooldown(COOLDOWN).build_const());
        });
        role.race(|| failing.failure(), change);
        if breaker.state() == State::Closed {
            success();
            breaker.try_acquire().unwrap().failure();
        }
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failure_of_an_old_episode_leaves_the_slots_of_the_new_one() {
    // [a thread finds a chunk of the new episode, but does not find that episode in the head yet]
    explore(SHALLOW, [1_000, 560], |role| {
        let (breaker, _hand) = breaker(Config::builder().failure_rate(1.0).window_calls(4));
        breaker.try_acquire().unwrap().failure();
        let old = acquire(&breaker).unwrap();
        let reset = on(&breaker, |breaker| {
            breaker.reset();
            fail_one(breaker);
        });
        role.race(|| old.failure(), reset);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(1)), "{snapshot:?}");
        assert_eq!(snapshot.consecutive_failures, 1);
    });
}
