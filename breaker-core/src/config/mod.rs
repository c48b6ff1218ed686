//! Tuning: the parameters of a breaker and the rules they keep.
//!
//! The same rules serve three carriers: the attribute checks literals against
//! [`rules`], the compiler checks constants through [`ConfigBuilder::build_const`],
//! and a program that loads its tuning gets an `Err` from [`ConfigBuilder::build`].

mod builder;
mod error;
pub mod rules;

use core::time::Duration;

pub use builder::ConfigBuilder;
pub use error::ConfigError;

/// Over which calls `failure_rate`, `failure_count` and `slow_rate` are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The last so many calls.
    Calls(u32),
    /// The calls of the last so much time, which slides by one bucket at a
    /// time. Kept to the millisecond, rounded up to whole buckets.
    Time {
        /// The whole window.
        length: Duration,
        /// How many buckets it is cut into.
        buckets: u8,
    },
}

impl Window {
    /// The last `length` of time, in ten buckets.
    #[must_use]
    pub const fn time(length: Duration) -> Self {
        Window::Time { length, buckets: 10 }
    }
}

/// Checked tuning of a breaker. Can be made in a constant.
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
    /// Not by default: then other tuning laid over it keeps it.
    threshold_given: Given,
    failure_rate: Option<f64>,
    failure_count: Option<u32>,
    window: Option<Window>,
    min_calls: u32,
    /// Not by default: then it holds for `failure_count` too.
    min_calls_given: bool,
    slow_call: Option<Duration>,
    slow_rate: Option<f64>,
    cooldown: Duration,
    backoff: f64,
    cooldown_max: Option<Duration>,
    jitter: f64,
    jitter_seed: Option<u64>,
    probes: u8,
    success_threshold: u8,
    probe_timeout: Option<Duration>,
}

/// Whether a parameter was set. Tuning is equal if it does the same, set or not.
#[derive(Clone, Copy, Debug)]
struct Given(bool);

impl PartialEq for Given {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Config {
    /// The defaults: trip after 5 consecutive failures, stay open for 30 s,
    /// one probe at a time, one success to close.
    #[must_use]
    pub const fn new() -> Self {
        Self::builder().build_const()
    }

    /// Starts from the defaults.
    pub const fn builder() -> ConfigBuilder {
        ConfigBuilder::new()
    }

    /// The parameters again, to lay others over them.
    pub(crate) const fn to_builder(self) -> ConfigBuilder {
        ConfigBuilder::from_config(self)
    }

    /// Consecutive failures that trip the breaker, if it counts them.
    #[must_use]
    pub const fn threshold(&self) -> Option<u16> {
        self.threshold
    }

    /// The share of failures in the window that trips it.
    #[must_use]
    pub const fn failure_rate(&self) -> Option<f64> {
        self.failure_rate
    }

    /// The number of failures in the window that trips it.
    #[must_use]
    pub const fn failure_count(&self) -> Option<u32> {
        self.failure_count
    }

    /// The window, if calls are recorded in one.
    #[must_use]
    pub const fn window(&self) -> Option<Window> {
        self.window
    }

    /// How many calls the window must hold before a rate is judged.
    #[must_use]
    pub const fn min_calls(&self) -> u32 {
        self.min_calls
    }

    /// Whether `min_calls` was set, and so holds for `failure_count` too.
    pub(crate) const fn is_min_calls_given(&self) -> bool {
        self.min_calls_given
    }

    /// From what length on a call is slow.
    #[must_use]
    pub const fn slow_call(&self) -> Option<Duration> {
        self.slow_call
    }

    /// The share of slow calls in the window that trips it. If there is none,
    /// a slow call counts as a failure.
    #[must_use]
    pub const fn slow_rate(&self) -> Option<f64> {
        self.slow_rate
    }

    /// How long it stays open before it lets a probe through.
    #[must_use]
    pub const fn cooldown(&self) -> Duration {
        self.cooldown
    }

    /// What each failed half-open multiplies the cooldown by.
    #[must_use]
    pub const fn backoff(&self) -> f64 {
        self.backoff
    }

    /// What the cooldown does not grow beyond.
    #[must_use]
    pub const fn cooldown_max(&self) -> Option<Duration> {
        self.cooldown_max
    }

    /// By what share of itself a cooldown may be longer, at random.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.jitter
    }

    /// The seed of the jitter, if it was set.
    pub(crate) const fn jitter_seed(&self) -> Option<u64> {
        self.jitter_seed
    }

    /// How many probes may be in flight at once.
    #[must_use]
    pub const fn probes(&self) -> u8 {
        self.probes
    }

    /// How many probes must succeed before it closes.
    #[must_use]
    pub const fn success_threshold(&self) -> u8 {
        self.success_threshold
    }

    /// How long a probe may be out before the next caller takes its slot.
    /// The cooldown, unless set.
    #[must_use]
    pub const fn probe_timeout(&self) -> Duration {
        match self.probe_timeout {
            Some(timeout) => timeout,
            None => self.cooldown,
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
