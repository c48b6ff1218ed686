//! Races of calls that a window records.

use super::*;

#[test]
fn window_of_calls_trips_once_when_failures_come_together() {
    // [two failures are recorded at once, and neither thread sees the record of the other]
    explore(3, || {
        let config = Config::builder().failure_count(2).window_calls(3).cooldown(COOLDOWN);
        let (breaker, _hand) = breaker(config);
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn window_of_time_trips_once_when_failures_come_together() {
    explore(3, || {
        let window = Duration::from_secs(1);
        let config = Config::builder().failure_count(2).window_buckets(window, 1);
        let (breaker, _hand) = breaker(config.cooldown(COOLDOWN));
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn window_of_calls_trips_by_the_failure_that_fills_it() {
    // [a thread sees the failure of the other, but not its call]
    explore(3, || {
        let config = Config::builder().failure_rate(1.0).window_calls(2).cooldown(COOLDOWN);
        let (breaker, _hand) = breaker(config);
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn window_of_time_trips_by_the_failure_that_makes_enough() {
    explore(3, || {
        let window = Duration::from_secs(1);
        let config = Config::builder().failure_rate(1.0).min_calls(2).window_buckets(window, 1);
        let (breaker, _hand) = breaker(config.cooldown(COOLDOWN));
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failure_and_slow_call_at_once_are_both_judged() {
    // [each thread sees too few calls, or misses the record of the other]
    explore(3, || {
        let slow_call = Duration::from_millis(1);
        let config = Config::builder().failure_rate(0.5).slow_call(slow_call).slow_rate(0.5);
        let (breaker, hand) = breaker(config.window_calls(2).cooldown(COOLDOWN));
        let slow = acquire(&breaker).unwrap();
        hand.advance(slow_call);
        let failing = acquire(&breaker).unwrap();
        let other = thread::spawn(move || failing.failure());
        slow.success();
        other.join().unwrap();
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn window_moves_on_without_losing_or_keeping_a_record() {
    // A later bucket takes over the place of an earlier one while calls are recorded there.
    explore(2, || {
        let window = Duration::from_millis(10);
        let config = Config::builder().threshold(9).window_buckets(window, 1);
        let (breaker, hand) = breaker(config);
        breaker.try_acquire().unwrap().failure();
        hand.advance(Duration::from_millis(10));
        let other = spawn(&breaker, |breaker| breaker.try_acquire().unwrap().failure());
        breaker.try_acquire().unwrap().failure();
        other.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(2), Some(2)));
    });
}

#[test]
fn window_of_a_new_episode_has_no_record_of_an_old_one() {
    loom::model(|| {
        let config = Config::builder().threshold(9).window_calls(4);
        let (breaker, _hand) = breaker(config);
        let old = acquire(&breaker).unwrap();
        let reset = spawn(&breaker, |breaker| {
            breaker.reset();
            breaker.try_acquire().unwrap().success();
        });
        old.failure();
        reset.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(0)));
    });
}
