//! Reads a saved snapshot (feature `serde`).

use core::time::Duration;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};

use crate::breaker::snapshot::Snapshot;
use crate::name::Name;
use crate::state::State;

/// The saved fields of a [`Snapshot`], in the order of its own: some formats write no names. Others
/// leave out a `None`, so an open breaker without `remaining_cooldown` is one whose cooldown never
/// ends.
#[derive(serde::Deserialize)]
#[serde(rename = "Snapshot")]
struct Saved {
    name: String,
    #[serde(default)]
    family: Option<String>,
    #[serde(default)]
    key: Option<String>,
    state: State,
    #[serde(default)]
    episode: u64,
    #[serde(default)]
    consecutive_failures: u16,
    #[serde(default)]
    calls: Option<u64>,
    #[serde(default)]
    failures: Option<u64>,
    #[serde(default)]
    slow_calls: Option<u64>,
    #[serde(default)]
    failure_rate: Option<f64>,
    #[serde(default)]
    slow_rate: Option<f64>,
    #[serde(default)]
    probes_in_flight: u8,
    #[serde(default)]
    probe_successes: u8,
    #[serde(default)]
    rejections: u64,
    #[serde(default)]
    observed_rejections: u64,
    #[serde(default)]
    late_outcomes: u64,
    #[serde(default)]
    time_in_state: Duration,
    #[serde(default)]
    cooldown: Option<Duration>,
    #[serde(default)]
    remaining_cooldown: Option<Duration>,
    #[serde(default)]
    openings: u16,
    #[serde(default, rename = "shared")]
    _shared: Option<SavedSharing>,
}

/// The fields of a [`Sharing`](crate::Sharing), which are read if a format writes no names.
#[derive(serde::Deserialize)]
#[serde(rename = "Sharing")]
struct SavedSharing {
    #[serde(rename = "scope")]
    _scope: String,
    #[serde(rename = "role")]
    _role: String,
    #[serde(default, rename = "votes")]
    _votes: u16,
    #[serde(default, rename = "quorum")]
    _quorum: Option<u16>,
    #[serde(default, rename = "holder")]
    _holder: Option<String>,
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        let family = saved.family.as_ref().filter(|_| saved.key.is_some()).unwrap_or(&saved.name);
        let family = Name::try_from(&**family).map_err(D::Error::custom)?;
        let key = saved.key.map(Arc::<str>::from);
        let name = match &key {
            Some(key) => Name::keyed(family.clone(), Arc::clone(key)),
            None => family.clone(),
        };
        Ok(Snapshot {
            name,
            family,
            key,
            state: saved.state,
            episode: saved.episode,
            consecutive_failures: saved.consecutive_failures,
            calls: saved.calls,
            failures: saved.failures,
            slow_calls: saved.slow_calls,
            failure_rate: saved.failure_rate,
            slow_rate: saved.slow_rate,
            probes_in_flight: saved.probes_in_flight,
            probe_successes: saved.probe_successes,
            rejections: saved.rejections,
            observed_rejections: saved.observed_rejections,
            late_outcomes: saved.late_outcomes,
            time_in_state: saved.time_in_state,
            cooldown: saved.cooldown,
            remaining_cooldown: saved.remaining_cooldown,
            openings: saved.openings,
            // The process that saved it shared it. The process that reads it need not.
            shared: None,
        })
    }
}
