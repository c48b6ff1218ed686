//! The last transitions of each breaker, each with the figures that the breaker was judged by.
//!
//! The history has two limits: one for each breaker, and one for all of them together. Beyond the
//! second, the oldest transition of all is dropped.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use breaker_core::{Event, LastTransition, Name, Report, State};
use serde::Serialize;

use crate::time::{Millis, before, millis};
use crate::view::Figures;

/// The largest number of transitions that are kept of all breakers together: some ten megabytes.
const MOST: usize = 50_000;
/// The number of transitions that are kept of each breaker by default.
const OF_EACH: usize = 100;
/// The length of a strip, and below it, its largest number of states.
const STRIP: Duration = Duration::from_secs(600);
const STRIP_ENTRIES: usize = 40;

/// The reason for a change that leaves the state as it is: the running cooldown became longer.
pub(crate) const EXTENDED: &str = "cooldown extended";

/// A change of state, or of the cooldown of an open breaker.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Transition {
    /// The number of the transition, rising over all breakers. 0 if the page did not hear it
    /// itself.
    pub(crate) id: u64,
    at_ms: Millis,
    #[serde(serialize_with = "state")]
    from: State,
    #[serde(serialize_with = "state")]
    to: State,
    reason: &'static str,
    episode: u64,
    cooldown_ms: Option<u64>,
    figures: Option<Figures>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn state<S: serde::Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

impl Transition {
    /// Returns false for a change of the cooldown alone.
    fn changes_state(&self) -> bool {
        self.from != self.to
    }
}

/// The history of one breaker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The oldest comes first.
    transitions: VecDeque<Arc<Transition>>,
    /// The moment at which the page began to listen, or of the last transition that it has dropped.
    heard_from: Millis,
}

#[derive(Debug)]
pub(crate) struct History {
    records: Mutex<Records>,
    began: Millis,
}

#[derive(Debug)]
struct Records {
    next_id: u64,
    /// The number of transitions that are kept of each breaker.
    of_each: usize,
    by_name: HashMap<Name, Past>,
    /// The breakers of the transitions, by the transitions' ids.
    order: BTreeMap<u64, Name>,
}

impl History {
    pub(crate) fn new(began: Millis) -> Self {
        let records = Records {
            next_id: 1,
            of_each: OF_EACH,
            by_name: HashMap::new(),
            order: BTreeMap::new(),
        };
        History { records: Mutex::new(records), began }
    }

    pub(crate) fn set_of_each(&self, of_each: usize) {
        self.records().of_each = of_each;
    }

    /// Keeps a transition. `figures` are those that the breaker was judged by.
    pub(crate) fn keep(
        &self,
        event: &Event,
        (from, to, reason): (State, State, &'static str),
        figures: Option<Figures>,
        at_ms: Millis,
    ) -> Arc<Transition> {
        let mut records = self.records();
        let cooldown_ms = event.remaining_cooldown.map(millis);
        let (id, episode) = (records.next_id, event.episode);
        records.next_id += 1;
        let transition =
            Arc::new(Transition { id, at_ms, from, to, reason, episode, cooldown_ms, figures });
        records.push(&event.name, Arc::clone(&transition), self.began);
        transition
    }

    /// Drops the history of a breaker that has left the registry.
    pub(crate) fn forget(&self, name: &Name) {
        let mut records = self.records();
        if let Some(past) = records.by_name.remove(name) {
            for transition in &past.transitions {
                records.order.remove(&transition.id);
            }
        }
    }

    pub(crate) fn of(&self, name: &Name) -> Past {
        let kept = self.records().by_name.get(name).cloned();
        kept.unwrap_or(Past { transitions: VecDeque::new(), heard_from: self.began })
    }

    // No foreign code runs under the lock, so even a poisoned state is consistent.
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn push(&mut self, name: &Name, transition: Arc<Transition>, began: Millis) {
        self.order.insert(transition.id, name.clone());
        let new = || Past { transitions: VecDeque::new(), heard_from: began };
        let past = self.by_name.entry(name.clone()).or_insert_with(new);
        past.transitions.push_back(transition);
        while past.transitions.len() > self.of_each {
            past.forget_oldest(&mut self.order);
        }
        while self.order.len() > MOST {
            let Some(oldest) = self.order.first_entry() else { return };
            let name = oldest.get().clone();
            let Some(past) = self.by_name.get_mut(&name) else { return };
            past.forget_oldest(&mut self.order);
            if past.transitions.is_empty() {
                self.by_name.remove(&name);
            }
        }
    }
}

impl Past {
    fn forget_oldest(&mut self, order: &mut BTreeMap<u64, Name>) {
        if let Some(oldest) = self.transitions.pop_front() {
            order.remove(&oldest.id);
            self.heard_from = oldest.at_ms;
        }
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Arc<Transition>> {
        self.transitions.iter().rev()
    }

    /// Returns the last transition. The breaker itself knows one from before the page listened, but
    /// not its figures.
    pub(crate) fn last(&self, report: &Report, now: Millis) -> Option<Arc<Transition>> {
        let heard = self.transitions.iter().rfind(|it| it.changes_state());
        heard.cloned().or_else(|| {
            let LastTransition { from, to, reason, ago, .. } = report.last_transition?;
            let episode = report.snapshot.episode;
            Some(Arc::new(Transition {
                id: 0,
                at_ms: before(now, ago),
                from,
                to,
                reason: reason.as_str(),
                episode,
                cooldown_ms: None,
                figures: None,
            }))
        })
    }

    /// Returns the states of the last ten minutes, each with the moment at which it began.
    pub(crate) fn strip(&self, report: &Report, now: Millis) -> Vec<(Millis, &'static str)> {
        let start = before(now, STRIP);
        let snapshot = &report.snapshot;
        let Some(oldest) = self.transitions.front() else {
            let since = before(now, snapshot.time_in_state);
            return vec![(since.max(start), snapshot.state.as_str())];
        };
        let age: Duration = State::ALL.into_iter().map(|state| report.totals.time_in(state)).sum();
        // Two clocks are involved: the age may end a millisecond before the first transition.
        let known_from = self.heard_from.max(before(now, age)).min(oldest.at_ms);
        let first = (known_from, oldest.from.as_str());
        let changes = self.transitions.iter().filter(|it| it.changes_state());
        let later = changes.map(|it| (it.at_ms, it.to.as_str()));
        let all: Vec<_> = std::iter::once(first).chain(later).collect();
        // The strip begins with the last state that began before it.
        let past = all.iter().rposition(|(at, _)| *at <= start).unwrap_or(0);
        let recent = past.max(all.len().saturating_sub(STRIP_ENTRIES));
        all[recent..].iter().map(|(at, state)| ((*at).max(start), *state)).collect()
    }
}
