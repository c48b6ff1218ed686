//! One measurement, and the words of its attributes.

use breaker_core::{Reason, State};

use crate::instrument::{Attribute, Instrument};

/// One measurement, from [`Exporter::for_each`](crate::Exporter::for_each).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The instrument that was measured.
    pub instrument: Instrument,
    /// Its attributes, each with its value. No two measurements of an instrument have equal ones.
    pub attributes: &'a [(Attribute, &'a str)],
    /// The value, in the unit of the instrument.
    pub value: Value,
}

/// The value of a [`Sample`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A number of things.
    Count(u64),
    /// Seconds or a ratio.
    Real(f64),
}

impl Value {
    /// Returns the value as a float.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "exporters have floats of 53 bits")]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Real(real) => real,
        }
    }
}

/// Returns the value of [`Attribute::Reason`]: a word that needs no quotes in a query.
pub(crate) fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::ConsecutiveFailures => "consecutive-failures",
        Reason::FailureRate => "failure-rate",
        Reason::FailureCount => "failure-count",
        Reason::SlowRate => "slow-rate",
        Reason::SlowCalls => "slow-calls",
        Reason::Trip => "trip",
        Reason::ProbeFailed => "probe-failed",
        Reason::ProbesSucceeded => "probes-succeeded",
        Reason::CooldownOver => "cooldown-over",
        Reason::Manual => "manual",
        Reason::Reset => "reset",
        Reason::Restored => "restored",
        Reason::Peer => "peer",
        // A reason that this crate does not know yet.
        _ => reason.as_str(),
    }
}

/// Returns whether the counter of a transition is exported from zero on, since Prometheus sees no
/// increase in a series that begins with 1.
pub(crate) fn is_expected(to: State, reason: Reason, is_shared: bool) -> bool {
    EXPECTED.contains(&(to, reason)) || (is_shared && BY_PEERS.contains(&(to, reason)))
}

/// The transitions that a breaker makes by itself.
const EXPECTED: [(State, Reason); 9] = [
    (State::Open, Reason::ConsecutiveFailures),
    (State::Open, Reason::FailureRate),
    (State::Open, Reason::FailureCount),
    (State::Open, Reason::SlowRate),
    (State::Open, Reason::SlowCalls),
    (State::Open, Reason::Trip),
    (State::Open, Reason::ProbeFailed),
    (State::HalfOpen, Reason::CooldownOver),
    (State::Closed, Reason::ProbesSucceeded),
];

/// The transitions of a shared breaker that others cause.
const BY_PEERS: [(State, Reason); 2] = [(State::Open, Reason::Peer), (State::Closed, Reason::Peer)];
