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

/// All that people want to know of a breaker, from [`Breaker::report`](crate::Breaker::report)
/// or [`Registry::reports`](crate::Registry::reports).
///
/// Its parts are read one after the other: of a breaker that changes at that moment, one may show
/// the state before and another the state after.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// State and counters.
    pub snapshot: Snapshot,
    /// The config in force.
    pub config: Config,
    /// The totals since it was made.
    pub totals: Totals,
    /// The present outage.
    pub outage: Option<Outage>,
    /// The last change of state, if there has been any.
    pub last_transition: Option<LastTransition>,
    /// The place in the program that declared the breaker's name with its tuning, if the report
    /// is from a registry, and some place has.
    pub declared_at: Option<&'static Location<'static>>,
}

/// The time in which a service is unwell, however often its breaker closes and trips again.
///
/// It begins with the first trip after the breaker last stayed closed for a whole cooldown, and is
/// over once the breaker has stayed closed for so long again. The cooldown is that of the config,
/// which neither `backoff` nor `jitter` has lengthened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Outage {
    /// For how long it has lasted, in whole milliseconds.
    pub lasts: Duration,
    /// The number of openings in it by the breaker's own judgement: the first trip, later ones,
    /// and failed probes. To open it by hand is not counted.
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
    /// The reason for it.
    pub reason: Reason,
    /// The time since then, in whole milliseconds.
    pub ago: Duration,
}

impl Breaker {
    /// Returns what the breaker has counted since it was made. A transition sets nothing of it
    /// back, nor does a [`reset`](Self::reset).
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
        // Read before the cold state is looked for: see `history`.
        let before = now();
        let row = || self.cell.status().failures_for_totals();
        // Nobody is told of fewer failures later: the history keeps the most.
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
