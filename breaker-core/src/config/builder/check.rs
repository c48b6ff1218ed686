//! Checks the rules about parameters.

use core::time::Duration;

use super::{ConfigBuilder, Size};
use crate::config::error::{ConfigError, Found};
use crate::config::{Config, Given, Window, rules};

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

impl ConfigBuilder {
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
}
