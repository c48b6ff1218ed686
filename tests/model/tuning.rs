//! The parameters of a breaker: as they are given, and as they are in force.

use std::fmt;
use std::time::Duration;

use breakerbox::ConfigBuilder;

/// A time that never ends, in milliseconds; and the moment that no clock reaches, after 34 years.
pub(crate) const FOREVER: u64 = (1 << 40) - 1;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Window {
    Calls(u32),
    /// So many buckets of so many milliseconds.
    Time {
        bucket: u64,
        buckets: u64,
    },
}

/// Parameters, declared or laid over others; all times are in milliseconds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Params {
    pub(crate) threshold: Option<u16>,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) window: Option<Window>,
    pub(crate) min_calls: Option<u32>,
    pub(crate) slow_call: Option<u64>,
    pub(crate) slow_rate: Option<f64>,
    pub(crate) cooldown: Option<u64>,
    pub(crate) backoff: Option<f64>,
    pub(crate) backoff_reset: Option<u64>,
    pub(crate) cooldown_max: Option<u64>,
    pub(crate) jitter: Option<f64>,
    pub(crate) probes: Option<u8>,
    pub(crate) success_threshold: Option<u8>,
    pub(crate) probe_timeout: Option<u64>,
}

pub(crate) const NONE: Params = Params {
    threshold: None,
    failure_rate: None,
    failure_count: None,
    window: None,
    min_calls: None,
    slow_call: None,
    slow_rate: None,
    cooldown: None,
    backoff: None,
    backoff_reset: None,
    cooldown_max: None,
    jitter: None,
    probes: None,
    success_threshold: None,
    probe_timeout: None,
};

/// The declared tunings of the annotated functions.
pub(crate) const TABLE: [Params; 10] = [
    Params { threshold: Some(1), cooldown: Some(10), ..NONE },
    Params {
        threshold: Some(3),
        cooldown: Some(7),
        success_threshold: Some(2),
        probe_timeout: Some(4),
        ..NONE
    },
    Params {
        threshold: Some(2),
        cooldown: Some(5),
        probes: Some(3),
        success_threshold: Some(2),
        probe_timeout: Some(9),
        backoff: Some(1.5),
        ..NONE
    },
    Params { failure_rate: Some(0.5), window: Some(Window::Calls(5)), cooldown: Some(6), ..NONE },
    Params {
        failure_count: Some(2),
        window: Some(Window::Time { bucket: 2, buckets: 10 }),
        cooldown: Some(4),
        probes: Some(2),
        success_threshold: Some(5),
        probe_timeout: Some(3),
        ..NONE
    },
    Params { threshold: Some(2), slow_call: Some(8), cooldown: Some(5), ..NONE },
    Params {
        slow_call: Some(5),
        slow_rate: Some(0.5),
        failure_rate: Some(0.75),
        threshold: Some(4),
        window: Some(Window::Calls(6)),
        min_calls: Some(3),
        cooldown: Some(9),
        ..NONE
    },
    Params {
        threshold: Some(1),
        cooldown: Some(3),
        backoff: Some(2.0),
        backoff_reset: Some(15),
        cooldown_max: Some(20),
        ..NONE
    },
    Params {
        failure_rate: Some(0.25),
        min_calls: Some(3),
        window: Some(Window::Time { bucket: 3, buckets: 5 }),
        slow_call: Some(7),
        cooldown: Some(8),
        probe_timeout: Some(20),
        ..NONE
    },
    Params {
        threshold: Some(2),
        cooldown: Some(4),
        backoff: Some(3.0),
        cooldown_max: Some(30),
        jitter: Some(0.5),
        ..NONE
    },
];

pub(crate) const fn time(ms: u64) -> Duration {
    if ms >= FOREVER { Duration::MAX } else { Duration::from_millis(ms) }
}

/// Shows what is given.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        macro_rules! show {
            ($($field:ident)*) => {
                $(if let Some(given) = self.$field {
                    write!(f, "{} = {given:?}; ", stringify!($field))?;
                })*
            };
        }
        show!(threshold failure_rate failure_count window min_calls slow_call slow_rate cooldown
            backoff backoff_reset cooldown_max jitter probes success_threshold probe_timeout);
        Ok(())
    }
}

macro_rules! or {
    ($over:ident, $under:ident: $($field:ident)*) => {
        Params { $($field: $over.$field.or($under.$field)),* }
    };
}

impl Params {
    /// Returns these parameters, with those of `under` where one is not given.
    pub(crate) fn or(self, under: Self) -> Self {
        or!(self, under: threshold failure_rate failure_count window min_calls slow_call slow_rate
            cooldown backoff backoff_reset cooldown_max jitter probes success_threshold
            probe_timeout)
    }

    pub(crate) const fn builder(self) -> ConfigBuilder {
        /// Gives the builder what is given, each by its own setter.
        macro_rules! give {
            ($into:ident: $($field:ident $given:ident => $value:expr;)*) => {
                $(if let Some($given) = self.$field {
                    $into = $into.$field($value);
                })*
            };
        }
        let mut to = breakerbox::Config::builder();
        give!(to:
            threshold given => given as u64;
            failure_rate given => given;
            failure_count given => given as u64;
            min_calls given => given as u64;
            slow_call given => time(given);
            slow_rate given => given;
            cooldown given => time(given);
            backoff given => given;
            backoff_reset given => time(given);
            cooldown_max given => time(given);
            jitter given => given;
            probes given => given as u64;
            success_threshold given => given as u64;
            probe_timeout given => time(given);
        );
        match self.window {
            Some(Window::Calls(calls)) => to.window_calls(calls as u64),
            Some(Window::Time { bucket, buckets }) => {
                to.window_buckets(time(bucket * buckets), buckets)
            }
            None => to,
        }
    }

    /// Fills in the defaults.
    pub(crate) fn tuning(self) -> Tuning {
        let is_judged =
            self.failure_rate.is_some() || self.failure_count.is_some() || self.slow_rate.is_some();
        let window = self.window.or(is_judged.then_some(Window::Calls(100)));
        let least = match window {
            Some(Window::Calls(calls)) => calls.min(10),
            _ => 10,
        };
        let cooldown = self.cooldown.unwrap_or(30_000);
        Tuning {
            threshold: self.threshold.or((!is_judged).then_some(5)),
            failure_rate: self.failure_rate,
            failure_count: self.failure_count,
            window,
            min_calls: self.min_calls.unwrap_or(least),
            count_waits_for: self.min_calls.unwrap_or(0),
            slow_call: self.slow_call,
            slow_rate: self.slow_rate,
            cooldown,
            backoff: self.backoff.unwrap_or(1.0),
            backoff_reset: self.backoff_reset,
            cooldown_max: self.cooldown_max,
            jitter: self.jitter.unwrap_or(0.0),
            probes: self.probes.unwrap_or(1),
            success_threshold: self.success_threshold.unwrap_or(1),
            probe_timeout: self
                .probe_timeout
                .unwrap_or_else(|| cooldown.max(self.slow_call.unwrap_or(0))),
        }
    }
}

/// Parameters with their defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tuning {
    pub(crate) threshold: Option<u16>,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) window: Option<Window>,
    pub(crate) min_calls: u32,
    /// `failure_count` waits for so many calls.
    pub(crate) count_waits_for: u32,
    pub(crate) slow_call: Option<u64>,
    pub(crate) slow_rate: Option<f64>,
    pub(crate) cooldown: u64,
    pub(crate) backoff: f64,
    pub(crate) backoff_reset: Option<u64>,
    pub(crate) cooldown_max: Option<u64>,
    pub(crate) jitter: f64,
    pub(crate) probes: u8,
    pub(crate) success_threshold: u8,
    pub(crate) probe_timeout: u64,
}
