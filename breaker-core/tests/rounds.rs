//! Tests of numbers that wrap around after a very long time.
#![cfg(not(breaker_loom))]

use std::time::Duration;

use breaker_core::{Breaker, Clock, Config, ConfigBuilder, ManualClock, State};

fn breaker(config: ConfigBuilder) -> (Breaker, ManualClock) {
    let (clock, hand) = Clock::manual();
    (Breaker::new("rounds", config.build_const()).with_clock(clock), hand)
}

fn fail(breaker: &Breaker) {
    breaker.try_acquire().unwrap().failure();
}

/// Bucket numbers have 32 bits.
#[test]
fn window_counts_before_the_numbers_of_its_buckets_come_round() {
    let window = Duration::from_millis(100);
    for before in [60_000, 1_000, 20, 1, 0] {
        let (breaker, hand) = breaker(Config::builder().failure_count(3).window_time(window));
        hand.advance(Duration::from_millis(10 * ((1 << 32) - before)));
        (0..3).for_each(|_| fail(&breaker));
        assert_eq!(breaker.state(), State::Open, "{before} buckets before");
    }
}

/// The shift from the clock to the window's time line grows with every episode.
#[test]
fn bucket_begins_with_its_episode_when_the_shift_comes_round() {
    let day = Duration::from_secs(86_400);
    let (breaker, hand) = breaker(Config::builder().failure_count(2).window_buckets(day, 1));
    hand.advance(Duration::from_millis(12_345));
    for episode in 0..110_000 {
        breaker.reset();
        (0..2).for_each(|_| fail(&breaker));
        assert_eq!(breaker.state(), State::Open, "{episode}");
    }
}

/// Slots store the lowest 20 bits of their episode.
#[test]
fn slot_of_an_episode_long_ago_is_empty() {
    let (breaker, _) = breaker(Config::builder().failure_count(5).window_calls(100));
    let succeed = || breaker.try_acquire().unwrap().success();
    breaker.reset();
    (0..22).for_each(|_| succeed());
    (0..4).for_each(|_| fail(&breaker));
    let before = breaker.snapshot().episode;
    breaker.reset();
    fail(&breaker);
    (1..1 << 20).for_each(|_| breaker.reset());
    assert_eq!(breaker.snapshot().episode, before + (1 << 20));

    (0..22).for_each(|_| succeed());
    (0..5).for_each(|_| fail(&breaker));
    assert_eq!(breaker.state(), State::Open);
}
