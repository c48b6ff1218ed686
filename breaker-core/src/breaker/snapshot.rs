//! A snapshot: a breaker's state and counters at one moment.

use core::time::Duration;
use std::sync::Arc;

use crate::clock::Tick;
use crate::link::Sharing;
use crate::name::Name;
use crate::state::State;
use crate::state::word::{Phase, Status};
use crate::window::Totals;

/// A breaker at one moment, from [`Breaker::snapshot`](crate::Breaker::snapshot).
///
/// With the feature `serde` it can be saved, and [restored](crate::Breaker::restore) in another
/// run. A saved snapshot needs its `name` and `state`. Fields that it does not have are zero or
/// `None`, and those that are not known are ignored. Some formats leave out what is `None`, so a
/// saved open breaker without `remaining_cooldown` is open for ever: write that field into a
/// snapshot made by hand. A name that breaks a rule of [`Name::check`](crate::Name::check) is an
/// error, also if [`Breaker::new`](crate::Breaker::new), which does not check it, has taken it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
// `Saved` has the same fields in the same order.
pub struct Snapshot {
    /// The breaker's name as it is shown: `name/key` for a breaker by key.
    pub name: Name,
    /// The name without the key.
    pub family: Name,
    /// The key, if it is a breaker by key.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::name::serialize_key"))]
    pub key: Option<Arc<str>>,
    /// Its state.
    pub state: State,
    /// The number of state changes so far.
    pub episode: u64,
    /// Consecutive failures, while closed or observing. They are counted where `threshold` is set
    /// or the window is one of calls; elsewhere this is 0. A change of the config that counts them
    /// keeps them. A window of calls has them exactly, up to the latest call that it has recorded.
    pub consecutive_failures: u16,
    /// The calls of the window, if there is one; of the probes, while half-open.
    /// While open, those that stood in it when it opened.
    pub calls: Option<u64>,
    /// The failures among them.
    pub failures: Option<u64>,
    /// The slow ones among them.
    pub slow_calls: Option<u64>,
    /// The share of failures, once `min_calls` are in.
    pub failure_rate: Option<f64>,
    /// The share of slow calls, once `min_calls` are in.
    pub slow_rate: Option<f64>,
    /// Probes that are out, while half-open.
    pub probes_in_flight: u8,
    /// Probes that have succeeded, while half-open.
    pub probe_successes: u8,
    /// Calls rejected since the breaker was made.
    pub rejections: u64,
    /// Calls it would have rejected while it was observing.
    pub observed_rejections: u64,
    /// Outcomes dropped, since the breaker was made, because they came after
    /// the end of the episode they belonged to.
    pub late_outcomes: u64,
    /// For how long the state has held, in whole milliseconds. For a breaker of
    /// [`Breaker::new`](crate::Breaker::new) that has not moved yet, the time since
    /// the process first looked at the clock.
    pub time_in_state: Duration,
    /// The length of the cooldown, in whole milliseconds, while open; `None` if it
    /// never ends.
    pub cooldown: Option<Duration>,
    /// The rest of the cooldown: zero if it is over and no call has come yet. It is rounded up, so
    /// that it is never too short: at first it may be a millisecond longer than `cooldown`.
    pub remaining_cooldown: Option<Duration>,
    /// How often it has opened in a row, as `backoff` counts, at most 65535: 1 after the first
    /// trip, 0 while it is closed and its next trip would be the first.
    pub openings: u16,
    /// How the breaker is shared with others of its name at this moment; `None` if it is not. A
    /// snapshot that was saved has `None`.
    pub shared: Option<Sharing>,
}

/// The counters that a snapshot shows as they are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) rejections: u64,
    pub(crate) observed_rejections: u64,
    pub(crate) late: u64,
    pub(crate) probes: u64,
}

impl Snapshot {
    pub(crate) fn new(
        name: Name,
        status: Status,
        now: Tick,
        since: Tick,
        counts: Counts,
        sums: Option<Totals>,
        min_calls: u32,
    ) -> Self {
        let rate = |part: fn(Totals) -> u64| {
            sums.filter(|sums| sums.calls > 0 && sums.calls >= min_calls.into())
                .map(|sums| sums.share(part(sums)))
        };
        let mut snapshot = Self {
            family: name.family().clone(),
            key: name.key().cloned(),
            name,
            state: State::from(status.phase),
            episode: status.episode.0,
            consecutive_failures: 0,
            calls: sums.map(|sums| sums.calls),
            failures: sums.map(|sums| sums.failures),
            slow_calls: sums.map(|sums| sums.slow),
            failure_rate: rate(|sums| sums.failures),
            slow_rate: rate(|sums| sums.slow),
            probes_in_flight: 0,
            probe_successes: 0,
            rejections: counts.rejections,
            observed_rejections: counts.observed_rejections,
            late_outcomes: counts.late,
            time_in_state: now.since(since),
            cooldown: None,
            remaining_cooldown: None,
            openings: 0,
            shared: None,
        };
        match status.phase {
            Phase::Closed { failures } | Phase::Observing { failures } => {
                snapshot.consecutive_failures = failures;
            }
            Phase::Open { until } => {
                snapshot.remaining_cooldown = until.remaining(now, since);
            }
            Phase::HalfOpen { in_flight, successes } => {
                snapshot.probes_in_flight = in_flight;
                snapshot.probe_successes = successes;
                snapshot.calls = snapshot.calls.map(|_| successes.into());
            }
            Phase::Isolated { .. } | Phase::Disabled => {}
        }
        snapshot
    }
}
