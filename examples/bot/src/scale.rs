//! Time runs fifty times as fast here as in life: a cooldown of 60 s takes 1.2 s.
//!
//! The program states all times as in life, and converts them in this file. A program of yours
//! would call `Duration::from_secs` instead.

use std::time::Duration;

/// Seconds of life that pass in one second of the program.
pub const FACTOR: u64 = 50;

/// Scales seconds of life.
#[must_use]
pub const fn seconds(life: u64) -> Duration {
    millis(life.saturating_mul(1000))
}

/// Scales milliseconds of life.
#[must_use]
pub const fn millis(life: u64) -> Duration {
    Duration::from_micros(life.saturating_mul(1000) / FACTOR)
}
