//! The config of a breaker: its parameters and their rules.
//!
//! The rules are checked in three places: the attribute checks literals against [`rules`], the
//! compiler checks constants through [`ConfigBuilder::build_const`], and a program that loads its
//! config gets an `Err` from [`ConfigBuilder::build`].

mod builder;
mod error;
pub mod rules;
#[cfg(feature = "serde")]
mod serialized;

use core::time::Duration;

pub use builder::ConfigBuilder;
pub use error::ConfigError;

/// The recent calls from which `failure_rate`, `failure_count` and `slow_rate` are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Window {
    /// This many of the latest calls.
    Calls(u32),
    /// The calls of the last `length`, in a window that slides by one bucket at a time. A
    /// bucket is rounded up to a whole millisecond.
    Time {
        /// The length of the whole window.
        length: Duration,
        /// The number of buckets in the window.
        buckets: u8,
    },
}

impl Window {
    /// Returns a window of the last `length`, in ten buckets.
    #[must_use]
    pub const fn time(length: Duration) -> Self {
        Window::Time { length, buckets: 10 }
    }
}

/// The checked config of a breaker. It can be built in a constant.
///
/// ```
/// use std::time::Duration;
/// use breaker_core::Config;
///
/// const LLM: Config = Config::builder()
///     .threshold(3)
///     .cooldown(Duration::from_secs(60))
///     .build_const();
/// assert_eq!(LLM.threshold(), Some(3));
/// assert_eq!(LLM.probe_timeout(), Duration::from_secs(60));
///
/// let error = Config::builder().threshold(0).build().unwrap_err();
/// assert_eq!(error.key(), "threshold");
/// assert_eq!(error.to_string(), "`threshold` must be between 1 and 65535, found `0`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    threshold: Option<u16>,
    /// `true` if `threshold` was set. An override keeps a threshold that was set, and derives a
    /// default threshold anew.
    threshold_given: Given,
    failure_rate: Option<f64>,
    failure_count: Option<u32>,
    window: Option<Window>,
    min_calls: u32,
    /// `true` if `min_calls` was set, and so also applies to `failure_count`.
    min_calls_given: bool,
    slow_call: Option<Duration>,
    slow_rate: Option<f64>,
    cooldown: Duration,
    backoff: f64,
    backoff_reset: Option<Duration>,
    cooldown_max: Option<Duration>,
    jitter: f64,
    jitter_seed: Option<u64>,
    probes: u8,
    success_threshold: u8,
    probe_timeout: Option<Duration>,
    count_calls: bool,
}

/// A flag: `true` if a parameter was set. All flags compare equal, so that a default equals a set
/// parameter of equal value.
#[derive(Clone, Copy, Debug)]
struct Given(bool);

impl PartialEq for Given {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Config {
    /// Returns the defaults: trip after 5 consecutive failures, stay open for 30 s, one
    /// probe at a time, one success to close.
    #[must_use]
    pub const fn new() -> Self {
        Self::builder().build_const()
    }

    /// Returns a builder that has no parameter set yet.
    pub const fn builder() -> ConfigBuilder {
        ConfigBuilder::new()
    }

    /// Converts back to a builder, so that an override can be laid over it.
    pub(crate) const fn to_builder(self) -> ConfigBuilder {
        ConfigBuilder::from_config(self)
    }

    /// Returns the number of consecutive failures that trips the breaker, or `None` if
    /// consecutive failures do not trip.
    #[must_use]
    pub const fn threshold(&self) -> Option<u16> {
        self.threshold
    }

    /// Returns the share of failures in the window that trips the breaker.
    #[must_use]
    pub const fn failure_rate(&self) -> Option<f64> {
        self.failure_rate
    }

    /// Returns the number of failures in the window that trips the breaker.
    #[must_use]
    pub const fn failure_count(&self) -> Option<u32> {
        self.failure_count
    }

    /// Returns the window, if calls are recorded in a window.
    #[must_use]
    pub const fn window(&self) -> Option<Window> {
        self.window
    }

    /// Returns the number of calls that the window must hold before a rate is judged.
    #[must_use]
    pub const fn min_calls(&self) -> u32 {
        self.min_calls
    }

    /// Returns whether `min_calls` was set, and so also applies to `failure_count`.
    pub(crate) const fn is_min_calls_given(&self) -> bool {
        self.min_calls_given
    }

    /// Returns the duration from which a call is slow.
    #[must_use]
    pub const fn slow_call(&self) -> Option<Duration> {
        self.slow_call
    }

    /// Returns the share of slow calls in the window that trips the breaker. If it is `None`,
    /// a slow call counts as a failure.
    #[must_use]
    pub const fn slow_rate(&self) -> Option<f64> {
        self.slow_rate
    }

    /// Returns how long the breaker stays open before it admits a probe, without `backoff`
    /// and `jitter`.
    #[must_use]
    pub const fn cooldown(&self) -> Duration {
        self.cooldown
    }

    /// Returns the factor by which each failed half-open multiplies the cooldown.
    #[must_use]
    pub const fn backoff(&self) -> f64 {
        self.backoff
    }

    /// Returns how long the breaker must have stayed closed for `backoff` to start anew. If it
    /// is `None`, each close is enough.
    #[must_use]
    pub const fn backoff_reset(&self) -> Option<Duration> {
        self.backoff_reset
    }

    /// Returns the upper bound of the cooldown.
    #[must_use]
    pub const fn cooldown_max(&self) -> Option<Duration> {
        self.cooldown_max
    }

    /// Returns the largest random share by which a cooldown is lengthened.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Returns the seed of the jitter, if it was set.
    pub(crate) const fn jitter_seed(&self) -> Option<u64> {
        self.jitter_seed
    }

    /// Returns how many probes may be in flight at once.
    #[must_use]
    pub const fn probes(&self) -> u8 {
        self.probes
    }

    /// Returns how many probes must succeed before the breaker closes.
    #[must_use]
    pub const fn success_threshold(&self) -> u8 {
        self.success_threshold
    }

    /// Returns whether all calls are counted in the breaker's [totals](crate::Totals::calls), or
    /// only failed ones.
    #[must_use]
    pub const fn count_calls(&self) -> bool {
        self.count_calls
    }

    /// Returns the `probe_timeout`, if it was set.
    pub(crate) const fn given_probe_timeout(&self) -> Option<Duration> {
        self.probe_timeout
    }

    /// Returns how long a probe may be in flight before the next caller may take its slot.
    /// Unless set, it is the longer of the cooldown and `slow_call`.
    #[must_use]
    pub const fn probe_timeout(&self) -> Duration {
        match (self.probe_timeout, self.slow_call) {
            (Some(timeout), _) => timeout,
            (None, Some(slow)) if slow.as_nanos() > self.cooldown.as_nanos() => slow,
            (None, _) => self.cooldown,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
