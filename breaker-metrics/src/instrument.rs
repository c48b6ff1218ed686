//! The instruments: the name, unit and attributes of each quantity that is measured. Tests hold
//! every exporter, the tables of the documentation, the dashboard and the alert rules to this list.

mod spec;

use core::fmt;

/// One quantity that is measured, with equal values in every exporter.
///
/// ```
/// use breaker_metrics::{Instrument, Kind};
///
/// let rejections = Instrument::Rejections;
/// assert_eq!(rejections.name(), "breakerbox.rejections");
/// assert_eq!(rejections.kind(), Kind::Counter);
/// assert_eq!(rejections.prometheus_name(), "breakerbox_rejections_total");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instrument {
    /// Breakers in each state.
    Status,
    /// Changes of state.
    Transitions,
    /// Time in each state.
    StateTime,
    /// Rejected calls.
    Rejections,
    /// Calls that an observing breaker would have rejected.
    ObservedRejections,
    /// Outcomes that came too late to count.
    LateOutcomes,
    /// Failed calls.
    Failures,
    /// Calls that were let through as probes.
    Probes,
    /// All calls that were let through.
    Calls,
    /// Consecutive failures.
    ConsecutiveFailures,
    /// Calls in the window.
    WindowCalls,
    /// The share of failures in the window.
    WindowFailureRatio,
    /// The share of slow calls in the window.
    WindowSlowRatio,
    /// The rest of the cooldown.
    CooldownRemaining,
    /// Keys under a name.
    Keys,
    /// Shared breakers in each role.
    Sharing,
    /// Domains that have opened a shared breaker by their own evidence.
    Votes,
    /// The number of votes that opens a shared breaker for all.
    Quorum,
    /// Names with two different declarations.
    Conflicts,
    /// Overrides that break a rule.
    InvalidOverrides,
    /// Overrides that nothing has used.
    UnusedOverrides,
}

/// The kind of an [`Instrument`], in the terms of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A sum that never falls while the process lives.
    Counter,
    /// A sum that rises and falls, and can be added up over processes.
    UpDownCounter,
    /// A value at one moment.
    Gauge,
}

/// An attribute of a measurement; a label in Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Attribute {
    /// The breaker's name, without the key.
    Name,
    /// The key, if keys are exported one by one.
    Key,
    /// A state, as [`State::as_str`](breaker_core::State::as_str) has it.
    State,
    /// The reason of a change of state.
    Reason,
    /// The kind of a failure.
    Kind,
    /// The outcome of a call.
    Outcome,
    /// The role of a shared breaker, as [`Role::as_str`](breaker_core::Role::as_str) has it.
    Role,
}

impl Instrument {
    /// All instruments, in the order in which they are exported.
    pub const ALL: [Instrument; 21] = [
        Self::Status,
        Self::Transitions,
        Self::StateTime,
        Self::Rejections,
        Self::ObservedRejections,
        Self::LateOutcomes,
        Self::Failures,
        Self::Probes,
        Self::Calls,
        Self::ConsecutiveFailures,
        Self::WindowCalls,
        Self::WindowFailureRatio,
        Self::WindowSlowRatio,
        Self::CooldownRemaining,
        Self::Keys,
        Self::Sharing,
        Self::Votes,
        Self::Quorum,
        Self::Conflicts,
        Self::InvalidOverrides,
        Self::UnusedOverrides,
    ];

    /// Returns the name, with dots, as OpenTelemetry writes names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.spec().kind
    }

    /// Returns the unit in the notation of UCUM: `s`, `1` for a ratio from 0 to 1, or the counted
    /// thing in braces.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        self.spec().unit
    }

    /// Returns the attributes that its measurements have. [`Attribute::Key`] is added if keys are
    /// exported one by one.
    #[must_use]
    pub const fn attributes(self) -> &'static [Attribute] {
        self.spec().attributes
    }

    /// Returns a sentence that says what the instrument measures.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.spec().description
    }

    /// Returns the name in Prometheus: underscores for dots, then the unit, then `_total` for a
    /// counter.
    #[must_use]
    pub fn prometheus_name(self) -> String {
        let mut name = self.name().replace('.', "_");
        let unit = match self.unit() {
            "s" => "_seconds",
            "1" => "_ratio",
            _ => "",
        };
        if !name.ends_with(unit) {
            name.push_str(unit);
        }
        if self.kind() == Kind::Counter {
            name.push_str("_total");
        }
        name
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Kind {
    /// Returns `counter`, `up-down counter` or `gauge`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down counter",
            Self::Gauge => "gauge",
        }
    }
}

impl Attribute {
    /// Returns the attribute's name, with dots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "breakerbox.name",
            Self::Key => "breakerbox.key",
            Self::State => "breakerbox.state",
            Self::Reason => "breakerbox.reason",
            Self::Kind => "breakerbox.kind",
            Self::Outcome => "breakerbox.outcome",
            Self::Role => "breakerbox.role",
        }
    }

    /// Returns the name of the label in Prometheus.
    #[must_use]
    pub const fn prometheus_name(self) -> &'static str {
        match self {
            Self::Name => "breakerbox_name",
            Self::Key => "breakerbox_key",
            Self::State => "breakerbox_state",
            Self::Reason => "breakerbox_reason",
            Self::Kind => "breakerbox_kind",
            Self::Outcome => "breakerbox_outcome",
            Self::Role => "breakerbox_role",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ALL` is written by hand, so this checks it.
    #[test]
    fn all_has_every_instrument_in_order() {
        for (at, instrument) in Instrument::ALL.into_iter().enumerate() {
            assert_eq!(instrument as usize, at);
        }
        assert_eq!(Instrument::ALL.len(), Instrument::UnusedOverrides as usize + 1);
    }

    #[test]
    fn labels_are_the_attributes_with_underscores() {
        use Attribute::{Key, Kind, Name, Outcome, Reason, Role, State};
        for attribute in [Name, Key, State, Reason, Kind, Outcome, Role] {
            assert_eq!(attribute.prometheus_name(), attribute.name().replace('.', "_"));
        }
    }
}
