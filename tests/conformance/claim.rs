//! The claims that must hold after a step.

use std::fmt;

use crate::action::is_name;

#[derive(Clone, Debug)]
pub(crate) enum Claim {
    State(String),
    /// The answer to the last call's asking.
    Admission(String),
    /// The reply to the caller of the last call.
    Result(String),
    /// `None` is `none`.
    Measure {
        of: Measure,
        op: Op,
        wanted: Option<f64>,
    },
    /// The transitions, `closed>open,...` or `-`.
    Transitions(String),
    /// `build` named this key.
    Error(String),
    /// `build` found nothing wrong.
    Built,
    /// The action was refused.
    Illegal,
    /// Two names are one breaker, or two.
    Identity {
        same: bool,
        names: [String; 2],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Total,
    Successes,
    Failures,
    Slow,
    Ignored,
    Consecutive,
    Rejections,
    /// Since the last transition.
    RecentRejections,
    Late,
    FailureRate,
    SlowRate,
    Executed,
    Admitted,
    Denied,
    Remaining,
    Cooldown,
    Attempts,
    Registered,
    SuccessEvents,
    FailureEvents,
    IgnoredEvents,
    RejectedEvents,
    ResetEvents,
    SlowEvents,
    FallbackEvents,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    AtMost,
    AtLeast,
    Below,
    Above,
}

const STATES: [&str; 6] =
    ["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"];
const ADMISSIONS: [&str; 3] = ["allowed", "rejected", "queued"];
const RESULTS: [&str; 7] =
    ["ok", "err", "rejected", "fallback", "fallback_err", "panic", "cancelled"];

impl Claim {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let owned = || text.to_owned();
        match text {
            "ok" => return Some(Self::Built),
            "illegal" => return Some(Self::Illegal),
            _ if STATES.contains(&text) => return Some(Self::State(owned())),
            _ if ADMISSIONS.contains(&text) => return Some(Self::Admission(owned())),
            _ => {}
        }
        let (key, op, value) = split(text)?;
        if let Some(of) = Measure::parse(key) {
            let wanted = if value == "none" { None } else { Some(decimal(value)?) };
            let is_rate = of.is_rate();
            let fits =
                (wanted.is_some() || is_rate || of.may_be_none()) && (op == Op::Equal || !is_rate);
            return fits.then_some(Self::Measure { of, op, wanted });
        }
        if op != Op::Equal {
            return None;
        }
        let value = || value.to_owned();
        match key {
            "result" => RESULTS.contains(&&*value()).then(|| Self::Result(value())),
            "ev" => is_transitions(&value()).then(|| Self::Transitions(value())),
            "error" => Some(Self::Error(value())).filter(|_| !value().is_empty()),
            "same" | "distinct" => {
                let names: Vec<_> = text.split_once('=')?.1.split(',').map(str::to_owned).collect();
                let names: [String; 2] = names.try_into().ok()?;
                let fits = names.iter().all(|name| is_name(name));
                fits.then_some(Self::Identity { same: key == "same", names })
            }
            _ => None,
        }
    }
}

impl Measure {
    fn parse(key: &str) -> Option<Self> {
        Some(match key {
            "c.total" => Self::Total,
            "c.ok" => Self::Successes,
            "c.fail" => Self::Failures,
            "c.slow" => Self::Slow,
            "c.ign" => Self::Ignored,
            "c.consec" => Self::Consecutive,
            "c.rej" => Self::Rejections,
            "c.rej_gen" => Self::RecentRejections,
            "c.late" => Self::Late,
            "c.rate" => Self::FailureRate,
            "c.slow_rate" => Self::SlowRate,
            "executed" => Self::Executed,
            "admitted" => Self::Admitted,
            "denied" => Self::Denied,
            "remaining" => Self::Remaining,
            "cooldown" => Self::Cooldown,
            "attempts" => Self::Attempts,
            "reg" => Self::Registered,
            "ev.success" => Self::SuccessEvents,
            "ev.failure" => Self::FailureEvents,
            "ev.ignored" => Self::IgnoredEvents,
            "ev.rejected" => Self::RejectedEvents,
            "ev.reset" => Self::ResetEvents,
            "ev.slow" => Self::SlowEvents,
            "ev.fallback" => Self::FallbackEvents,
            _ => return None,
        })
    }

    /// Returns true for a share, which is compared to half a hundredth.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Self::FailureRate | Self::SlowRate)
    }

    fn may_be_none(self) -> bool {
        use Measure::{Admitted, Attempts, Cooldown, Denied, Executed, Registered, Remaining};
        let numbers = [Executed, Admitted, Denied, Remaining, Cooldown, Attempts, Registered];
        numbers.contains(&self)
    }

    /// Returns true if the measure is read off the window.
    pub(crate) fn is_of_window(self) -> bool {
        use Measure::{Failures, Slow, Successes, Total};
        self.is_rate() || [Total, Successes, Failures, Slow].contains(&self)
    }
}

impl Op {
    pub(crate) fn holds(self, got: f64, wanted: f64, tolerance: f64) -> bool {
        let equal = (got - wanted).abs() < tolerance;
        match self {
            Self::Equal => equal,
            Self::AtMost => equal || got < wanted,
            Self::AtLeast => equal || got > wanted,
            Self::Below => !equal && got < wanted,
            Self::Above => !equal && got > wanted,
        }
    }
}

/// A number as a message shows it.
pub(crate) struct Shown(pub(crate) Option<f64>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("none"),
        }
    }
}

/// Key, operator, value.
fn split(text: &str) -> Option<(&str, Op, &str)> {
    let (key, rest) = text.split_at(text.find(['=', '<', '>'])?);
    let operators = [
        ("<=", Op::AtMost),
        (">=", Op::AtLeast),
        ("=", Op::Equal),
        ("<", Op::Below),
        (">", Op::Above),
    ];
    let found = |(sign, op): (&str, Op)| rest.strip_prefix(sign).map(|value| (key, op, value));
    operators.into_iter().find_map(found)
}

/// `-1`, `2`, `0.43`: no exponent, no `inf`.
fn decimal(text: &str) -> Option<f64> {
    let fits = text.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
    fits.then(|| text.parse().ok())?
}

fn is_transitions(text: &str) -> bool {
    let is_state = |name: &str| STATES.contains(&name);
    let is_one =
        |pair: &str| pair.split_once('>').is_some_and(|(from, to)| is_state(from) && is_state(to));
    text == "-" || text.split(',').all(is_one)
}
