//! Tunings and clocks, drawn by lot.

use std::time::Duration;

use breakerbox::{Clock, Config, ConfigBuilder, ManualClock};
use fastrand::Rng;

pub(crate) const fn ms(length: u64) -> Duration {
    Duration::from_millis(length)
}

/// The clock of the breakers of one round.
pub(crate) enum Time {
    Real,
    ByHand(ManualClock),
}

impl Time {
    pub(crate) fn choose(rng: &mut Rng) -> (Clock, Self) {
        if rng.u8(..3) == 0 { (Clock::system(), Time::Real) } else { Self::by_hand() }
    }

    pub(crate) fn by_hand() -> (Clock, Self) {
        let (clock, hand) = Clock::manual();
        (clock, Time::ByHand(hand))
    }

    /// Lets time pass: sleeps, or moves the clock's hand.
    pub(crate) fn pass(&self, length: Duration) {
        match self {
            Time::Real => std::thread::sleep(length),
            Time::ByHand(hand) => hand.advance(length),
        }
    }
}

/// Draws any rule, any window and any cooldown, all of them short.
pub(crate) fn any(rng: &mut Rng) -> ConfigBuilder {
    loop {
        let config = pace(rules(Config::builder(), rng), rng);
        if config.build().is_ok() {
            return config;
        }
        // Two of the values conflict. Draws again.
    }
}

/// The part of a tuning that says when the breaker trips.
fn rules(config: ConfigBuilder, rng: &mut Rng) -> ConfigBuilder {
    let share = f64::from(rng.u8(1..=10)) / 10.0;
    let config = match rng.u8(..6) {
        0 => return config.threshold(rng.u64(1..=5)),
        1 => config.failure_rate(share).min_calls(rng.u64(1..=10)),
        2 => config.failure_count(rng.u64(1..=8)),
        3 => config.threshold(rng.u64(1..=20)).slow_call(ms(rng.u64(1..=600))),
        4 => config.slow_call(ms(rng.u64(1..=600))).slow_rate(share).min_calls(rng.u64(1..=10)),
        _ => config.threshold(rng.u64(1..=20)).failure_rate(share).failure_count(rng.u64(5..=9)),
    };
    match rng.u8(..3) {
        0 => config.window_calls(rng.u64(10..=2_000)),
        1 => config.window_time(ms(rng.u64(10..=5_000))),
        _ => config.window_buckets(ms(rng.u64(100..=5_000)), rng.u64(1..=60)),
    }
}

/// The part of a tuning that says how long the breaker stays open, and how it probes.
fn pace(config: ConfigBuilder, rng: &mut Rng) -> ConfigBuilder {
    let mut config = config
        .cooldown(ms(rng.u64(1..=10)))
        .probes(rng.u64(1..=4))
        .success_threshold(rng.u64(1..=4))
        .jitter(f64::from(rng.u8(..=2)) / 4.0);
    if rng.bool() {
        config = config.backoff(1.0 + f64::from(rng.u8(1..=8)) / 4.0).cooldown_max(ms(30));
        if rng.bool() {
            config = config.backoff_reset(ms(rng.u64(1..=50)));
        }
    }
    if rng.bool() { config.probe_timeout(ms(rng.u64(1..=30))) } else { config }
}
