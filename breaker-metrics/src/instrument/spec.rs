//! The table of instruments.

use super::{Attribute, Instrument, Kind};

/// The facts about an instrument.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) unit: &'static str,
    pub(super) attributes: &'static [Attribute],
    pub(super) description: &'static str,
}

const BY_NAME: &[Attribute] = &[Attribute::Name];
const BY_STATE: &[Attribute] = &[Attribute::Name, Attribute::State];

impl Instrument {
    #[allow(clippy::too_many_lines, reason = "a table")]
    pub(super) const fn spec(self) -> Spec {
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
            Self::Sharing => Spec {
                name: "breakerbox.sharing",
                kind: Kind::UpDownCounter,
                unit: "{breaker}",
                attributes: &[Attribute::Name, Attribute::Role],
                description: "Shared breakers of the name in each role: 1 or 0, or the number of keys.",
            },
            Self::Votes => Spec {
                name: "breakerbox.votes",
                kind: Kind::Gauge,
                unit: "{vote}",
                attributes: BY_NAME,
                description: "Domains that are open by their own evidence, while too few to open all; the most of any key.",
            },
            Self::Quorum => Spec {
                name: "breakerbox.quorum",
                kind: Kind::Gauge,
                unit: "{vote}",
                attributes: BY_NAME,
                description: "Votes that open the breaker for all that share it; the most of any key.",
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
