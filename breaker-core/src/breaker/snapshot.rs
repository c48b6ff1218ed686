//! A snapshot: a breaker's state and counters at one moment.

use core::time::Duration;
use std::sync::Arc;

use crate::clock::Tick;
use crate::link::Sharing;
use crate::name::Name;
use crate::state::State;
use crate::state::status::{Phase, Status};
use crate::window::Totals;

/// A breaker at one moment, from [`Breaker::snapshot`](crate::Breaker::snapshot).
///
/// With the feature `serde` it can be saved, and [restored](crate::Breaker::restore) in another
/// run. A saved snapshot needs its `name` and `state`. Missing fields are zero or `None`, and
/// unknown fields are ignored. Some formats leave out a `None`, so a saved open breaker without
/// `remaining_cooldown` is open for ever: write that field into a snapshot made by hand. A name
/// that breaks a rule of [`Name::check`](crate::Name::check) is an error, even if
/// [`Breaker::new`](crate::Breaker::new), which does not check it, has accepted it.
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
    /// The breaker's state.
    pub state: State,
    /// The number of state changes so far.
    pub episode: u64,
    /// Consecutive failures, while closed or observing. They are counted if `threshold` is set or
    /// the window is one of calls; otherwise this is 0. If a change of the config counts them too,
    /// it keeps them. A window of calls has them exactly, up to the latest call that it has
    /// recorded.
    pub consecutive_failures: u16,
    /// The calls in the window, if there is one. While half-open, the probes; while open, the calls
    /// that were in the window when the breaker opened.
    pub calls: Option<u64>,
    /// The failures among these calls.
    pub failures: Option<u64>,
    /// The slow calls among them.
    pub slow_calls: Option<u64>,
    /// The share of failures, once there are `min_calls`.
    pub failure_rate: Option<f64>,
    /// The share of slow calls, once there are `min_calls`.
    pub slow_rate: Option<f64>,
    /// The number of probes that are out, while half-open.
    pub probes_in_flight: u8,
    /// The number of probes that have succeeded, while half-open.
    pub probe_successes: u8,
    /// Calls rejected since the breaker was made.
    pub rejections: u64,
    /// Calls that the breaker would have rejected while it was observing.
    pub observed_rejections: u64,
    /// Outcomes dropped, since the breaker was made, because they came after the end of their
    /// episode.
    pub late_outcomes: u64,
    /// The time for which the state has held, in whole milliseconds. For a breaker from
    /// [`Breaker::new`](crate::Breaker::new) without a transition so far, the time since the
    /// process first read the clock.
    pub time_in_state: Duration,
    /// The length of the cooldown, in whole milliseconds, while open; `None` if it
    /// never ends.
    pub cooldown: Option<Duration>,
    /// The rest of the cooldown: zero if it is over and no call has come yet. It is rounded up, so
    /// that it is never too short: at first it may be a millisecond longer than `cooldown`.
    pub remaining_cooldown: Option<Duration>,
    /// The number of times that the breaker has opened in a row, as `backoff` counts, at most
    /// 65535: 1 after the first trip, 0 while it is closed and its next trip would be the first.
    pub openings: u16,
    /// The way in which the breaker is shared with others of its name at this moment; `None` if it
    /// is not. A snapshot that was saved has `None`.
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
