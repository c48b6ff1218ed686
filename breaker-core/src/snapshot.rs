//! What a breaker shows of itself.

use core::fmt;
use core::time::Duration;

use crate::clock::Tick;
use crate::name::Name;
use crate::word::{Phase, Status};

/// The state of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Calls pass, failures are counted.
    Closed,
    /// Calls are rejected until the cooldown is over.
    Open,
    /// A few calls pass, to see whether the service is back.
    HalfOpen,
    /// Held open by hand.
    Isolated,
    /// Calls pass, nothing is recorded.
    Disabled,
}

impl State {
    /// `closed`, `open`, `half-open`, `isolated` or `disabled`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::Isolated => "isolated",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Phase> for State {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Closed { .. } => Self::Closed,
            Phase::Open { .. } => Self::Open,
            Phase::HalfOpen { .. } => Self::HalfOpen,
            Phase::Isolated => Self::Isolated,
            Phase::Disabled => Self::Disabled,
        }
    }
}

/// A breaker at one moment, from [`Breaker::snapshot`](crate::Breaker::snapshot).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The breaker's name.
    pub name: Name,
    /// Its state.
    pub state: State,
    /// How many state changes there have been.
    pub episode: u64,
    /// Failures in a row, while closed.
    pub consecutive_failures: u16,
    /// Probes that are out, while half-open.
    pub probes_in_flight: u8,
    /// Probes that have succeeded, while half-open.
    pub probe_successes: u8,
    /// Calls rejected since the breaker was made.
    pub rejections: u64,
    /// Outcomes dropped, since the breaker was made, because they came after
    /// the end of the episode they belonged to, or of the probe's time.
    pub late_outcomes: u64,
    /// For how long the state has held, in whole milliseconds.
    pub time_in_state: Duration,
    /// What is left of the cooldown, in whole milliseconds: zero if it is over
    /// and no call has come yet, `None` if the breaker is not open or its
    /// cooldown never ends.
    pub remaining_cooldown: Option<Duration>,
}

impl Snapshot {
    pub(crate) fn new(
        name: Name,
        status: Status,
        now: Tick,
        since: Tick,
        rejections: u64,
        late_outcomes: u64,
    ) -> Self {
        let mut snapshot = Self {
            name,
            state: State::from(status.phase),
            episode: status.episode.0,
            consecutive_failures: 0,
            probes_in_flight: 0,
            probe_successes: 0,
            rejections,
            late_outcomes,
            time_in_state: now.since(since),
            remaining_cooldown: None,
        };
        match status.phase {
            Phase::Closed { failures } => snapshot.consecutive_failures = failures,
            Phase::Open { until } => snapshot.remaining_cooldown = until.remaining(now, since),
            Phase::HalfOpen { in_flight, successes } => {
                snapshot.probes_in_flight = in_flight;
                snapshot.probe_successes = successes;
            }
            Phase::Isolated | Phase::Disabled => {}
        }
        snapshot
    }
}
