//! The length of a bucket, and the bucket of a moment.

/// The length of a bucket. A `slow_call` of a few nanoseconds gets longer buckets, so that a ring
/// always has enough slots.
#[inline]
pub(super) const fn step(bound: u64) -> u64 {
    let eighth = bound / 8;
    if eighth < 8 { 8 } else { eighth }
}

/// Returns the number of the bucket of a moment: `time / step`, by the reciprocal of `step`. A
/// division would cost as much as a reading of the coarse clock.
#[inline]
pub(super) fn number(time: u64, step: u64, reciprocal: u64) -> u64 {
    #[allow(clippy::cast_possible_truncation, reason = "64 of 128 bits")]
    let less = ((u128::from(time) * u128::from(reciprocal)) >> 64) as u64;
    // The reciprocal is rounded down, and `time` has 60 bits, so `less` is at most one too low. If
    // reciprocal and step belong to two generations, it wraps, and the slot refuses the number.
    let rest = time.wrapping_sub(less.wrapping_mul(step));
    less.wrapping_add(u64::from(rest >= step))
}

/// Returns 2^64 divided by the length of a bucket, rounded down.
pub(super) const fn reciprocal(step: u64) -> u64 {
    u64::MAX / step
}
