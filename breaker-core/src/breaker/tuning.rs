//! The config in force, as nine atomics that a running breaker reads.

mod pack;

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cooldown::Cooldown;
use super::recording::Rates;
use crate::clock::{Span, Tick};
use crate::config::{Config, Window, rules};
use crate::state::status::Tracking;
use crate::state::step::Limits;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::window::{Layout, Shape};
use pack::{
    ASKS_LINK, CONSECUTIVE_IN_WINDOW, COUNT, COUNT_BITS, COUNT_CALLS, COUNT_WAITS, HEARD,
    LINK_COUNTS, RESET_IN_SECONDS, RESET_LOW_BITS, SHAPE, THRESHOLD, WHOLE, with_link,
    with_listeners,
};

pub(super) use pack::NEVER_SLOW;

/// The config in force, in as few words as possible.
///
/// A decision during a replacement of the config may see the new limits with the old cooldown, and
/// is right by either. So every access is relaxed. Zero stands for a parameter that is off.
#[derive(Debug)]
pub(crate) struct Tuning {
    /// threshold (16), [`COUNT_WAITS`], [`CONSECUTIVE_IN_WINDOW`], [`COUNT_CALLS`],
    /// [`LINK_COUNTS`], [`ASKS_LINK`]; from [`SHAPE`] on, the window
    window: AtomicU64,
    /// failure count (20), `min_calls` (20), `backoff_reset` (lowest 24)
    counts: AtomicU64,
    failure_rate: AtomicU64,
    slow_rate: AtomicU64,
    /// nanoseconds (63), [`HEARD`]
    slow_call: AtomicU64,
    /// cooldown (40), jitter in parts of [`WHOLE`] (24)
    cooldown: AtomicU64,
    backoff: AtomicU64,
    /// longest cooldown (40), seed (24)
    cooldown_max: AtomicU64,
    /// probe timeout (40), probes (8), success threshold (8), `backoff_reset` (highest 8)
    probes: AtomicU64,
}

macro_rules! tuning {
    ($($field:ident)*) => {
        impl Tuning {
            const_unless_loom! {
                pub(crate) fn new(config: Config) -> Self {
                    Self {
                        slow_call: AtomicU64::new(pack::slow_call(config)),
                        window: AtomicU64::new(pack::window(config)),
                        $($field: AtomicU64::new(pack::$field(config)),)*
                    }
                }
            }

            /// Replaces the config. The caller has the lock of all tunings, except in tests.
            pub(crate) fn replace(&self, config: Config) {
                let listen = self.is_timed_for_listeners();
                let slow_call = with_listeners(pack::slow_call(config), listen);
                self.slow_call.store(slow_call, Ordering::Relaxed);
                let by_link = self.window.load(Ordering::Relaxed) & LINK_COUNTS != 0;
                self.window.store(with_link(pack::window(config), by_link), Ordering::Relaxed);
                $(self.$field.store(pack::$field(config), Ordering::Relaxed);)*
            }
        }
    };
}

tuning!(counts failure_rate slow_rate cooldown backoff cooldown_max probes);

/// Takes the lock under which tunings are replaced, and read as a whole. So a whole reading shows
/// one config.
pub(crate) fn exclusive() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tuning {
    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn limits(&self) -> Limits {
        let probes = self.probes.load(Ordering::Relaxed) >> Tick::BITS;
        Limits {
            threshold: self.threshold(),
            probes: probes as u8,
            success_threshold: (probes >> 8) as u8,
        }
    }

    /// Returns the threshold of [`limits`](Self::limits).
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    pub(crate) fn threshold(&self) -> u16 {
        self.window.load(Ordering::Relaxed) as u16
    }

    /// Returns the threshold up to which the fast path counts failures. If a link counts them too,
    /// it is 1, so the fast path counts none.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "cut to its width")]
    pub(crate) fn quick_threshold(&self) -> u16 {
        let window = self.window.load(Ordering::Relaxed);
        if window & ASKS_LINK == 0 { window as u16 } else { 1 }
    }

    /// Returns whether a link is asked at each failure.
    pub(crate) fn asks_link(&self) -> bool {
        self.window.load(Ordering::Relaxed) & ASKS_LINK != 0
    }

    /// Makes a link count failures too, or no longer. The caller has the lock of all tunings.
    pub(crate) fn count_by_link(&self, by_link: bool) {
        // Relaxed: see the type.
        let window = self.window.load(Ordering::Relaxed);
        self.window.store(with_link(window, by_link), Ordering::Relaxed);
    }

    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn rates(&self) -> Rates {
        let counts = self.counts.load(Ordering::Relaxed);
        let (count, min_calls) = (counts & COUNT, counts >> COUNT_BITS & COUNT);
        let (count, min_calls) = (count as u32, min_calls as u32);
        let count_waits = self.window.load(Ordering::Relaxed) & COUNT_WAITS != 0;
        let rate = |field: &AtomicU64| Some(load(field)).filter(|rate| *rate > 0.0);
        Rates {
            failure_rate: rate(&self.failure_rate),
            failure_count: Some(count).filter(|count| *count > 0),
            slow_rate: rate(&self.slow_rate),
            min_calls,
            count_min: if count_waits { min_calls } else { 0 },
        }
    }

    pub(crate) fn shape(&self) -> Option<Shape> {
        self.layout().map(|layout| layout.shape)
    }

    /// Returns whether consecutive failures are counted for people to read: a threshold is set, or
    /// the window is one of calls.
    pub(crate) fn shows_consecutive(&self) -> bool {
        // One load: a second load could belong to another config.
        let window = self.window.load(Ordering::Relaxed);
        let of_calls = |layout: Layout| layout.shape.is_of_calls();
        window & THRESHOLD > 0 || layout_of(window).is_some_and(of_calls)
    }

    /// Returns the shape of the window, and which failures the window counts.
    pub(crate) fn layout(&self) -> Option<Layout> {
        layout_of(self.window.load(Ordering::Relaxed))
    }

    /// Returns whether all calls are counted.
    pub(crate) fn counts_calls(&self) -> bool {
        self.window.load(Ordering::Relaxed) & COUNT_CALLS != 0
    }

    /// Returns true if calls are timed.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.slow_call_word() > 0
    }

    /// Returns the word that [`slow_call_nanos`](Self::slow_call_nanos) unpacks. If nobody listens,
    /// it is the number of nanoseconds.
    #[inline]
    pub(crate) fn slow_call_word(&self) -> u64 {
        self.slow_call.load(Ordering::Relaxed)
    }

    /// Returns from how many nanoseconds a timed call is slow, or zero if calls are not timed; and
    /// whether somebody listens to outcomes.
    #[inline]
    pub(crate) fn slow_call_nanos(&self) -> (u64, bool) {
        let word = self.slow_call_word();
        (word & NEVER_SLOW, word & HEARD != 0)
    }

    /// Returns the length from which a call is slow.
    pub(crate) fn slow_call(&self) -> Option<Duration> {
        let (nanos, _) = self.slow_call_nanos();
        (nanos > 0 && nanos != NEVER_SLOW).then(|| Duration::from_nanos(nanos))
    }

    /// Returns true if calls are timed because somebody listens to outcomes, or did so just before.
    pub(crate) fn is_timed_for_listeners(&self) -> bool {
        self.slow_call_nanos().1
    }

    /// Times calls for listeners, or stops, unless the config has a `slow_call`. The caller has the
    /// lock of all tunings.
    pub(crate) fn time_calls(&self, for_listeners: bool) {
        // Relaxed: see the type.
        let word = with_listeners(self.slow_call_word(), for_listeners);
        self.slow_call.store(word, Ordering::Relaxed);
    }

    /// Returns how calls are tracked.
    pub(crate) fn tracking(&self) -> Tracking {
        Tracking {
            timed: self.is_timed(),
            recorded: self.shape().is_some(),
            counted: self.counts_calls(),
        }
    }

    pub(crate) fn cooldown(&self) -> Cooldown {
        let split = |field: &AtomicU64| {
            let word = field.load(Ordering::Relaxed);
            (Span::from_bits(word & Tick::NEVER.bits()), word >> Tick::BITS)
        };
        let ((base, jitter), (max, seed)) = (split(&self.cooldown), split(&self.cooldown_max));
        #[allow(clippy::cast_precision_loss, reason = "24 bits are exact")]
        let jitter = jitter as f64 / WHOLE as f64;
        Cooldown { base, backoff: load(&self.backoff), max, jitter, seed }
    }

    /// Returns the config behind the words, as precise as they keep it.
    pub(crate) fn config(&self) -> Config {
        let _all_of_one = exclusive();
        let (limits, rates, cooldown) = (self.limits(), self.rates(), self.cooldown());
        let length = |span: Span| span.length().unwrap_or(Duration::MAX);
        let mut builder = Config::builder()
            .cooldown(length(cooldown.base))
            .backoff(cooldown.backoff)
            // The word keeps 24 bits, rounded down: rounding here restores six decimal places.
            .jitter((cooldown.jitter * 1e6).round() / 1e6)
            .probes(limits.probes.into())
            .success_threshold(limits.success_threshold.into());
        macro_rules! set {
            ($($key:ident: $value:expr;)*) => {$(
                if let Some(value) = $value {
                    builder = builder.$key(value.into());
                }
            )*};
        }
        let counts_wait = self.window.load(Ordering::Relaxed) & COUNT_WAITS != 0;
        let probe_timeout = self.probe_timeout();
        let slow_call = self.slow_call().map_or(Span::from_bits(0), Span::new);
        let default_timeout = cooldown.base.max(slow_call);
        set! {
            threshold: Some(limits.threshold).filter(|threshold| *threshold > 0);
            failure_rate: rates.failure_rate;
            failure_count: rates.failure_count;
            min_calls: counts_wait.then_some(rates.min_calls);
            slow_call: self.slow_call();
            slow_rate: rates.slow_rate;
            backoff_reset: self.backoff_reset().map(length);
            cooldown_max: cooldown.max.length();
            jitter_seed: Some(cooldown.seed).filter(|seed| *seed > 0);
            probe_timeout: (probe_timeout != default_timeout).then(|| length(probe_timeout));
            count_calls: self.counts_calls().then_some(true);
        }
        builder = match self.shape().map(Shape::window) {
            Some(Window::Calls(calls)) => builder.window_calls(calls.into()),
            Some(Window::Time { length, buckets }) => {
                // Whole buckets may be a little longer than the longest window.
                let length = length.min(*rules::WINDOW_TIME.end());
                builder.window_buckets(length, buckets.into())
            }
            None => builder,
        };
        // The config was checked before it was packed.
        builder.build().unwrap_or_default()
    }

    /// Returns how long a closed breaker keeps the row of its openings.
    pub(crate) fn backoff_reset(&self) -> Option<Span> {
        let low = self.counts.load(Ordering::Relaxed) >> (2 * COUNT_BITS);
        let high = self.probes.load(Ordering::Relaxed) >> (Tick::BITS + 16);
        let found = high << RESET_LOW_BITS | low;
        let ms = match found {
            0 => return None,
            ms if ms & RESET_IN_SECONDS == 0 => ms,
            seconds => (seconds & !RESET_IN_SECONDS) * 1_000,
        };
        Some(Span::from_bits(ms).min(Span::FOREVER))
    }

    pub(crate) fn probe_timeout(&self) -> Span {
        Span::from_bits(self.probes.load(Ordering::Relaxed) & Tick::NEVER.bits())
    }
}

/// Returns the layout that a config gives the window.
pub(crate) fn layout(config: Config) -> Option<Layout> {
    layout_of(pack::window(config))
}

fn layout_of(window: u64) -> Option<Layout> {
    let counts_consecutive = window & CONSECUTIVE_IN_WINDOW != 0;
    Shape::from_bits(window >> SHAPE).map(|shape| Layout { shape, counts_consecutive })
}

fn load(field: &AtomicU64) -> f64 {
    f64::from_bits(field.load(Ordering::Relaxed))
}

pub(crate) const fn tracking(config: Config) -> Tracking {
    Tracking {
        timed: config.slow_call().is_some(),
        recorded: config.window().is_some(),
        counted: config.count_calls(),
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
