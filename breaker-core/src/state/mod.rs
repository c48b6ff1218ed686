//! The states of a breaker, and the machine that moves between them.
//!
//! ```text
//!              threshold, window or trip
//!   closed ───────────────────────────────▶ open ◀──────────────┐
//!     ▲                                      │ first call after │ a probe
//!     │ success_threshold probes succeed     ▼ the cooldown     │ fails
//!     └──────────────────────────────── half-open ──────────────┘
//!
//!   any ── force_open, isolate ─▶ isolated      any ── disable ─▶ disabled
//!   any ── reset ─▶ closed, nothing counted     any ── observe ─▶ observing
//!   isolated ── last handle dropped ─▶ closed
//!   closed ── open elsewhere ─▶ open            open, half-open ── closed elsewhere ─▶ closed
//!   half-open ── open elsewhere, and its probes decide nothing any more ─▶ open
//! ```
//!
//! Each change to another state begins a new episode, and so does each reset. [`word`] packs a
//! state and its counters into the one `u64` that decides admission; [`step`] defines how an input
//! changes them.

pub(crate) mod status;
pub(crate) mod step;
pub(crate) mod word;

use core::fmt;

use status::Phase;

/// The state of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum State {
    /// Calls pass, failures are counted.
    Closed,
    /// Calls are rejected until the cooldown is over.
    Open,
    /// A few calls pass as probes, to find out whether the service works again.
    HalfOpen,
    /// The program holds the breaker open: calls are rejected.
    Isolated,
    /// Calls pass, nothing is recorded.
    Disabled,
    /// Calls pass and are recorded, but the breaker does not open.
    Observing,
}

impl State {
    /// All states.
    pub const ALL: [State; 6] =
        [Self::Closed, Self::Open, Self::HalfOpen, Self::Isolated, Self::Disabled, Self::Observing];

    /// Returns `closed`, `open`, `half-open`, `isolated`, `disabled` or `observing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::Isolated => "isolated",
            Self::Disabled => "disabled",
            Self::Observing => "observing",
        }
    }

    /// Returns the state's place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
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
            Phase::Isolated { .. } => Self::Isolated,
            Phase::Disabled => Self::Disabled,
            Phase::Observing { .. } => Self::Observing,
        }
    }
}
