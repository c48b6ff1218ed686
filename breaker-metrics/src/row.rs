//! A row: the values of one name, or of one key of a name.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{Report, Role, State, Totals};

use crate::counts::Counts;
use crate::instrument::{Attribute, Instrument};
use crate::value::{Sample, Value, reason_word};

/// One breaker, or several folded into one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The value of [`Attribute::Key`].
    pub(crate) key: Option<Arc<str>>,
    status: [u64; State::ALL.len()],
    pub(crate) counts: Counts,
    /// True if any of the breakers counts its calls.
    counts_calls: bool,
    consecutive_failures: Option<u16>,
    window_calls: Option<u64>,
    failure_ratio: Option<f64>,
    slow_ratio: Option<f64>,
    cooldown: Option<Duration>,
    /// The number of shared breakers in each role.
    roles: [u64; Role::ALL.len()],
    votes: Option<u16>,
    quorum: Option<u16>,
}

impl Row {
    /// A row without breakers.
    pub(crate) fn new(key: Option<Arc<str>>) -> Self {
        Row {
            key,
            status: [0; State::ALL.len()],
            counts: Counts::ZERO,
            counts_calls: false,
            consecutive_failures: None,
            window_calls: None,
            failure_ratio: None,
            slow_ratio: None,
            cooldown: None,
            roles: [0; Role::ALL.len()],
            votes: None,
            quorum: None,
        }
    }

    /// Adds a breaker to the row, without its counters.
    pub(crate) fn add(&mut self, report: &Report) {
        let Report { snapshot, config, totals, .. } = report;
        if let Some(at) = State::ALL.iter().position(|state| *state == snapshot.state) {
            self.status[at] += 1;
        }
        self.counts_calls |= totals.calls.is_some();
        if config.threshold().is_some() {
            let failures = Some(snapshot.consecutive_failures);
            self.consecutive_failures = self.consecutive_failures.max(failures);
        }
        if config.window().is_some() {
            let calls = snapshot.calls.unwrap_or(0);
            self.window_calls = Some(self.window_calls.unwrap_or(0) + calls);
            self.failure_ratio = greater(self.failure_ratio, snapshot.failure_rate);
        }
        if config.window().is_some() && config.slow_call().is_some() {
            self.slow_ratio = greater(self.slow_ratio, snapshot.slow_rate);
        }
        self.cooldown = self.cooldown.max(snapshot.remaining_cooldown);
        let Some(sharing) = &snapshot.shared else { return };
        if let Some(at) = Role::ALL.iter().position(|role| *role == sharing.role) {
            self.roles[at] += 1;
        }
        self.votes = self.votes.max(sharing.quorum.map(|_| sharing.votes));
        self.quorum = self.quorum.max(sharing.quorum);
    }

    /// Adds removed breakers, without their counters.
    pub(crate) fn add_departed(&mut self, totals: &Totals) {
        self.counts_calls |= totals.calls.is_some();
    }

    /// Calls `each` with the row's measurements of one instrument.
    pub(crate) fn measure(
        &self,
        instrument: Instrument,
        name: &str,
        each: &mut dyn FnMut(Sample<'_>),
    ) {
        let mut attributes = vec![(Attribute::Name, name)];
        attributes.extend(self.key.as_deref().map(|key| (Attribute::Key, key)));
        let mut tell = |further: &[(Attribute, &'static str)], value| {
            let own = attributes.len();
            attributes.extend_from_slice(further);
            each(Sample { instrument, attributes: &attributes, value });
            attributes.truncate(own);
        };
        let counts = &self.counts;
        match instrument {
            Instrument::Status => {
                for (state, breakers) in State::ALL.iter().zip(self.status) {
                    tell(&[(Attribute::State, state.as_str())], Value::Count(breakers));
                }
            }
            Instrument::Transitions => {
                for (to, reason, times) in counts.transitions(self.is_shared()) {
                    let reason = (Attribute::Reason, reason_word(reason));
                    tell(&[(Attribute::State, to.as_str()), reason], Value::Count(times));
                }
            }
            Instrument::StateTime => {
                for (state, time) in counts.times() {
                    let seconds = Value::Real(time.as_secs_f64());
                    tell(&[(Attribute::State, state.as_str())], seconds);
                }
            }
            Instrument::Failures => {
                for (kind, failures) in counts.failures() {
                    tell(&[(Attribute::Kind, kind.as_str())], Value::Count(failures));
                }
            }
            Instrument::Calls if self.counts_calls => {
                for (outcome, calls) in counts.calls() {
                    tell(&[(Attribute::Outcome, outcome)], Value::Count(calls));
                }
            }
            Instrument::Sharing if self.is_shared() => {
                for (role, breakers) in Role::ALL.iter().zip(self.roles) {
                    tell(&[(Attribute::Role, role.as_str())], Value::Count(breakers));
                }
            }
            _ => {
                if let Some(value) = self.single(instrument) {
                    tell(&[], value);
                }
            }
        }
    }

    /// Returns the value of an instrument that has one value per row.
    fn single(&self, instrument: Instrument) -> Option<Value> {
        let counts = &self.counts;
        match instrument {
            Instrument::Rejections => Some(Value::Count(counts.rejections())),
            Instrument::ObservedRejections => Some(Value::Count(counts.observed_rejections())),
            Instrument::LateOutcomes => Some(Value::Count(counts.late_outcomes())),
            Instrument::Probes => Some(Value::Count(counts.probes())),
            Instrument::ConsecutiveFailures => {
                self.consecutive_failures.map(|failures| Value::Count(failures.into()))
            }
            Instrument::WindowCalls => self.window_calls.map(Value::Count),
            Instrument::WindowFailureRatio => self.failure_ratio.map(Value::Real),
            Instrument::WindowSlowRatio => self.slow_ratio.map(Value::Real),
            Instrument::CooldownRemaining => {
                self.cooldown.map(|rest| Value::Real(rest.as_secs_f64()))
            }
            Instrument::Votes => self.votes.map(|votes| Value::Count(votes.into())),
            Instrument::Quorum => self.quorum.map(|quorum| Value::Count(quorum.into())),
            _ => None,
        }
    }

    /// Returns whether any of the breakers is shared.
    fn is_shared(&self) -> bool {
        self.roles.iter().any(|breakers| *breakers > 0)
    }
}

fn greater(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}
