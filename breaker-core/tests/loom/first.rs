//! Races of a breaker's first calls, which make the structures that later calls find.

use super::*;

/// Lets the first two calls fail at once. The second of them trips.
fn first_failures_come_together(config: ConfigBuilder, least: [usize; 1]) {
    explore(SHALLOW, least, move |role| {
        let (breaker, _hand) = fresh(config.cooldown(COOLDOWN));
        let [one, two] = permits(&breaker);
        role.race(|| one.failure(), || two.failure());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1), "{snapshot:?}");
    });
}

#[test]
fn first_failures_trip_by_a_window_of_calls() {
    // [each thread makes its own window, and records in it]
    first_failures_come_together(Config::builder().failure_count(2).window_calls(3), [6_900]);
}

#[test]
fn first_failures_trip_by_a_window_of_time() {
    let window = Duration::from_secs(1);
    let config = Config::builder().failure_count(2).window_buckets(window, 1);
    first_failures_come_together(config, [7_300]);
}

#[test]
fn first_timed_calls_are_both_found_to_hang() {
    explore(SHALLOW, [290], |role| {
        let slow_call = Duration::from_millis(800);
        let (breaker, hand) = fresh(Config::builder().threshold(9).slow_call(slow_call));
        let calls = role.race(on(&breaker, acquire), on(&breaker, acquire));
        hand.advance(slow_call * 9 / 8);
        acquire(&breaker).unwrap().ignore();
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        drop(calls);
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
    });
}

#[test]
fn reader_of_the_first_trip_finds_all_of_its_episode() {
    // [an open word is seen before the cold state with its beginning]
    explore(SHALLOW, [700, 1], |role| {
        let (breaker, hand) = fresh(config());
        hand.advance(Duration::from_secs(3_600));
        let failing = acquire(&breaker).unwrap();
        let read = on(&breaker, |breaker| breaker.snapshot());
        let ((), seen) = role.race(|| failing.failure(), read);
        if seen.state == State::Open {
            assert_eq!((seen.episode, seen.time_in_state), (1, Duration::ZERO));
        } else {
            assert_eq!((seen.state, seen.episode), (State::Closed, 0));
        }
    });
}

#[test]
fn first_trip_beside_a_control_makes_one_transition_each() {
    explore(SHALLOW, [680, 540], |role| {
        let (breaker, _hand) = fresh(config());
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), on(&breaker, |breaker| breaker.force_open()));
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.state, State::Isolated);
        // The failure was late, or it tripped before.
        assert_eq!(snapshot.episode + snapshot.late_outcomes, 2);
    });
}

#[test]
fn first_listener_beside_the_first_trip_hears_all_or_nothing_of_it() {
    explore(USUAL, [20, 20], |role| {
        let (breaker, _hand) = fresh(config());
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let listen = on(&breaker, |breaker| {
            breaker.on_event(move |event| {
                if let EventKind::Transition { from, to, .. } = event.kind {
                    log.lock().unwrap().push((event.episode, from, to));
                }
            })
        });
        let failing = acquire(&breaker).unwrap();
        let ((), subscription) = role.race(|| failing.failure(), listen);
        breaker.reset();
        let (trip, reset) = ((1, State::Closed, State::Open), (2, State::Open, State::Closed));
        let seen = seen.lock().unwrap().clone();
        assert!(seen == [trip, reset] || seen == [reset], "{seen:?}");
        drop(subscription);
    });
}
