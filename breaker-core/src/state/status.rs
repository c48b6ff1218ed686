//! The state of a breaker as its word stores it, unpacked.

use crate::clock::Tick;

/// The number of a period between two state changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Episode(pub(crate) u64);

impl Episode {
    /// Episodes have 40 bits.
    pub(super) const MASK: u64 = (1 << 40) - 1;

    pub(crate) const fn next(self) -> Self {
        Episode((self.0 + 1) & Self::MASK)
    }
}

/// The state of a breaker, with the counters of that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Closed { failures: u16 },
    Open { until: Tick },
    HalfOpen { in_flight: u8, successes: u8 },
    Isolated { handles: u16, by_hand: bool },
    Disabled,
    Observing { failures: u16 },
}

impl Phase {
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Phase::Open { .. })
    }
}

/// The treatment of calls beside the counting of consecutive failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tracking {
    /// Calls are timed.
    pub(crate) timed: bool,
    /// Calls are recorded in a window.
    pub(crate) recorded: bool,
    /// All calls are counted in the totals.
    pub(crate) counted: bool,
}

#[cfg(test)]
impl Tracking {
    pub(crate) const NONE: Tracking = Tracking { timed: false, recorded: false, counted: false };
}

/// A word, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) episode: Episode,
    pub(crate) detached: bool,
    pub(crate) tracking: Tracking,
    pub(crate) phase: Phase,
}

impl Status {
    /// Returns the failures that the totals read from the word: they are a closed breaker's that
    /// records no calls.
    pub(crate) fn failures_for_totals(&self) -> u16 {
        match self.phase {
            Phase::Closed { failures } if !self.tracking.recorded => failures,
            _ => 0,
        }
    }

    /// Returns whether the breaker is closed and counts failures.
    pub(crate) fn counts_failures(&self) -> bool {
        matches!(self.phase, Phase::Closed { failures: 1.. })
    }

    /// Clears the consecutive failures.
    pub(crate) fn forget_failures(&mut self) {
        if let Phase::Closed { failures } | Phase::Observing { failures } = &mut self.phase {
            *failures = 0;
        }
    }
}
