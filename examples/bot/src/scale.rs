//! Time runs fifty times as fast here as in life: a cooldown of 60 s takes 1.2 s.
//!
//! All times in this program are written as they would be in life, and pass
//! through this file. In a program of yours, `Duration::from_secs` stands there.

use std::time::Duration;

/// How many seconds of life pass in one second of the program.
pub const FACTOR: u64 = 50;

/// So many seconds of life.
#[must_use]
pub const fn seconds(life: u64) -> Duration {
    millis(life.saturating_mul(1000))
}

/// So many milliseconds of life.
#[must_use]
pub const fn millis(life: u64) -> Duration {
    Duration::from_micros(life.saturating_mul(1000) / FACTOR)
}
