//! The config in force, by the keys of the attribute.

use breaker_core::{Config, Window};
use serde::Serialize;

use crate::time::millis;

#[derive(Serialize)]
pub(crate) struct ConfigView {
    threshold: Option<u16>,
    failure_rate: Option<f64>,
    failure_count: Option<u32>,
    window: Option<WindowView>,
    min_calls: u32,
    slow_call_ms: Option<u64>,
    slow_rate: Option<f64>,
    cooldown_ms: u64,
    backoff: f64,
    backoff_reset_ms: Option<u64>,
    cooldown_max_ms: Option<u64>,
    jitter: f64,
    probes: u8,
    success_threshold: u8,
    probe_timeout_ms: u64,
    count_calls: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WindowView {
    Calls { calls: u32 },
    Time { ms: u64, buckets: u8 },
}

impl ConfigView {
    pub(crate) fn new(config: &Config) -> Self {
        ConfigView {
            threshold: config.threshold(),
            failure_rate: config.failure_rate(),
            failure_count: config.failure_count(),
            window: config.window().map(|window| match window {
                Window::Calls(calls) => WindowView::Calls { calls },
                Window::Time { length, buckets } => {
                    WindowView::Time { ms: millis(length), buckets }
                }
            }),
            min_calls: config.min_calls(),
            slow_call_ms: config.slow_call().map(millis),
            slow_rate: config.slow_rate(),
            cooldown_ms: millis(config.cooldown()),
            backoff: config.backoff(),
            backoff_reset_ms: config.backoff_reset().map(millis),
            cooldown_max_ms: config.cooldown_max().map(millis),
            jitter: config.jitter(),
            probes: config.probes(),
            success_threshold: config.success_threshold(),
            probe_timeout_ms: millis(config.probe_timeout()),
            count_calls: config.count_calls(),
        }
    }
}
