//! The builder of a config: it collects the parameters and checks their rules.

use core::time::Duration;

use super::error::{ConfigError, Found};
use super::{Config, Given, Window, rules};

/// The parameters of a [`Config`], which are checked as a whole.
///
/// A parameter that is not set gets its default in the config. So a builder can also override some
/// parameters and keep the rest, see [`Registry::configure`](crate::Registry::configure).
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a builder does nothing until it is built"]
pub struct ConfigBuilder {
    threshold: Option<u64>,
    failure_rate: Option<f64>,
    failure_count: Option<u64>,
    window: Option<Size>,
    min_calls: Option<u64>,
    slow_call: Option<Duration>,
    slow_rate: Option<f64>,
    cooldown: Option<Duration>,
    backoff: Option<f64>,
    backoff_reset: Option<Duration>,
    cooldown_max: Option<Duration>,
    jitter: Option<f64>,
    jitter_seed: Option<u64>,
    probes: Option<u64>,
    /// A number beyond 32 bits is kept as the largest: builders are passed by value.
    success_threshold: Option<u32>,
    probe_timeout: Option<Duration>,
    count_calls: Option<bool>,
}

/// The size of a window, unchecked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    Calls(u64),
    /// A length and a number of buckets, in sixteen bytes: builders are passed by value.
    Time {
        seconds: u64,
        nanos: u32,
        buckets: u16,
    },
}

impl Size {
    const fn time(length: Duration, buckets: u64) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "more is as wrong as the most")]
        let buckets = if buckets > u16::MAX as u64 { u16::MAX } else { buckets as u16 };
        Size::Time { seconds: length.as_secs(), nanos: length.subsec_nanos(), buckets }
    }
}

/// Stands for the `?` operator, in constants.
macro_rules! tri {
    ($checked:expr) => {
        match $checked {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}

/// Returns an error from the function, unless the rule holds.
macro_rules! check {
    ($key:literal, $found:expr, $holds:expr, $rule:literal) => {
        if !$holds {
            let rule = concat!("`", $key, "` ", $rule);
            return Err(ConfigError { key: $key, found: $found, rule });
        }
    };
}

/// Checks that a whole number, if set, is in its range.
macro_rules! whole {
    ($key:literal, $value:expr, $range:ident, $ty:ty, $rule:literal) => {
        match $value {
            Some(found) => {
                let holds = found >= *rules::$range.start() && found <= *rules::$range.end();
                check!($key, Found::Number(found), holds, $rule);
                #[allow(clippy::cast_possible_truncation, reason = "just checked")]
                Some(found as $ty)
            }
            None => None,
        }
    };
}

macro_rules! rate {
    ($key:literal, $value:expr) => {
        if let Some(found) = $value {
            let holds = found > 0.0 && found <= 1.0;
            check!($key, Found::Share(found), holds, "must be above 0 and at most 1");
        }
    };
}

macro_rules! positive {
    ($key:literal, $value:expr) => {
        if let Some(found) = $value {
            check!($key, Found::Length(found), !found.is_zero(), "must be more than zero");
        }
    };
}

/// Stands for `Option::unwrap_or`, in constants.
macro_rules! or {
    ($value:expr, $default:expr) => {
        match $value {
            Some(value) => value,
            None => $default,
        }
    };
}

macro_rules! setters {
    ($($(#[$doc:meta])* $key:ident: $ty:ty;)*) => {$(
        $(#[$doc])*
        pub const fn $key(mut self, $key: $ty) -> Self {
            self.$key = Some($key);
            self
        }
    )*};
}

impl ConfigBuilder {
    pub(super) const fn new() -> Self {
        Self {
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
            jitter_seed: None,
            probes: None,
            success_threshold: None,
            probe_timeout: None,
            count_calls: None,
        }
    }

    pub(super) const fn from_config(config: Config) -> Self {
        macro_rules! widen {
            ($value:expr) => {
                match $value {
                    Some(value) => Some(value as u64),
                    None => None,
                }
            };
        }
        Self {
            threshold: if config.threshold_given.0 { widen!(config.threshold) } else { None },
            failure_rate: config.failure_rate,
            failure_count: widen!(config.failure_count),
            window: match config.window {
                Some(Window::Calls(calls)) => Some(Size::Calls(calls as u64)),
                Some(Window::Time { length, buckets }) => Some(Size::time(length, buckets as u64)),
                None => None,
            },
            min_calls: if config.min_calls_given { Some(config.min_calls as u64) } else { None },
            slow_call: config.slow_call,
            slow_rate: config.slow_rate,
            cooldown: Some(config.cooldown),
            backoff: Some(config.backoff),
            backoff_reset: config.backoff_reset,
            cooldown_max: config.cooldown_max,
            jitter: Some(config.jitter),
            jitter_seed: config.jitter_seed,
            probes: Some(config.probes as u64),
            success_threshold: Some(config.success_threshold as u32),
            probe_timeout: config.probe_timeout,
            count_calls: Some(config.count_calls),
        }
    }

    setters! {
        /// Trips after this many consecutive failures, 1 to 65535. A success resets the count.
        /// Default 5; none if `failure_rate`, `failure_count` or `slow_rate` is set.
        threshold: u64;
        /// Trips when failures are at least this share of the calls in the window, above 0 and up
        /// to 1 (as in resilience4j). It is judged when a failure or a slow call is recorded, once
        /// the window holds `min_calls`.
        failure_rate: f64;
        /// Trips when the window holds this many failures, consecutive or not, 1 to 1,000,000, but
        /// not more than a window of calls holds. It waits for `min_calls` only if `min_calls` is
        /// set.
        failure_count: u64;
        /// Sets how many calls the window must hold before a rate is judged, 1 to
        /// 1,000,000, but not more than a window of calls holds. Default 10, or the size of
        /// a window of fewer calls.
        min_calls: u64;
        /// Makes a call slow if it is out for this long or longer; more than zero. A call that
        /// hangs is counted, with the reason [`SlowCalls`](crate::Reason::SlowCalls), by the first
        /// call that asks for admission after this time (at the latest 9/8 of it); without further
        /// calls it is not counted. A slow call counts as a failure unless `slow_rate` is set; a
        /// slow probe always does. From 500 ms on, a call is measured on a coarse clock, to within
        /// 10 ms at most. A shorter `slow_call`, a probe, and a call that a listener hears of
        /// ([`on_outcome`](crate::Breaker::on_outcome)) are measured on the precise clock, at a
        /// higher cost for each call.
        slow_call: Duration;
        /// Trips when slow calls are at least this share of the calls in the window, above 0
        /// and up to 1, once the window holds `min_calls`. Needs `slow_call`.
        slow_rate: f64;
        /// Keeps the breaker open this long before it admits a probe; more than zero.
        /// Rounded up to a millisecond; beyond 34 years the breaker stays open for ever.
        /// Default 30 s.
        cooldown: Duration;
        /// Multiplies the next cooldown by this factor after each failed half-open, until the
        /// breaker closes; finite, 1 or more. Default 1.
        backoff: f64;
        /// Lets `backoff` start anew only after the breaker has stayed closed this long, more than
        /// zero: an earlier trip counts as one more failed half-open. Needs `backoff` and
        /// `cooldown_max`. `reset` and `close` by hand start anew at once. By default, each close
        /// starts anew.
        backoff_reset: Duration;
        /// Bounds every cooldown, also one that the service asks for; not less than `cooldown`. By
        /// default there is no bound, except for the service's wish: one hour or `cooldown`,
        /// whichever is longer.
        cooldown_max: Duration;
        /// Lengthens each cooldown by a random share of itself, up to this share, 0 to 1, so
        /// that a fleet does not probe in step. Near `cooldown_max` the cooldown may be
        /// shortened instead, but not below `cooldown`. Default 0.
        jitter: f64;
        /// Makes the random shares of `jitter` equal in every run, and in every version of this
        /// crate. For tests.
        jitter_seed: u64;
        /// Admits this many probes at once while half-open, 1 to 255. Default 1.
        probes: u64;
        /// Lets the next caller take the slot of a probe that has been in flight this long; more
        /// than zero. The outcome of a probe that has lost its slot still counts while the breaker
        /// is half-open. Default: the longer of `cooldown` and `slow_call`.
        probe_timeout: Duration;
        /// Counts all calls by their outcome, for [`Totals::calls`](crate::Totals::calls),
        /// including those that succeed, are ignored or are cancelled. Default `false`.
        ///
        /// Without it, a call that succeeds through a closed breaker writes nothing, so the number
        /// of such calls is unknown. With it, each call takes some 5 ns more: it raises a count in
        /// its thread's own memory. The metrics of the client that makes the calls, such as an HTTP
        /// client's, mostly have that number already.
        count_calls: bool;
    }

    /// Closes after this many successful probes, 1 to 255. May exceed
    /// [`probes`](Self::probes): a probe that ends frees its slot. Default 1.
    pub const fn success_threshold(mut self, success_threshold: u64) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "more is as wrong as the most")]
        let narrow =
            if success_threshold > u32::MAX as u64 { u32::MAX } else { success_threshold as u32 };
        self.success_threshold = Some(narrow);
        self
    }

    /// Takes rates and counts over the last `calls` calls, 1 to 1,000,000. The default is 100 calls
    /// if a rate or a count is set, and otherwise no window. A window without a rate or a count is
    /// kept for [`Snapshot`](crate::Snapshot).
    pub const fn window_calls(mut self, calls: u64) -> Self {
        self.window = Some(Size::Calls(calls));
        self
    }

    /// Takes rates and counts over the calls of the last `length`, 10 ms to 24 h, in ten
    /// buckets.
    pub const fn window_time(self, length: Duration) -> Self {
        self.window_buckets(length, 10)
    }

    /// Like [`window_time`](Self::window_time), but with 1 to 60 buckets of at least 1 ms. The
    /// window slides by one bucket at a time.
    pub const fn window_buckets(mut self, length: Duration, buckets: u64) -> Self {
        self.window = Some(Size::time(length, buckets));
        self
    }

    /// Returns these parameters, completed by those of `under`.
    pub(crate) const fn or(self, under: Self) -> Self {
        macro_rules! lay {
            ($($key:ident)*) => {
                Self { $($key: if self.$key.is_some() { self.$key } else { under.$key },)* }
            };
        }
        lay!(threshold failure_rate failure_count window min_calls slow_call slow_rate cooldown
            backoff backoff_reset cooldown_max jitter jitter_seed probes success_threshold probe_timeout count_calls)
    }

    /// Checks the rules about single parameters. It suits an override, since the config under it is
    /// not known yet.
    pub(crate) fn check_each(mut self) -> Result<(), ConfigError> {
        self.window.get_or_insert(Size::Calls(*rules::WINDOW_CALLS.end()));
        self.slow_call.get_or_insert(Duration::from_secs(1));
        self.cooldown.get_or_insert(Duration::from_millis(1));
        self.backoff.get_or_insert(1.0);
        self.cooldown_max.get_or_insert(Duration::MAX);
        self.build().map(drop)
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// [`ConfigError`] names the first parameter that breaks its rule, the value found and the
    /// values allowed.
    pub const fn build(self) -> Result<Config, ConfigError> {
        let threshold =
            whole!("threshold", self.threshold, THRESHOLD, u16, "must be between 1 and 65535");
        let failure_count = whole!(
            "failure_count",
            self.failure_count,
            FAILURE_COUNT,
            u32,
            "must be between 1 and 1000000"
        );
        tri!(self.check_rates());
        let is_judged =
            self.failure_rate.is_some() || failure_count.is_some() || self.slow_rate.is_some();
        let window = tri!(self.checked_window(is_judged));
        if let (Some(found), Some(Window::Calls(calls))) = (failure_count, window) {
            let number = Found::Number(found as u64);
            check!(
                "failure_count",
                number,
                found <= calls,
                "must not exceed the calls of `window`"
            );
        }
        let cooldown = or!(self.cooldown, Duration::from_secs(30));
        tri!(self.check_cooldown(cooldown));
        let probes = whole!("probes", self.probes, PROBES, u8, "must be between 1 and 255");
        let success_threshold = whole!(
            "success_threshold",
            match self.success_threshold {
                Some(number) => Some(number as u64),
                None => None,
            },
            SUCCESS_THRESHOLD,
            u8,
            "must be between 1 and 255"
        );
        Ok(Config {
            threshold: match threshold {
                None if !is_judged => Some(5),
                threshold => threshold,
            },
            threshold_given: Given(self.threshold.is_some()),
            failure_rate: self.failure_rate,
            failure_count,
            window,
            min_calls: tri!(self.checked_min_calls(window)),
            min_calls_given: self.min_calls.is_some(),
            slow_call: self.slow_call,
            slow_rate: self.slow_rate,
            cooldown,
            backoff: or!(self.backoff, 1.0),
            backoff_reset: self.backoff_reset,
            cooldown_max: self.cooldown_max,
            jitter: or!(self.jitter, 0.0),
            jitter_seed: self.jitter_seed,
            probes: or!(probes, 1),
            success_threshold: or!(success_threshold, 1),
            probe_timeout: self.probe_timeout,
            count_calls: or!(self.count_calls, false),
        })
    }

    const fn check_rates(&self) -> Result<(), ConfigError> {
        rate!("failure_rate", self.failure_rate);
        positive!("slow_call", self.slow_call);
        rate!("slow_rate", self.slow_rate);
        if let Some(rate) = self.slow_rate {
            let found = Found::Share(rate);
            check!("slow_rate", found, self.slow_call.is_some(), "needs `slow_call` to be set");
        }
        Ok(())
    }

    /// Checks the window. Returns the default window if none is set and `is_judged`.
    const fn checked_window(&self, is_judged: bool) -> Result<Option<Window>, ConfigError> {
        match self.window {
            None if is_judged => Ok(Some(Window::Calls(100))),
            None => Ok(None),
            Some(Size::Calls(found)) => {
                let calls = whole!(
                    "window",
                    Some(found),
                    WINDOW_CALLS,
                    u32,
                    "must be between 1 and 1000000 calls"
                );
                Ok(Some(Window::Calls(or!(calls, 1))))
            }
            Some(Size::Time { seconds, nanos, buckets }) => {
                let length = Duration::new(seconds, nanos);
                let nanos = length.as_nanos();
                let holds = nanos >= rules::WINDOW_TIME.start().as_nanos()
                    && nanos <= rules::WINDOW_TIME.end().as_nanos();
                check!("window", Found::Length(length), holds, "must be between 10ms and 24h long");
                let buckets = whole!(
                    "window",
                    Some(buckets as u64),
                    BUCKETS,
                    u8,
                    "must have between 1 and 60 buckets"
                );
                let buckets = or!(buckets, 1);
                let holds = length.as_millis() >= buckets as u128;
                let found = Found::Length(length);
                check!("window", found, holds, "must have buckets of at least 1ms");
                Ok(Some(Window::Time { length, buckets }))
            }
        }
    }

    const fn checked_min_calls(&self, window: Option<Window>) -> Result<u32, ConfigError> {
        let min_calls =
            whole!("min_calls", self.min_calls, MIN_CALLS, u32, "must be between 1 and 1000000");
        match (min_calls, window) {
            (Some(found), Some(Window::Calls(calls))) => {
                let number = Found::Number(found as u64);
                check!(
                    "min_calls",
                    number,
                    found <= calls,
                    "must not exceed the calls of `window`"
                );
                Ok(found)
            }
            (Some(found), _) => Ok(found),
            (None, Some(Window::Calls(calls))) if calls < 10 => Ok(calls),
            (None, _) => Ok(10),
        }
    }

    const fn check_cooldown(&self, cooldown: Duration) -> Result<(), ConfigError> {
        positive!("cooldown", Some(cooldown));
        positive!("probe_timeout", self.probe_timeout);
        if let Some(found) = self.backoff {
            let holds = found >= 1.0 && found < f64::INFINITY;
            check!("backoff", Found::Share(found), holds, "must be a number from 1 on");
        }
        positive!("backoff_reset", self.backoff_reset);
        if let Some(found) = self.backoff_reset {
            let holds = self.backoff.is_some() && self.cooldown_max.is_some();
            check!(
                "backoff_reset",
                Found::Length(found),
                holds,
                "needs `backoff` and `cooldown_max` to be set"
            );
        }
        if let Some(found) = self.cooldown_max {
            let holds = found.as_nanos() >= cooldown.as_nanos();
            check!("cooldown_max", Found::Length(found), holds, "must not be less than `cooldown`");
        }
        if let Some(found) = self.jitter {
            let holds = found >= 0.0 && found <= 1.0;
            check!("jitter", Found::Share(found), holds, "must be between 0 and 1");
        }
        Ok(())
    }

    /// Like [`build`](Self::build), but for constants and statics, where a broken rule is a
    /// compile error.
    ///
    /// # Panics
    /// If `build` returns an error. At run time, use `build`.
    #[must_use]
    pub const fn build_const(self) -> Config {
        match self.build() {
            Ok(config) => config,
            Err(error) => panic!("{}", error.rule()),
        }
    }
}
