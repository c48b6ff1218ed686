//! Writes a config (feature `serde`).

use core::time::Duration;

use serde::{Serialize, Serializer};

use super::{Config, Window};

/// The parameters of a [`Config`], under the names of their keys.
#[derive(Serialize)]
#[serde(rename = "Config")]
struct Written {
    threshold: Option<u16>,
    failure_rate: Option<f64>,
    failure_count: Option<u32>,
    window: Option<Window>,
    min_calls: u32,
    slow_call: Option<Duration>,
    slow_rate: Option<f64>,
    cooldown: Duration,
    backoff: f64,
    cooldown_max: Option<Duration>,
    backoff_reset: Option<Duration>,
    jitter: f64,
    probes: u8,
    success_threshold: u8,
    probe_timeout: Duration,
    count_calls: bool,
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            threshold: self.threshold(),
            failure_rate: self.failure_rate(),
            failure_count: self.failure_count(),
            window: self.window(),
            min_calls: self.min_calls(),
            slow_call: self.slow_call(),
            slow_rate: self.slow_rate(),
            cooldown: self.cooldown(),
            backoff: self.backoff(),
            cooldown_max: self.cooldown_max(),
            backoff_reset: self.backoff_reset(),
            jitter: self.jitter(),
            probes: self.probes(),
            success_threshold: self.success_threshold(),
            probe_timeout: self.probe_timeout(),
            count_calls: self.count_calls(),
        }
        .serialize(serializer)
    }
}
