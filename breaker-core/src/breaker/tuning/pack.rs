//! The layout of a tuning's words, and their making from a config.

use crate::clock::{Span, Tick};
use crate::config::{Config, Window};
use crate::window::Shape;

/// The lowest bit of the window's shape, which has 42 bits.
pub(super) const SHAPE: u32 = 22;
pub(super) const THRESHOLD: u64 = (1 << 16) - 1;
/// `failure_count` waits for `min_calls`.
pub(super) const COUNT_WAITS: u64 = 1 << 16;
/// No threshold is set and no call is timed, and the window of calls has the consecutive
/// failures.
pub(super) const CONSECUTIVE_IN_WINDOW: u64 = 1 << 17;
/// All calls are counted.
pub(super) const COUNT_CALLS: u64 = 1 << 18;
/// A link counts failures in a row. The flag is not part of a config, and stays when the config is
/// replaced.
pub(super) const LINK_COUNTS: u64 = 1 << 19;
/// A link counts failures, and a threshold is set: each failure asks the link before it is counted.
pub(super) const ASKS_LINK: u64 = 1 << 20;

/// The number of bits that a number of calls takes.
pub(super) const COUNT_BITS: u32 = 20;
pub(super) const COUNT: u64 = (1 << COUNT_BITS) - 1;
/// The number of low bits of `backoff_reset`, beside the counts. The high bits are beside the
/// probes.
pub(super) const RESET_LOW_BITS: u32 = 64 - 2 * COUNT_BITS;
/// `backoff_reset` is in seconds, not in milliseconds.
pub(super) const RESET_IN_SECONDS: u64 = 1 << 31;

/// Somebody listens to outcomes: calls are timed, with or without a `slow_call`.
pub(super) const HEARD: u64 = 1 << 63;
/// The `slow_call` of a config without one, if calls are timed for listeners: no call is slow.
pub(in crate::breaker) const NEVER_SLOW: u64 = HEARD - 1;

/// A jitter of one.
pub(super) const WHOLE: u64 = (1 << (64 - Tick::BITS)) - 1;

pub(super) const fn window(config: Config) -> u64 {
    let threshold = match config.threshold() {
        Some(threshold) => threshold as u64,
        None => 0,
    };
    let waits = if config.is_min_calls_given() { COUNT_WAITS } else { 0 };
    let shape = match config.window() {
        Some(Window::Calls(calls)) => Shape::calls(calls).bits(),
        Some(Window::Time { length, buckets }) => Shape::time(length, buckets).bits(),
        None => 0,
    };
    let consecutive = match (config.threshold(), config.window(), config.slow_call()) {
        (None, Some(Window::Calls(_)), None) => CONSECUTIVE_IN_WINDOW,
        _ => 0,
    };
    let counted = if config.count_calls() { COUNT_CALLS } else { 0 };
    threshold | waits | consecutive | counted | shape << SHAPE
}

pub(super) const fn counts(config: Config) -> u64 {
    let count = match config.failure_count() {
        Some(count) => count as u64,
        None => 0,
    };
    let reset = backoff_reset(config) << (2 * COUNT_BITS);
    count | (config.min_calls() as u64) << COUNT_BITS | reset
}

/// Packs `backoff_reset` into 32 bits: milliseconds up to 24 days, beyond that seconds, rounded up.
/// Zero stands for none.
const fn backoff_reset(config: Config) -> u64 {
    match config.backoff_reset() {
        Some(length) => {
            let ms = Span::new(length).bits();
            if ms < RESET_IN_SECONDS { ms } else { RESET_IN_SECONDS | ms.div_ceil(1_000) }
        }
        None => 0,
    }
}

pub(super) const fn failure_rate(config: Config) -> u64 {
    share(config.failure_rate())
}

pub(super) const fn slow_rate(config: Config) -> u64 {
    share(config.slow_rate())
}

const fn share(rate: Option<f64>) -> u64 {
    match rate {
        Some(rate) => rate.to_bits(),
        None => 0,
    }
}

/// Returns the word of the window with or without a link that counts.
pub(super) const fn with_link(window: u64, by_link: bool) -> u64 {
    let window = window & !(LINK_COUNTS | ASKS_LINK);
    match by_link {
        false => window,
        true if window & THRESHOLD > 0 => window | LINK_COUNTS | ASKS_LINK,
        true => window | LINK_COUNTS,
    }
}

/// Returns the word of `slow_call` with or without listeners.
pub(super) const fn with_listeners(word: u64, listen: bool) -> u64 {
    let nanos = word & NEVER_SLOW;
    match (nanos, listen) {
        (0 | NEVER_SLOW, false) => 0,
        (0, true) => HEARD | NEVER_SLOW,
        (_, true) => HEARD | nanos,
        (_, false) => nanos,
    }
}

pub(super) const fn slow_call(config: Config) -> u64 {
    match config.slow_call() {
        Some(length) => {
            let nanos = length.as_nanos();
            #[allow(clippy::cast_possible_truncation, reason = "compared just before")]
            if nanos < NEVER_SLOW as u128 { nanos as u64 } else { NEVER_SLOW - 1 }
        }
        None => 0,
    }
}

/// The jitter is rounded down: no cooldown is spread further than asked for.
pub(super) const fn cooldown(config: Config) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "it is from 0 to 1, and 24 bits are exact"
    )]
    let jitter = (config.jitter() * WHOLE as f64) as u64;
    Span::new(config.cooldown()).bits() | jitter << Tick::BITS
}

pub(super) const fn backoff(config: Config) -> u64 {
    config.backoff().to_bits()
}

pub(super) const fn cooldown_max(config: Config) -> u64 {
    let max = match config.cooldown_max() {
        Some(max) => Span::new(max).bits(),
        None => Span::FOREVER.bits(),
    };
    max | seed(config) << Tick::BITS
}

/// Keeps as many bits of the seed as there is room for. Zero stands for a seed of the process's
/// own.
const fn seed(config: Config) -> u64 {
    match config.jitter_seed() {
        Some(seed) => {
            let folded = (seed ^ seed >> 24 ^ seed >> 48) & WHOLE;
            if folded == 0 { WHOLE } else { folded }
        }
        None => 0,
    }
}

pub(super) const fn probes(config: Config) -> u64 {
    Span::new(config.probe_timeout()).bits()
        | (config.probes() as u64 | (config.success_threshold() as u64) << 8) << Tick::BITS
        | backoff_reset(config) >> RESET_LOW_BITS << (Tick::BITS + 16)
}
