//! One breaker in three sizes: its moving part, the whole, and the whole with its past.

use std::collections::BTreeMap;
use std::sync::Arc;

use breaker_core::{Name, Report, Snapshot, State};
use serde::Serialize;

use super::config::ConfigView;
use super::figures::Figures;
use super::sharing::SharingView;
use super::totals::{TotalsView, TransitionCount, time_in_state, transition_counts};
use crate::history::{Past, Transition};
use crate::operator::Laid;
use crate::route;
use crate::time::{Millis, before, millis};

/// The part that changes from second to second.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Moving {
    state: &'static str,
    since_ms: Millis,
    episode: u64,
    #[serde(flatten)]
    figures: Figures,
    probes_in_flight: u8,
    probe_successes: u8,
    cooldown_ms: Option<u64>,
    cooldown_ends_ms: Option<Millis>,
    openings: u16,
    rejections: u64,
    observed_rejections: u64,
    late_outcomes: u64,
    totals: TotalsView,
    outage: Option<OutageView>,
    shared: Option<SharingView>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct OutageView {
    since_ms: Millis,
    trips: u64,
}

impl Moving {
    pub(crate) fn new(report: &Report, now: Millis) -> Self {
        let snapshot = &report.snapshot;
        let ends = snapshot.remaining_cooldown.map(|left| match millis(left) {
            // The breaker stays open until the next call. An end counted back from now would move.
            0 => before(now, snapshot.time_in_state)
                .saturating_add(millis(snapshot.cooldown.unwrap_or_default())),
            left => now.saturating_add(left),
        });
        Moving {
            state: snapshot.state.as_str(),
            since_ms: before(now, snapshot.time_in_state),
            episode: snapshot.episode,
            figures: Figures::new(snapshot),
            probes_in_flight: snapshot.probes_in_flight,
            probe_successes: snapshot.probe_successes,
            cooldown_ms: snapshot.cooldown.map(millis),
            cooldown_ends_ms: ends,
            openings: snapshot.openings,
            rejections: snapshot.rejections,
            observed_rejections: snapshot.observed_rejections,
            late_outcomes: snapshot.late_outcomes,
            totals: TotalsView::new(&report.totals),
            outage: report.outage.map(|outage| OutageView {
                since_ms: before(now, outage.lasts),
                trips: outage.trips,
            }),
            shared: snapshot.shared.as_ref().map(SharingView::new),
        }
    }

    /// Returns true if only the time has changed. Moments are computed from lengths that the clock
    /// has rounded, so they vary by a millisecond.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let counts = |it: &Self| {
            let Moving { probes_in_flight, probe_successes, openings, .. } = *it;
            let Moving { rejections, observed_rejections, late_outcomes, .. } = *it;
            let trips = it.outage.map(|outage| outage.trips);
            let probes = (probes_in_flight, probe_successes, openings);
            (it.state, it.episode, probes, rejections, observed_rejections, late_outcomes, trips)
        };
        let ends = |it: &Self| (it.cooldown_ms, it.cooldown_ends_ms.is_some());
        counts(self) == counts(other)
            && ends(self) == ends(other)
            && self.shared == other.shared
            && self.figures == other.figures
            && self.totals == other.totals
    }
}

/// Name and key, which identify a breaker.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Identity<'a> {
    name: &'a str,
    key: Option<&'a str>,
}

impl<'a> Identity<'a> {
    pub(crate) fn new(name: &'a Name) -> Self {
        Identity { name: name.family().as_str(), key: name.key().map(|key| &**key) }
    }
}

/// A part of a breaker that the reader knows already.
#[derive(Serialize)]
pub(crate) struct Part<'a> {
    #[serde(flatten)]
    pub(crate) identity: Identity<'a>,
    #[serde(flatten)]
    pub(crate) moving: &'a Moving,
    #[serde(flatten)]
    pub(crate) recent: Option<Recent>,
}

/// The recent past.
#[derive(Serialize)]
pub(crate) struct Recent {
    last: Option<Arc<Transition>>,
    strip: Vec<(Millis, &'static str)>,
}

impl Recent {
    pub(crate) fn new(report: &Report, past: &Past, now: Millis) -> Self {
        Recent { last: past.last(report, now), strip: past.strip(report, now) }
    }
}

/// All of a breaker.
#[derive(Serialize)]
pub(crate) struct Whole<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    shown: String,
    path: String,
    place: Option<String>,
    config: ConfigView,
    #[serde(rename = "override")]
    over: Option<Arc<Laid>>,
    #[serde(flatten)]
    moving: Moving,
    #[serde(flatten)]
    recent: Recent,
}

impl<'a> Whole<'a> {
    pub(crate) fn new(
        report: &'a Report,
        past: &Past,
        over: Option<Arc<Laid>>,
        now: Millis,
    ) -> Self {
        let snapshot = &report.snapshot;
        Whole {
            identity: Identity::new(&snapshot.name),
            shown: snapshot.name.to_string(),
            path: route::path(snapshot.family.as_str(), snapshot.key.as_deref()),
            place: report.declared_at.map(ToString::to_string),
            config: ConfigView::new(&report.config),
            over,
            moving: Moving::new(report, now),
            recent: Recent::new(report, past, now),
        }
    }
}

/// All of a breaker, with its past.
#[derive(Serialize)]
pub(crate) struct Detail<'a> {
    #[serde(flatten)]
    whole: Whole<'a>,
    /// The newest comes first.
    transitions: Vec<Arc<Transition>>,
    transition_counts: Vec<TransitionCount>,
    time_in_state_ms: BTreeMap<&'static str, u64>,
}

impl<'a> Detail<'a> {
    pub(crate) fn new(whole: Whole<'a>, report: &Report, past: &Past) -> Self {
        Detail {
            whole,
            transitions: past.newest_first().cloned().collect(),
            transition_counts: transition_counts(&report.totals),
            time_in_state_ms: time_in_state(&report.totals),
        }
    }
}

/// Returns true for a breaker that rejects calls and goes on rejecting, whoever calls. A breaker
/// whose cooldown is over lets the next call through.
pub(crate) fn is_rejecting(snapshot: &Snapshot) -> bool {
    match snapshot.state {
        State::Isolated => true,
        State::Open => snapshot.remaining_cooldown.is_none_or(|left| !left.is_zero()),
        _ => false,
    }
}
