//! A [`Report`]: all that can be said about one breaker at one moment.

use core::panic::Location;
use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::cold::ColdState;
use crate::breaker::history::Summary;
use crate::breaker::snapshot::Snapshot;
use crate::breaker::totals::{CallTotals, Totals};
use crate::config::Config;
use crate::event::Reason;
use crate::outcome::FailureKind;
use crate::state::State;

/// A reading of one breaker for people, from [`Breaker::report`](crate::Breaker::report) or
/// [`Registry::reports`](crate::Registry::reports).
///
/// Its parts are read one after the other: if the breaker changes at that moment, one part may show
/// the state before and another the state after.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// State and counters.
    pub snapshot: Snapshot,
    /// The config in force.
    pub config: Config,
    /// The totals since the breaker was made.
    pub totals: Totals,
    /// The present outage.
    pub outage: Option<Outage>,
    /// The last change of state, if there has been any.
    pub last_transition: Option<LastTransition>,
    /// The place in the program that declared the breaker's name with its tuning, if there is such
    /// a place and the report comes from a registry.
    pub declared_at: Option<&'static Location<'static>>,
}

/// The time in which a service is unwell, however often its breaker closes and trips again.
///
/// It begins with the first trip after the breaker last stayed closed for a whole cooldown, and
/// ends once the breaker has stayed closed for as long again. The cooldown is the config's, without
/// `backoff` and `jitter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Outage {
    /// The time for which it has lasted, in whole milliseconds.
    pub lasts: Duration,
    /// The number of openings in it that the breaker itself decided: the first trip, later trips,
    /// and failed probes. An opening by hand is not counted.
    pub trips: u64,
}

/// The last change of a breaker's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LastTransition {
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The reason for the change.
    pub reason: Reason,
    /// The time since the change, in whole milliseconds.
    pub ago: Duration,
}

impl Breaker {
    /// Returns the breaker's totals since it was made. Neither a transition nor a
    /// [`reset`](Self::reset) sets them back.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_core::{Breaker, Clock, Config, FailureKind, State};
    ///
    /// let (clock, hand) = Clock::manual();
    /// let breaker = Breaker::new("db", Config::builder().threshold(1).build_const());
    /// let breaker = breaker.with_clock(clock);
    /// hand.advance(Duration::from_secs(60));
    /// breaker.try_acquire().unwrap().failure();
    /// hand.advance(Duration::from_secs(10));
    /// breaker.reset();
    ///
    /// let totals = breaker.totals();
    /// assert_eq!(totals.time_in(State::Closed), Duration::from_secs(60));
    /// assert_eq!(totals.time_in(State::Open), Duration::from_secs(10));
    /// assert_eq!(totals.failures(FailureKind::Error), 1);
    /// ```
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals_and_past().0
    }

    /// Returns all that can be said about the breaker at this moment.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_core::{Breaker, Clock, Config, Reason, State};
    ///
    /// let (clock, hand) = Clock::manual();
    /// let breaker = Breaker::new("db", Config::builder().threshold(1).build_const());
    /// let breaker = breaker.with_clock(clock);
    /// breaker.try_acquire().unwrap().failure();
    /// hand.advance(Duration::from_secs(40));
    /// breaker.try_acquire().unwrap().failure(); // a probe
    /// hand.advance(Duration::from_secs(5));
    ///
    /// let report = breaker.report();
    /// let outage = report.outage.unwrap();
    /// assert_eq!((outage.lasts, outage.trips), (Duration::from_secs(45), 2));
    /// let last = report.last_transition.unwrap();
    /// assert_eq!((last.to, last.reason), (State::Open, Reason::ProbeFailed));
    /// assert_eq!(last.ago, Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        let snapshot = self.snapshot();
        let (totals, past) = self.totals_and_past();
        let outage = past.as_ref().and_then(|past| {
            let outage = past.outage?;
            Some(Outage { lasts: past.upto.since(outage.since), trips: outage.trips })
        });
        let last_transition = past.as_ref().and_then(|past| {
            let last = past.last?;
            let ago = past.upto.since(last.at);
            Some(LastTransition { from: last.from, to: last.to, reason: last.reason, ago })
        });
        let config = self.config();
        Report { snapshot, config, totals, outage, last_transition, declared_at: None }
    }

    /// Returns the totals, and the history if there is any.
    fn totals_and_past(&self) -> (Totals, Option<Summary>) {
        let now = || self.clock().now();
        // Read before the look for the cold state: see `history`.
        let before = now();
        let row = || self.cell.status().failures_for_totals();
        // The history keeps the highest number of failures, so nobody is told of fewer later.
        let cold = if row() > 0 { Some(self.cell.cold()) } else { self.cell.cold_if_made() };
        let (mut totals, past) = match cold {
            Some(cold) => {
                let errors = || cold.errors(row);
                let past = cold.history.read(self.tuning.cooldown().base, now, errors);
                (totals_of(cold, &past), Some(past))
            }
            None => {
                let mut totals = Totals { calls: Some(CallTotals::default()), ..Totals::default() };
                totals.times[State::Closed.index()] = before.since(self.cell.since());
                (totals, None)
            }
        };
        if !self.tuning.counts_calls() {
            totals.calls = None;
        }
        (totals, past)
    }
}

fn totals_of(cold: &ColdState, past: &Summary) -> Totals {
    let counts = cold.counts();
    let mut failures = cold.failures();
    failures[FailureKind::Error.index()] = past.errors;
    Totals {
        rejections: counts.rejections,
        observed_rejections: counts.observed_rejections,
        late_outcomes: counts.late,
        probes: counts.probes,
        calls: Some(cold.calls(failures.iter().sum())),
        transitions: past.transitions.clone(),
        times: past.times,
        failures,
    }
}
