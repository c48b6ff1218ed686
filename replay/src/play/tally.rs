//! The figures of a tuning.

use serde::Serialize;

/// Sums over all keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) admitted: u64,
    pub(crate) rejected: u64,
    /// Rejected calls that failed in the log, and the sum of their durations.
    pub(crate) saved_calls: u64,
    pub(crate) saved_ns: u64,
    /// Admitted calls that failed.
    pub(crate) reached_failures: u64,
    /// Rejected calls that were a success in the log.
    pub(crate) lost_calls: u64,
    pub(crate) rejected_ignored: u64,
    /// Transitions from closed to open, from half-open to open, and from half-open to closed.
    pub(crate) trips: u64,
    pub(crate) reopened: u64,
    pub(crate) probes: u64,
    pub(crate) closes: u64,
    /// The time not closed.
    pub(crate) open_ns: u64,
    /// The recovery delays: their sum, and the longest.
    pub(crate) late_ns: u64,
    pub(crate) late_max_ns: u64,
    /// The keys that are not closed at the end.
    pub(crate) open_at_end: u64,
}

impl Tally {
    /// Returns the gain by which tunings are compared.
    pub(crate) fn saved(&self, by_time: bool) -> u64 {
        if by_time { self.saved_ns } else { self.saved_calls }
    }

    /// Returns true if this is no worse than `other` in both figures, and better in one.
    pub(crate) fn beats(&self, other: &Self, by_time: bool) -> bool {
        let (one, two) = (self.saved(by_time), other.saved(by_time));
        let is_no_worse = one >= two && self.lost_calls <= other.lost_calls;
        is_no_worse && (one > two || self.lost_calls < other.lost_calls)
    }
}

/// Returns which of the tallies no other beats.
pub(crate) fn unbeaten(tallies: &[Tally], by_time: bool) -> Vec<bool> {
    let is_beaten = |one: &Tally| tallies.iter().any(|other| other.beats(one, by_time));
    tallies.iter().map(|one| !is_beaten(one)).collect()
}
