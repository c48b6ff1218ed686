//! The [`Record`] that processes share about one breaker.

use core::time::Duration;

/// The longest time for which a record is open without a change. A cooldown that never ends is also
/// shared for this long at a time.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest step back of the clock that is taken as wavering, in milliseconds.
pub const WAVERING_MS: u64 = 1_000;

/// The latest moment that a record may hold: the end of the year 9999, in milliseconds.
pub(super) const LATEST_MS: u64 = 253_402_300_799_999;

/// The record of one breaker that processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// A random number from when the record is made. It tells successive records at one place
    /// apart.
    pub generation: u64,
    /// A number that each change of shape and each lease raises.
    pub epoch: u64,
    /// The moment of the last write, in milliseconds since 1970.
    pub at_ms: u64,
    /// Closed or open.
    pub shape: Shape,
}

/// The two shapes of a record. Half-open is none: a probe prolongs the open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Calls are let through.
    Closed {
        /// The failures in a row, of all processes.
        failures: u16,
        /// The moment at which the last failure was counted, in milliseconds since 1970.
        last_failure_ms: u64,
    },
    /// Calls are rejected until a moment; then one process may claim a lease and probe.
    Open {
        /// The end of the cooldown or of the lease, in milliseconds since 1970.
        until_ms: u64,
        /// The length of that cooldown or lease in milliseconds, at most [`LONGEST`].
        length_ms: u32,
        /// The number of times the record has opened in a row.
        openings: u16,
        /// The epoch in which this open began: by a trip, or by a probe that failed.
        began: u64,
    },
}

/// A record in one of its epochs. The stamp of a lease is the token of the process that probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The record's generation.
    pub generation: u64,
    /// The record's epoch.
    pub epoch: u64,
}

impl Record {
    /// Returns a closed record in its first epoch, with nothing counted. `generation` is a random
    /// number.
    #[must_use]
    pub fn new(generation: u64, now_ms: u64) -> Self {
        let shape = Shape::Closed { failures: 0, last_failure_ms: 0 };
        Self { generation, epoch: 0, at_ms: now_ms.min(LATEST_MS), shape }
    }

    /// Returns the stamp of the record's present epoch.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { generation: self.generation, epoch: self.epoch }
    }

    /// Returns how long the record stays open, or zero if it is due; `None` if it is closed.
    ///
    /// If the clock has gone back since the record was written, the cooldown or the lease begins
    /// anew. The store must write that down by [`Event::Look`](super::Event::Look); otherwise it
    /// begins anew at each look.
    #[must_use]
    pub fn remaining(&self, now_ms: u64) -> Option<Duration> {
        let Shape::Open { until_ms, length_ms, .. } = self.healed(now_ms).shape else {
            return None;
        };
        let left_ms = until_ms.saturating_sub(now_ms.min(LATEST_MS));
        Some(Duration::from_millis(left_ms.min(length_ms.into())))
    }

    /// Returns the failures in a row that still count: none if the record is open, or if the last
    /// failure is older than `forget_after`.
    #[must_use]
    pub fn failures(&self, now_ms: u64, forget_after: Duration) -> u16 {
        let Shape::Closed { failures, last_failure_ms } = self.healed(now_ms).shape else {
            return 0;
        };
        let age_ms = now_ms.saturating_sub(last_failure_ms);
        if u128::from(age_ms) > forget_after.as_millis() { 0 } else { failures }
    }

    /// Returns how many times the record has opened in a row, or zero if it is closed.
    #[must_use]
    pub fn openings(&self) -> u16 {
        match self.shape {
            Shape::Open { openings, .. } => openings,
            Shape::Closed { .. } => 0,
        }
    }

    /// Returns whether the clock has gone back since the record was written.
    #[must_use]
    pub fn is_from_the_future(&self, now_ms: u64) -> bool {
        now_ms.saturating_add(WAVERING_MS) < self.at_ms
    }

    /// Returns the record at this moment. If the clock has stepped back by more than a second, the
    /// cooldown or the lease begins anew: it lasts at most once more for its full length.
    pub(super) fn healed(mut self, now_ms: u64) -> Self {
        let now_ms = now_ms.min(LATEST_MS);
        if !self.is_from_the_future(now_ms) {
            // A wavering clock does not pull the moment of writing back; otherwise many small steps
            // would add up to a large one.
            self.at_ms = self.at_ms.max(now_ms);
            return self;
        }
        self.at_ms = now_ms;
        match &mut self.shape {
            Shape::Open { until_ms, length_ms, .. } => {
                *until_ms = now_ms.saturating_add((*length_ms).into());
            }
            Shape::Closed { last_failure_ms, .. } => {
                *last_failure_ms = now_ms.min(*last_failure_ms);
            }
        }
        self
    }
}
