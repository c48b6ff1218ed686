//! The instruments: the name, unit and attributes of each quantity that is measured. Tests hold
//! every exporter, the tables of the documentation, the dashboard and the alert rules to this list.

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
}

/// The facts about an instrument.
struct Spec {
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    attributes: &'static [Attribute],
    description: &'static str,
}

const BY_NAME: &[Attribute] = &[Attribute::Name];
const BY_STATE: &[Attribute] = &[Attribute::Name, Attribute::State];

impl Instrument {
    /// All instruments, in the order in which they are exported.
    pub const ALL: [Instrument; 18] = [
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

    #[allow(clippy::too_many_lines, reason = "a table")]
    const fn spec(self) -> Spec {
        match self {
            Self::Status => Spec {
                name: "breakerbox.status",
                kind: Kind::UpDownCounter,
                unit: "{breaker}",
                attributes: BY_STATE,
                description: "Breakers of the name in each state: 1 or 0, or the number of keys.",
            },
            Self::Transitions => Spec {
                name: "breakerbox.transitions",
                kind: Kind::Counter,
                unit: "{transition}",
                attributes: &[Attribute::Name, Attribute::State, Attribute::Reason],
                description: "Changes of state, by the new state and the reason.",
            },
            Self::StateTime => Spec {
                name: "breakerbox.state.time",
                kind: Kind::Counter,
                unit: "s",
                attributes: BY_STATE,
                description: "Time spent in each state, added up over the keys of the name.",
            },
            Self::Rejections => Spec {
                name: "breakerbox.rejections",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Calls that were rejected.",
            },
            Self::ObservedRejections => Spec {
                name: "breakerbox.observed_rejections",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Calls that an observing breaker let through and would have rejected.",
            },
            Self::LateOutcomes => Spec {
                name: "breakerbox.late_outcomes",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Calls whose outcome came after the state had changed, and was dropped.",
            },
            Self::Failures => Spec {
                name: "breakerbox.failures",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: &[Attribute::Name, Attribute::Kind],
                description: "Calls that failed, by the kind of failure.",
            },
            Self::Probes => Spec {
                name: "breakerbox.probes",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Calls that were let through as probes.",
            },
            Self::Calls => Spec {
                name: "breakerbox.calls",
                kind: Kind::Counter,
                unit: "{call}",
                attributes: &[Attribute::Name, Attribute::Outcome],
                description: "Calls that were let through, by outcome, where count_calls is set.",
            },
            Self::ConsecutiveFailures => Spec {
                name: "breakerbox.consecutive_failures",
                kind: Kind::Gauge,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Failures in a row, where threshold is set; the most of any key.",
            },
            Self::WindowCalls => Spec {
                name: "breakerbox.window.calls",
                kind: Kind::Gauge,
                unit: "{call}",
                attributes: BY_NAME,
                description: "Calls in the window, added up over the keys of the name.",
            },
            Self::WindowFailureRatio => Spec {
                name: "breakerbox.window.failure_ratio",
                kind: Kind::Gauge,
                unit: "1",
                attributes: BY_NAME,
                description: "Share of failures in the window, once it has min_calls; the highest of any key.",
            },
            Self::WindowSlowRatio => Spec {
                name: "breakerbox.window.slow_ratio",
                kind: Kind::Gauge,
                unit: "1",
                attributes: BY_NAME,
                description: "Share of slow calls in the window, once it has min_calls; the highest of any key.",
            },
            Self::CooldownRemaining => Spec {
                name: "breakerbox.cooldown.remaining",
                kind: Kind::Gauge,
                unit: "s",
                attributes: BY_NAME,
                description: "Rest of the cooldown while open; the longest of any key.",
            },
            Self::Keys => Spec {
                name: "breakerbox.keys",
                kind: Kind::Gauge,
                unit: "{key}",
                attributes: BY_NAME,
                description: "Keys under the name.",
            },
            Self::Conflicts => Spec {
                name: "breakerbox.conflicts",
                kind: Kind::Gauge,
                unit: "{conflict}",
                attributes: &[],
                description: "Names that two functions have declared in different ways.",
            },
            Self::InvalidOverrides => Spec {
                name: "breakerbox.invalid_overrides",
                kind: Kind::Gauge,
                unit: "{override}",
                attributes: &[],
                description: "Overrides that break a rule, and are not in force.",
            },
            Self::UnusedOverrides => Spec {
                name: "breakerbox.unused_overrides",
                kind: Kind::Gauge,
                unit: "{override}",
                attributes: &[],
                description: "Overrides for names and keys that no breaker has.",
            },
        }
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
        use Attribute::{Key, Kind, Name, Outcome, Reason, State};
        for attribute in [Name, Key, State, Reason, Kind, Outcome] {
            assert_eq!(attribute.prometheus_name(), attribute.name().replace('.', "_"));
        }
    }
}
