//! The builder of a config: it collects the parameters and checks their rules.

mod check;

use core::time::Duration;

use super::{Config, Window};

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
