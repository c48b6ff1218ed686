//! The script of the outage: the service's phases, and their times.
//!
//! Every time in this program is the time since the start of the script, so
//! that the service, the load and the picture speak of the same moments.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

/// A phase of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Healthy,
    Overloaded,
    Down,
    Recovered,
}

impl Phase {
    pub(crate) fn is_sick(self) -> bool {
        matches!(self, Self::Overloaded | Self::Down)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Overloaded => "overloaded",
            Self::Down => "down",
            Self::Recovered => "recovered",
        })
    }
}

/// Phases, each with the point at which it ends, in thousandths of the script.
type Ends = &'static [(Phase, u32)];

/// The ends are odd, so that no phase changes just when a request is due.
const ENDS: Ends = &[
    (Phase::Healthy, 199),
    (Phase::Overloaded, 458),
    (Phase::Down, 657),
    (Phase::Recovered, 1000),
];

/// No downtime: the service cannot count connections that are refused.
#[cfg(feature = "fleet")]
const ENDS_OF_FLEET: Ends =
    &[(Phase::Healthy, 250), (Phase::Overloaded, 750), (Phase::Recovered, 1000)];

/// The start and the length of the script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    start: Instant,
    length: Duration,
    ends: Ends,
}

impl Script {
    pub(crate) fn start_now(length: Duration) -> Self {
        Self { start: Instant::now(), length, ends: ENDS }
    }

    /// The script of a service that a fleet calls.
    #[cfg(feature = "fleet")]
    pub(crate) fn of_fleet(length: Duration) -> Self {
        Self { ends: ENDS_OF_FLEET, ..Self::start_now(length) }
    }

    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Converts a time of the script to an instant for tokio's timers.
    pub(crate) fn instant(&self, at: Duration) -> tokio::time::Instant {
        (self.start + at).into()
    }

    /// The phases in order, with the times they cover.
    pub(crate) fn phases(&self) -> impl Iterator<Item = (Phase, Range<Duration>)> + use<> {
        let length = self.length;
        let mut from = Duration::ZERO;
        self.ends.iter().map(move |&(phase, end)| {
            let until = length * end / 1000;
            (phase, std::mem::replace(&mut from, until)..until)
        })
    }

    /// Returns the phase at a time; after the script's end, the last one.
    pub(crate) fn phase_at(&self, at: Duration) -> Phase {
        let found = self.phases().find(|(_, span)| span.contains(&at));
        found.map_or(Phase::Recovered, |(phase, _)| phase)
    }

    /// The service's downtime, if the script has one.
    pub(crate) fn downtime(&self) -> Option<Range<Duration>> {
        self.phases().find(|(phase, _)| *phase == Phase::Down).map(|(_, span)| span)
    }

    /// The time for which the service is sick.
    pub(crate) fn sick(&self) -> Range<Duration> {
        let mut sick = self.phases().filter(|(phase, _)| phase.is_sick()).map(|(_, span)| span);
        let first = sick.next().unwrap_or(self.length..self.length);
        first.start..sick.last().map_or(first.end, |last| last.end)
    }
}
