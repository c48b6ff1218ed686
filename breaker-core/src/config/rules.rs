//! The ranges of the parameters, for the attribute and [`ConfigBuilder`](super::ConfigBuilder).

use core::ops::RangeInclusive;
use core::time::Duration;

/// `threshold`: consecutive failures that trip.
pub const THRESHOLD: RangeInclusive<u64> = 1..=65_535;
/// `failure_count`: failures in the window that trip.
pub const FAILURE_COUNT: RangeInclusive<u64> = 1..=1_000_000;
/// `window`, as a number of calls.
pub const WINDOW_CALLS: RangeInclusive<u64> = 1..=1_000_000;
/// `window`, as a time: from ten buckets of one millisecond to one day.
pub const WINDOW_TIME: RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(86_400);
/// `min_calls`: calls in the window before a rate is judged.
pub const MIN_CALLS: RangeInclusive<u64> = 1..=1_000_000;
/// `probes`: probes in flight at once in half-open.
pub const PROBES: RangeInclusive<u64> = 1..=255;
/// `success_threshold`: successful probes that close.
pub const SUCCESS_THRESHOLD: RangeInclusive<u64> = 1..=255;
/// Buckets of a window of time; a window of the attribute has ten.
pub const BUCKETS: RangeInclusive<u64> = 1..=60;
