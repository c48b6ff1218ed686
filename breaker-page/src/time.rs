//! Moments and lengths in the form of messages.

use std::time::{Duration, SystemTime};

/// Milliseconds since 1970.
pub(crate) type Millis = u64;

pub(crate) fn now() -> Millis {
    millis(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// Returns a length in whole milliseconds; the longest number stands for ever.
pub(crate) fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the moment that lies `length` before `now`.
pub(crate) fn before(now: Millis, length: Duration) -> Millis {
    now.saturating_sub(millis(length))
}
