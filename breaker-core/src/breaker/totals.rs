//! [`Totals`]: a breaker's counts since it was made.

use core::ops::AddAssign;
use core::time::Duration;

use crate::event::Reason;
use crate::outcome::FailureKind;
use crate::state::State;

/// The counts of a breaker since it was made, from [`Breaker::totals`](crate::Breaker::totals).
///
/// Neither a transition nor a [`reset`](crate::Breaker::reset) sets any of it back, so each number
/// can be exported as a counter. Totals of several breakers can be added:
///
/// ```
/// use breaker_core::{Breaker, Config, Reason, State, Totals};
///
/// let replicas = ["db-1", "db-2"].map(|name| Breaker::new(name, Config::new()));
/// replicas[0].force_open();
/// assert!(replicas[0].try_acquire().is_err());
/// replicas[0].reset();
///
/// let mut sum = Totals::default();
/// for replica in &replicas {
///     sum += &replica.totals();
/// }
/// assert_eq!(sum.rejections, 1);
/// assert_eq!(
///     sum.transitions().collect::<Vec<_>>(),
///     [(State::Closed, Reason::Reset, 1), (State::Isolated, Reason::Manual, 1)]
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls that were rejected.
    pub rejections: u64,
    /// Calls that the breaker would have rejected while it was observing.
    pub observed_rejections: u64,
    /// Outcomes that were dropped because they came after the end of their episode.
    pub late_outcomes: u64,
    /// Calls that were admitted as probes.
    pub probes: u64,
    /// All calls by their outcome, if `count_calls` is set.
    pub calls: Option<CallTotals>,
    /// Sorted, and none is zero.
    pub(crate) transitions: Vec<Transitions>,
    /// By [`State::index`].
    pub(crate) times: [Duration; State::ALL.len()],
    /// By [`FailureKind::index`].
    pub(crate) failures: [u64; FailureKind::ALL.len()],
}

/// The number of times that a breaker has changed into a state for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transitions {
    pub(crate) to: State,
    pub(crate) reason: Reason,
    pub(crate) count: u64,
}

/// Adds transitions to a list that is sorted by the new state, and then by the reason.
pub(crate) fn add_transitions(list: &mut Vec<Transitions>, more: Transitions) {
    let order = |of: &Transitions| (of.to.index(), of.reason.index());
    match list.binary_search_by_key(&order(&more), order) {
        Ok(at) => list[at].count = list[at].count.saturating_add(more.count),
        Err(at) => list.insert(at, more),
    }
}

/// All calls by their outcome, for a breaker whose config has `count_calls`. They do not include
/// late outcomes, calls through a disabled breaker, or calls inside a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CallTotals {
    /// Calls that succeeded.
    pub successes: u64,
    /// Calls that counted as failures: the sum of [`Totals::failures`], which are counted even
    /// without `count_calls`.
    pub failures: u64,
    /// Calls whose outcome was ignored.
    pub ignored: u64,
    /// Calls that were dropped before their end, and did not count as failures.
    pub cancelled: u64,
}

impl Totals {
    /// Returns the new state, the reason and the number of transitions, for each state and reason
    /// that have occurred together. They are sorted as in [`State::ALL`] and [`Reason::ALL`].
    pub fn transitions(&self) -> impl Iterator<Item = (State, Reason, u64)> {
        self.transitions.iter().map(|Transitions { to, reason, count }| (*to, *reason, *count))
    }

    /// Returns the time that the breaker has been in a state, in whole milliseconds. The times in
    /// all states sum up to the age of the breaker. The age of a breaker from
    /// [`Breaker::new`](crate::Breaker::new) counts from the moment at which the process first read
    /// the clock.
    #[must_use]
    pub fn time_in(&self, state: State) -> Duration {
        self.times[state.index()]
    }

    /// Returns how many calls have failed in this way. A failure that came too late to count is
    /// among [`late_outcomes`](Self::late_outcomes) instead.
    #[must_use]
    pub fn failures(&self, kind: FailureKind) -> u64 {
        self.failures[kind.index()]
    }
}

impl AddAssign<&Totals> for Totals {
    fn add_assign(&mut self, more: &Totals) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.rejections, more.rejections);
        add(&mut self.observed_rejections, more.observed_rejections);
        add(&mut self.late_outcomes, more.late_outcomes);
        add(&mut self.probes, more.probes);
        if let Some(more) = more.calls {
            let calls = self.calls.get_or_insert_default();
            add(&mut calls.successes, more.successes);
            add(&mut calls.failures, more.failures);
            add(&mut calls.ignored, more.ignored);
            add(&mut calls.cancelled, more.cancelled);
        }
        for transitions in &more.transitions {
            add_transitions(&mut self.transitions, *transitions);
        }
        for (sum, more) in self.times.iter_mut().zip(more.times) {
            *sum = sum.saturating_add(more);
        }
        for (sum, more) in self.failures.iter_mut().zip(more.failures) {
            add(sum, more);
        }
    }
}
