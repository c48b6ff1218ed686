//! Events, and their delivery to listeners.
//!
//! The thread that changes the breaker ([`crate::breaker`]) makes an [`Event`]. The event waits in
//! the [`outbox`] until its turn, and goes to the [`listeners`] of the breaker and of its registry,
//! and to the [`log`] (feature `tracing`).

pub(crate) mod kept;
pub(crate) mod listeners;
#[cfg(feature = "tracing")]
pub(crate) mod log;
pub(crate) mod outbox;
pub(crate) mod outcome;
pub(crate) mod subscription;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::name::Name;
use crate::state::State;

/// One thing that happened to a breaker, from [`Breaker::on_event`](crate::Breaker::on_event) or
/// [`Breaker::on_transition`](crate::Breaker::on_transition).
///
/// With the feature `serde` it can be written, in JSON for example. Names are text, and durations
/// have the form of `serde`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event {
    /// The breaker's name as it is shown: `name/key` for a breaker by key.
    pub name: Name,
    /// The name without the key.
    pub family: Name,
    /// The key, if it is a breaker by key.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::name::serialize_key"))]
    pub key: Option<Arc<str>>,
    /// The episode that the transition began; for any other event, the episode in which it
    /// happened.
    pub episode: u64,
    /// The kind of event.
    pub kind: EventKind,
    /// The rest of the cooldown, if the breaker is open and the cooldown ends.
    pub remaining_cooldown: Option<Duration>,
}

/// The kind of an event, with its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum EventKind {
    /// The breaker went from one state to another. A reset of a closed breaker also counts: it goes
    /// from closed to closed, with nothing counted.
    Transition {
        /// The state before.
        from: State,
        /// The state after.
        to: State,
        /// The reason for the change.
        reason: Reason,
    },
    /// The breaker rejected a call.
    Rejected {
        /// The state at that moment.
        state: State,
    },
    /// An outcome came after the end of its episode, and was dropped.
    Late,
    /// The running cooldown became longer: a call that was under way at the opening failed, and
    /// asked for more by its `retry_after`. The state and the episode stay.
    Extended {
        /// The new length of the cooldown, from its beginning; `None` if it never ends.
        cooldown: Option<Duration>,
    },
    /// The breaker was removed from its registry: by the program, or to make room for a new key. It
    /// is the last event for the breaker's own listeners. If such a listener calls with other keys,
    /// it may cause more removals; these are reported to a depth of eight.
    Removed,
}

/// The reason for a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Reason {
    /// `threshold` consecutive failures.
    ConsecutiveFailures,
    /// The share of failures in the window.
    FailureRate,
    /// The number of failures in the window.
    FailureCount,
    /// The share of slow calls in the window.
    SlowRate,
    /// Calls that have been out for `slow_call` and have not returned, by any rule. A slow call
    /// that has returned gives its rule's reason.
    SlowCalls,
    /// A failure that opens at once.
    Trip,
    /// A probe failed.
    ProbeFailed,
    /// Enough probes succeeded.
    ProbesSucceeded,
    /// A call came after the end of the cooldown.
    CooldownOver,
    /// The program asked for it, by a manual control.
    Manual,
    /// The program reset the breaker.
    Reset,
    /// The program restored the breaker from a snapshot.
    Restored,
    /// Another process that shares the breaker has found the service down, or up again.
    Peer,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Reason; 13] = [
        Self::ConsecutiveFailures,
        Self::FailureRate,
        Self::FailureCount,
        Self::SlowRate,
        Self::SlowCalls,
        Self::Trip,
        Self::ProbeFailed,
        Self::ProbesSucceeded,
        Self::CooldownOver,
        Self::Manual,
        Self::Reset,
        Self::Restored,
        Self::Peer,
    ];

    /// Returns the reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConsecutiveFailures => "consecutive failures",
            Self::FailureRate => "failure rate",
            Self::FailureCount => "failure count",
            Self::SlowRate => "slow call rate",
            Self::SlowCalls => "calls that hang",
            Self::Trip => "a failure that trips at once",
            Self::ProbeFailed => "a probe failed",
            Self::ProbesSucceeded => "probes succeeded",
            Self::CooldownOver => "cooldown over",
            Self::Manual => "manual",
            Self::Reset => "reset",
            Self::Restored => "restored",
            Self::Peer => "told by a peer",
        }
    }

    /// Returns the reason's place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// Returns whether failed calls or probes are the reason, by the breaker's own judgement.
    pub(crate) const fn is_judgement(self) -> bool {
        match self {
            Self::ConsecutiveFailures
            | Self::FailureRate
            | Self::FailureCount
            | Self::SlowRate
            | Self::SlowCalls
            | Self::Trip
            | Self::ProbeFailed => true,
            Self::ProbesSucceeded
            | Self::CooldownOver
            | Self::Manual
            | Self::Reset
            | Self::Restored
            | Self::Peer => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            EventKind::Transition { from, to, reason } => {
                write!(f, "circuit breaker `{name}`: {from} to {to} ({reason})")
            }
            EventKind::Rejected { state } => {
                write!(f, "circuit breaker `{name}`: call rejected, {state}")
            }
            EventKind::Late => write!(f, "circuit breaker `{name}`: late outcome dropped"),
            EventKind::Extended { cooldown: Some(cooldown) } => {
                write!(f, "circuit breaker `{name}`: cooldown lengthened to {cooldown:?}")
            }
            EventKind::Extended { cooldown: None } => {
                write!(f, "circuit breaker `{name}`: cooldown lengthened for ever")
            }
            EventKind::Removed => write!(f, "circuit breaker `{name}`: removed"),
        }
    }
}
