//! A threshold beside a window: each failure counts in both, and once.

use std::time::Duration;

use breakerbox::{Breaker, Clock, Config, ConfigBuilder, ManualClock, State};
use support::{COOLDOWN, MS, fail, succeed, trip};

fn breaker(config: ConfigBuilder) -> (Breaker, ManualClock) {
    let (clock, hand) = Clock::manual();
    let config = config.cooldown(COOLDOWN).build().unwrap();
    (Breaker::new("beside", config).with_clock(clock), hand)
}

/// Each window, beside no `slow_call` or one that no call reaches.
fn windows(config: ConfigBuilder) -> impl Iterator<Item = ConfigBuilder> {
    let windows = [config.window_calls(4), config.window_time(COOLDOWN)];
    windows.into_iter().flat_map(|config| [config, config.slow_call(Duration::from_secs(3_600))])
}

/// In a window of calls, the slot of such a failure has the right bits already.
#[test]
fn failure_that_replaces_a_failure_counts_towards_the_threshold() {
    for config in windows(Config::builder().failure_rate(1.0).min_calls(4).threshold(3)) {
        let (breaker, _) = breaker(config);
        fail(&breaker);
        succeed(&breaker);
        (0..2).for_each(|_| fail(&breaker));
        assert_eq!(breaker.snapshot().consecutive_failures, 2, "{config:?}");
        trip(&breaker);
    }
}

#[test]
fn failure_that_replaces_a_failure_is_judged_by_the_rate_of_now() {
    let rate = |rate| Config::builder().failure_rate(rate).window_calls(4);
    for extra in [|c: ConfigBuilder| c, |c: ConfigBuilder| c.threshold(9)] {
        let (breaker, _) = breaker(extra(rate(1.0)));
        fail(&breaker);
        succeed(&breaker);
        (0..2).for_each(|_| fail(&breaker));
        breaker.reconfigure(extra(rate(0.75)).build().unwrap());
        assert_eq!(breaker.state(), State::Closed);
        trip(&breaker);
    }
}

#[test]
fn first_failure_of_an_episode_trips_if_one_is_enough() {
    for config in windows(Config::builder().failure_rate(0.5).min_calls(1)) {
        let (breaker, _) = breaker(config);
        for _ in 0..3 {
            trip(&breaker);
            assert_eq!(breaker.snapshot().failures, Some(1), "{config:?}");
            breaker.reset();
        }
    }
}

#[test]
fn failures_in_a_row_are_counted_once_in_every_state_that_counts() {
    // Without a threshold, a window of calls counts them.
    let alone = Config::builder().failure_count(3).window_calls(4);
    for config in windows(alone.threshold(9)).chain([alone]) {
        let (breaker, _) = breaker(config);
        for (observe, last) in [(false, 2), (true, 6), (false, 2)] {
            let begin = if observe { Breaker::observe } else { Breaker::reset };
            begin(&breaker);
            for n in 1..=last {
                fail(&breaker);
                assert_eq!(breaker.snapshot().consecutive_failures, n, "{config:?}");
            }
            succeed(&breaker);
            assert_eq!(breaker.snapshot().consecutive_failures, 0, "{config:?}");
        }
    }
}

#[test]
fn threshold_trips_beside_a_window_that_cannot() {
    for config in windows(Config::builder().threshold(3)) {
        let (breaker, _) = breaker(config);
        for _ in 0..2 {
            (0..2).for_each(|_| fail(&breaker));
            succeed(&breaker);
            (0..2).for_each(|_| fail(&breaker));
            assert_eq!(breaker.state(), State::Closed);
            trip(&breaker);
            breaker.reset();
        }
    }
}

#[test]
fn cancelled_calls_that_were_slow_trip_by_the_slow_rate() {
    for config in windows(Config::builder().slow_rate(0.5).min_calls(2)) {
        let (breaker, hand) = breaker(config.slow_call(MS * 100));
        let [first, second] = [(); 2].map(|()| breaker.try_acquire().unwrap());
        hand.advance(MS * 100);
        drop(first);
        assert_eq!(breaker.state(), State::Closed);
        drop(second);
        assert_eq!(breaker.state(), State::Open, "{config:?}");
    }
}
