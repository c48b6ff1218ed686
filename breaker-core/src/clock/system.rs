//! The system's monotonic clock, counted from the millisecond of the first reading.

use super::Tick;
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};

const NANOS: u64 = 1_000_000;

/// The millisecond of the first reading; zero before it.
static ORIGIN: AtomicU64 = AtomicU64::new(0);

#[inline]
pub(super) fn coarse() -> Tick {
    Tick::of_millis(coarse_millis().saturating_sub(origin()))
}

/// Returns the milliseconds of the coarse clock if it has been read before. The first reading would
/// be a function call, across which the caller would have to keep values in registers.
#[inline]
pub(super) fn coarse_again() -> Option<u64> {
    let now = coarse_millis();
    // Relaxed: the origin is read for its own sake.
    match ORIGIN.load(Ordering::Relaxed) {
        0 => None,
        origin => Some(now.saturating_sub(origin)),
    }
}

/// Returns the nanoseconds of the coarse clock.
#[inline]
pub(super) fn coarse_nanos() -> u64 {
    let now = trailing();
    // Relaxed: the origin is read for its own sake.
    match ORIGIN.load(Ordering::Relaxed) {
        0 => first_coarse_nanos(),
        origin => now.saturating_sub(origin * NANOS),
    }
}

/// Reads the clock again, so that the caller keeps no reading across the call.
#[cold]
fn first_coarse_nanos() -> u64 {
    let origin = origin();
    trailing().saturating_sub(origin * NANOS)
}

pub(super) fn now() -> Tick {
    Tick::floor(elapsed())
}

pub(super) fn stamp() -> Tick {
    Tick::ceil(elapsed())
}

pub(super) fn elapsed() -> Duration {
    Duration::from_nanos(precise().saturating_sub(origin() * NANOS))
}

#[inline]
fn origin() -> u64 {
    // Relaxed: the origin is read for its own sake.
    match ORIGIN.load(Ordering::Relaxed) {
        0 => begin(),
        origin => origin,
    }
}

#[cold]
fn begin() -> u64 {
    let now = (precise() / NANOS).max(1);
    // Relaxed: the origin publishes nothing else. If several threads race, the first swap sets it.
    match ORIGIN.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => now,
        Err(first) => first,
    }
}

#[cfg(target_os = "linux")]
use linux::{coarse_millis, precise, trailing};
#[cfg(not(target_os = "linux"))]
use portable::{coarse_millis, precise, precise as trailing};

#[cfg(target_os = "linux")]
mod linux {
    use rustix::time::{ClockId, clock_gettime};

    /// Returns whole milliseconds of the coarse clock.
    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the kernel's values are not negative, and `tv_nsec` is below a second"
    )]
    pub(super) fn coarse_millis() -> u64 {
        let time = clock_gettime(ClockId::MonotonicCoarse);
        let millis = time.tv_nsec as u32 / 1_000_000;
        (time.tv_sec as u64).wrapping_mul(1_000).wrapping_add(millis.into())
    }

    /// Returns nanoseconds of the coarse clock.
    #[inline]
    pub(super) fn trailing() -> u64 {
        nanos(ClockId::MonotonicCoarse)
    }

    /// Returns nanoseconds of the precise clock.
    pub(super) fn precise() -> u64 {
        nanos(ClockId::Monotonic)
    }

    /// Returns nanoseconds, 584 years at most.
    #[inline]
    #[allow(clippy::cast_sign_loss, reason = "the kernel's values are not negative")]
    fn nanos(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use std::sync::OnceLock;
    use std::time::Instant;

    pub(super) fn coarse_millis() -> u64 {
        precise() / super::NANOS
    }

    pub(super) fn precise() -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        let elapsed = START.get_or_init(Instant::now).elapsed();
        u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
    }
}
