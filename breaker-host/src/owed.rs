//! Failures in a row that could not be written. The next failure writes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use breaker_core::shared::{Record, Stamp};

/// The number of failures in a row that could not be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    count: u16,
    /// The epoch of the record in which the failures happened; `None` if no record was known.
    stamp: Option<Stamp>,
    last_ms: u64,
}

impl Owed {
    /// Adds failures to those already owed in this epoch. Drops those of another epoch.
    pub(crate) fn add(owed: Option<Self>, count: u16, stamp: Option<Stamp>, last_ms: u64) -> Self {
        let before = owed.filter(|owed| owed.stamp == stamp).map_or(0, |owed| owed.count);
        Self { count: before.saturating_add(count), stamp, last_ms }
    }

    /// Returns the number of owed failures that count in this record: 0 in another epoch, and 0 if
    /// the last is older than `forget_after`.
    pub(crate) fn count(&self, record: &Record, now_ms: u64, forget_after: Duration) -> u16 {
        let is_current = record.epoch == 0 || self.stamp == Some(record.stamp());
        let age_ms = now_ms.saturating_sub(self.last_ms);
        let is_old = u128::from(age_ms) > forget_after.as_millis();
        if is_current && !is_old { self.count } else { 0 }
    }
}

/// Failures of threads that could not lock the process's memory of the record. The low 16 bits hold
/// their number, and the bits above it the time of the last, in milliseconds since 1970. One word
/// keeps the two consistent; no other memory is read after it.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicU64);

impl Waiting {
    pub(crate) fn add(&self, now_ms: u64) {
        let add = |waiting: u64| {
            let count = (waiting & u64::from(u16::MAX)).saturating_add(1);
            Some(now_ms << 16 | count.min(u16::MAX.into()))
        };
        // `add` always returns a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes the failures out: their number, and the time of the last.
    pub(crate) fn take(&self) -> Option<(u16, u64)> {
        let waiting = self.0.swap(0, Ordering::Relaxed);
        let count = u16::try_from(waiting & u64::from(u16::MAX)).unwrap_or(u16::MAX);
        (count > 0).then_some((count, waiting >> 16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn failures_count_in_their_epoch_and_for_a_time() {
        let record = Record { epoch: 4, ..Record::new(7, 0) };
        let owed = Owed::add(None, 2, Some(record.stamp()), 1_000);
        let owed = Owed::add(Some(owed), 1, Some(record.stamp()), 2_000);
        assert_eq!(owed.count(&record, 62_000, MINUTE), 3);
        assert_eq!(owed.count(&record, 62_001, MINUTE), 0, "a minute after the last one");
        assert_eq!(owed.count(&Record { epoch: 5, ..record }, 2_000, MINUTE), 0);
        assert_eq!(owed.count(&Record::new(9, 0), 2_000, MINUTE), 3, "the first of its name");
        let owed = Owed::add(Some(owed), 1, None, 3_000);
        assert_eq!(owed.count(&Record::new(9, 0), 3_000, MINUTE), 1, "of another epoch");
    }

    #[test]
    fn failures_that_wait_keep_the_moment_of_the_last() {
        let waiting = Waiting::default();
        assert_eq!(waiting.take(), None);
        let now_ms = crate::entry::now_ms();
        waiting.add(now_ms - 5);
        waiting.add(now_ms);
        assert_eq!(waiting.take(), Some((2, now_ms)));
        assert_eq!(waiting.take(), None);
    }
}
