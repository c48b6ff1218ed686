//! Tuning that a running breaker reads and that may be replaced under it.

use core::time::Duration;

use super::{Config, Window};
use crate::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::clock::Span;
use crate::window::Shape;

/// What [`step`](crate::step) needs of the tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Zero: failures in a row do not trip.
    pub(crate) threshold: u16,
    pub(crate) probes: u8,
    pub(crate) success_threshold: u8,
}

/// When the window trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) slow_rate: Option<f64>,
    /// Before a rate is judged.
    pub(crate) min_calls: u32,
    /// Before a count is judged.
    pub(crate) count_min: u32,
}

impl Rates {
    /// Whether a window is kept for more than to be looked at.
    pub(crate) fn any(&self) -> bool {
        self.failure_rate.is_some() || self.failure_count.is_some() || self.slow_rate.is_some()
    }
}

/// How a cooldown is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cooldown {
    pub(crate) base: Span,
    pub(crate) backoff: f64,
    pub(crate) max: Span,
    pub(crate) jitter: f64,
    pub(crate) seed: u64,
}

/// The tuning in force.
///
/// Each field is a message of its own: a decision taken while the tuning is
/// replaced may see the new limits with the old cooldown, and is right by
/// either. So every access is relaxed. Zero stands for what is off.
#[derive(Debug)]
pub(crate) struct Tuning {
    /// threshold (16), probes (8), success threshold (8), failure count (32)
    limits: AtomicU64,
    /// for rates (32), for counts (32)
    min_calls: AtomicU64,
    window: AtomicU64,
    failure_rate: AtomicU64,
    slow_rate: AtomicU64,
    /// Nanoseconds.
    slow_call: AtomicU64,
    cooldown: AtomicU64,
    backoff: AtomicU64,
    cooldown_max: AtomicU64,
    jitter: AtomicU64,
    seed: AtomicU64,
    probe_timeout: AtomicU64,
}

macro_rules! tuning {
    ($($field:ident: $value:expr;)*) => {
        impl Tuning {
            const_unless_loom! {
                pub(crate) fn new(config: Config) -> Self {
                    Self { $($field: AtomicU64::new($value(config)),)* }
                }
            }

            pub(crate) fn replace(&self, config: Config) {
                $(self.$field.store($value(config), Ordering::Relaxed);)*
            }
        }
    };
}

tuning! {
    limits: pack;
    min_calls: min_calls;
    window: window;
    failure_rate: failure_rate;
    slow_rate: slow_rate;
    slow_call: slow_call;
    cooldown: cooldown;
    backoff: backoff;
    cooldown_max: cooldown_max;
    jitter: jitter;
    seed: seed;
    probe_timeout: probe_timeout;
}

impl Tuning {
    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn limits(&self) -> Limits {
        let limits = self.limits.load(Ordering::Relaxed);
        Limits {
            threshold: limits as u16,
            probes: (limits >> 16) as u8,
            success_threshold: (limits >> 24) as u8,
        }
    }

    /// That of [`limits`](Self::limits) alone.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    pub(crate) fn threshold(&self) -> u16 {
        self.limits.load(Ordering::Relaxed) as u16
    }

    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn rates(&self) -> Rates {
        let count = (self.limits.load(Ordering::Relaxed) >> 32) as u32;
        let min_calls = self.min_calls.load(Ordering::Relaxed);
        let rate = |field: &AtomicU64| Some(load(field)).filter(|rate| *rate > 0.0);
        Rates {
            failure_rate: rate(&self.failure_rate),
            failure_count: Some(count).filter(|count| *count > 0),
            slow_rate: rate(&self.slow_rate),
            min_calls: min_calls as u32,
            count_min: (min_calls >> 32) as u32,
        }
    }

    #[inline]
    pub(crate) fn shape(&self) -> Option<Shape> {
        Shape::from_bits(self.window.load(Ordering::Relaxed))
    }

    /// Whether calls are timed.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.slow_call.load(Ordering::Relaxed) > 0
    }

    /// From what length on a call is slow.
    pub(crate) fn slow_call(&self) -> Option<Duration> {
        let nanos = self.slow_call.load(Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }

    pub(crate) fn cooldown(&self) -> Cooldown {
        let span = |field: &AtomicU64| Span::from_bits(field.load(Ordering::Relaxed));
        Cooldown {
            base: span(&self.cooldown),
            backoff: load(&self.backoff),
            max: span(&self.cooldown_max),
            jitter: load(&self.jitter),
            seed: self.seed.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn probe_timeout(&self) -> Span {
        Span::from_bits(self.probe_timeout.load(Ordering::Relaxed))
    }
}

fn load(field: &AtomicU64) -> f64 {
    f64::from_bits(field.load(Ordering::Relaxed))
}

pub(crate) const fn is_watchful(config: Config) -> bool {
    config.window.is_some() || config.slow_call.is_some()
}

const fn pack(config: Config) -> u64 {
    let threshold = match config.threshold {
        Some(threshold) => threshold as u64,
        None => 0,
    };
    let count = match config.failure_count {
        Some(count) => count as u64,
        None => 0,
    };
    threshold | (config.probes as u64) << 16 | (config.success_threshold as u64) << 24 | count << 32
}

const fn min_calls(config: Config) -> u64 {
    let count_min = if config.min_calls_given { config.min_calls as u64 } else { 0 };
    config.min_calls as u64 | count_min << 32
}

const fn window(config: Config) -> u64 {
    match config.window {
        Some(Window::Calls(calls)) => Shape::calls(calls).bits(),
        Some(Window::Time { length, buckets }) => Shape::time(length, buckets).bits(),
        None => 0,
    }
}

const fn failure_rate(config: Config) -> u64 {
    share(config.failure_rate)
}

const fn slow_rate(config: Config) -> u64 {
    share(config.slow_rate)
}

const fn share(rate: Option<f64>) -> u64 {
    match rate {
        Some(rate) => rate.to_bits(),
        None => 0,
    }
}

const fn slow_call(config: Config) -> u64 {
    match config.slow_call {
        Some(length) => {
            let nanos = length.as_nanos();
            #[allow(clippy::cast_possible_truncation, reason = "compared just before")]
            if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 }
        }
        None => 0,
    }
}

const fn cooldown(config: Config) -> u64 {
    Span::new(config.cooldown).bits()
}

const fn backoff(config: Config) -> u64 {
    config.backoff.to_bits()
}

const fn cooldown_max(config: Config) -> u64 {
    match config.cooldown_max {
        Some(max) => Span::new(max).bits(),
        None => Span::FOREVER.bits(),
    }
}

const fn jitter(config: Config) -> u64 {
    config.jitter.to_bits()
}

/// Zero stands for a seed of the process's own.
const fn seed(config: Config) -> u64 {
    match config.jitter_seed {
        Some(0) => u64::MAX,
        Some(seed) => seed,
        None => 0,
    }
}

const fn probe_timeout(config: Config) -> u64 {
    Span::new(config.probe_timeout()).bits()
}
