//! The changes of the record.

use core::time::Duration;

use super::record::{LATEST_MS, LONGEST, Record, Shape, Stamp};

/// An event in a process, or a question from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process has read the record. Writes it down if the clock has gone back.
    Look,
    /// A call through a closed breaker failed. The failure counts, and opens at the threshold.
    Fail {
        /// The number of failures since the process last reported one: more than one if the store
        /// could not be reached.
        failures: u16,
        /// The stamp that the process knew when it admitted the call; `None` if it knew no record.
        seen: Option<Stamp>,
        /// The number of failures in a row that opens. With zero, failures are not counted.
        threshold: u16,
        /// The time for which this failure would open the record.
        cooldown: Duration,
        /// The number of times in a row that the record would then have opened: more than one if an
        /// earlier outage is not forgotten yet.
        openings: u16,
        /// The age beyond which failures no longer count.
        forget_after: Duration,
    },
    /// A call through a closed breaker succeeded while failures were counted.
    Succeed {
        /// The stamp that the process knew when it admitted the call; `None` if it knew no record.
        seen: Option<Stamp>,
    },
    /// A process wants to probe. It is granted the lease if the cooldown, or the lease before, is
    /// over.
    Claim {
        /// The time for which no other process may probe.
        lease: Duration,
    },
    /// The process that probes needs more time.
    Renew {
        /// The stamp of its lease.
        token: Stamp,
        /// The time from now for which no other process may probe.
        lease: Duration,
    },
    /// The probe had no result: it was cancelled, ignored or never begun. Another may begin now.
    Back {
        /// The stamp of its lease.
        token: Stamp,
    },
    /// Enough probes succeeded. The record closes.
    Recover {
        /// The stamp of the lease.
        token: Stamp,
    },
    /// A probe failed. The record opens for the next cooldown.
    Relapse {
        /// The stamp of the lease.
        token: Stamp,
        /// The next cooldown, by the config of the process that probed.
        cooldown: Duration,
    },
    /// A process has tripped by knowledge that it alone has: by a rate, or by a failure that trips.
    Trip {
        /// The time for which the record stays open.
        cooldown: Duration,
        /// The number of times in a row that it has now opened, if the record is closed.
        openings: u16,
    },
    /// The breaker was reset by hand. The record closes, with nothing counted.
    Reset,
}

/// The effect of an [`Event`] on the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The event counts for nothing, and the record is unchanged.
    None,
    /// The record has changed.
    Changed,
    /// This failure has opened the record.
    Tripped,
    /// The caller has the lease. Its token is the record's stamp.
    Granted,
}

/// Applies an event at the moment `now_ms`, in milliseconds since 1970 of the store's clock.
///
/// If the effect is [`Effect::None`], there is nothing to write.
#[must_use]
pub fn step(record: Record, event: Event, now_ms: u64) -> (Record, Effect) {
    let now_ms = now_ms.min(LATEST_MS);
    let healed = record.healed(now_ms);
    match apply(healed, event, now_ms) {
        Some(after) => after,
        None if healed.shape != record.shape => (healed, Effect::Changed),
        None => (record, Effect::None),
    }
}

/// Returns the record after the event, or `None` if the event counts for nothing.
fn apply(record: Record, event: Event, now_ms: u64) -> Option<(Record, Effect)> {
    let changed = |record| Some((record, Effect::Changed));
    match (event, record.shape) {
        (
            Event::Fail { failures, seen, threshold, cooldown, openings, forget_after },
            Shape::Closed { .. },
        ) if threshold > 0 && is_current(record, seen) => {
            let failures = record.failures(now_ms, forget_after).saturating_add(failures.max(1));
            if failures >= threshold {
                return Some((opened(record, openings, cooldown, now_ms), Effect::Tripped));
            }
            let shape = Shape::Closed { failures, last_failure_ms: now_ms };
            changed(Record { shape, ..record })
        }
        (Event::Succeed { seen }, Shape::Closed { failures: 1.., .. })
            if is_current(record, seen) =>
        {
            let shape = Shape::Closed { failures: 0, last_failure_ms: 0 };
            changed(Record { shape, ..record })
        }
        (Event::Claim { lease }, Shape::Open { until_ms, openings, began, .. })
            if now_ms >= until_ms =>
        {
            let (until_ms, length_ms) = after(lease, now_ms);
            let shape = Shape::Open { until_ms, length_ms, openings, began };
            Some((next(record, shape), Effect::Granted))
        }
        (Event::Renew { token, lease }, Shape::Open { until_ms, openings, began, .. })
            if holds(record, token) =>
        {
            let (later_ms, length_ms) = after(lease, now_ms);
            let shape = Shape::Open { until_ms: later_ms, length_ms, openings, began };
            if later_ms > until_ms { changed(Record { shape, ..record }) } else { None }
        }
        (Event::Back { token }, Shape::Open { until_ms, length_ms, openings, began })
            if holds(record, token) && until_ms > now_ms =>
        {
            let shape = Shape::Open { until_ms: now_ms, length_ms, openings, began };
            changed(Record { shape, ..record })
        }
        (Event::Recover { token }, Shape::Open { .. }) if counts(record, token) => {
            changed(closed(record))
        }
        (Event::Relapse { token, cooldown }, Shape::Open { openings, .. })
            if counts(record, token) =>
        {
            changed(opened(record, openings.saturating_add(1), cooldown, now_ms))
        }
        (Event::Trip { cooldown, openings }, Shape::Closed { .. }) => {
            changed(opened(record, openings, cooldown, now_ms))
        }
        (Event::Trip { cooldown, .. }, Shape::Open { until_ms, openings, .. })
            if now_ms >= until_ms =>
        {
            changed(opened(record, openings.saturating_add(1), cooldown, now_ms))
        }
        (Event::Trip { cooldown, .. }, Shape::Open { until_ms, openings, began, .. }) => {
            let (later_ms, length_ms) = after(cooldown, now_ms);
            let shape = Shape::Open { until_ms: later_ms, length_ms, openings, began };
            if later_ms > until_ms { changed(Record { shape, ..record }) } else { None }
        }
        (Event::Reset, Shape::Open { .. } | Shape::Closed { failures: 1.., .. }) => {
            changed(closed(record))
        }
        _ => None,
    }
}

/// Returns whether the outcome of a call that began at that stamp counts. A record that has never
/// opened has no calls from an earlier epoch.
fn is_current(record: Record, seen: Option<Stamp>) -> bool {
    record.epoch == 0 || seen == Some(record.stamp())
}

/// Returns whether the token names the last lease, in an open that is not over.
fn holds(record: Record, token: Stamp) -> bool {
    token == record.stamp() && counts(record, token)
}

/// Returns whether the token names a lease that was granted since this open began.
fn counts(record: Record, token: Stamp) -> bool {
    let Shape::Open { began, .. } = record.shape else { return false };
    token.generation == record.generation && token.epoch > began && token.epoch <= record.epoch
}

fn closed(record: Record) -> Record {
    next(record, Shape::Closed { failures: 0, last_failure_ms: 0 })
}

fn opened(record: Record, openings: u16, cooldown: Duration, now_ms: u64) -> Record {
    let (until_ms, length_ms) = after(cooldown, now_ms);
    let began = record.epoch.saturating_add(1);
    next(record, Shape::Open { until_ms, length_ms, openings, began })
}

/// Returns the record in its next epoch.
fn next(record: Record, shape: Shape) -> Record {
    Record { epoch: record.epoch.saturating_add(1), shape, ..record }
}

/// Returns the moment at the end of this time, and the time in milliseconds, rounded up.
fn after(time: Duration, now_ms: u64) -> (u64, u32) {
    let ms = time.min(LONGEST).as_nanos().div_ceil(1_000_000);
    let ms = u32::try_from(ms).unwrap_or(u32::MAX);
    (now_ms.saturating_add(ms.into()), ms)
}
