//! A fixed piece of work, whose time shows the present speed of the core.

use std::hint::black_box;
use std::time::Instant;

/// The number of steps, each of which waits for the one before: some microseconds in all.
const STEPS: u32 = 4_000;

/// Returns the nanoseconds that the work took.
pub(super) fn probe() -> f64 {
    let start = Instant::now();
    let mut state = black_box(1_u64);
    for _ in 0..STEPS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).rotate_left(17);
    }
    black_box(state);
    nanoseconds(start.elapsed())
}

pub(super) fn nanoseconds(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
