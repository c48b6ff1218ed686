//! Listeners that check the events they are told.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use breakerbox::{Breaker, Event, EventKind, Registry, Snapshot, State, Subscription};

use crate::fault;
use crate::tally::Tally;

/// The events of one breaker that one listener has been told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    episode: u64,
    state: State,
    /// A checksum of the whole sequence.
    sum: u64,
    rejected: u64,
    late: u64,
}

impl Seen {
    const NOTHING: Seen = Seen { episode: 0, state: State::Closed, sum: 0, rejected: 0, late: 0 };

    /// Takes an event in.
    ///
    /// # Errors
    /// The event does not follow from those before it.
    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event.kind {
            EventKind::Transition { from, to, .. } => {
                let follows = event.episode == self.episode + 1 && from == self.state;
                if !follows {
                    return Err(format!("{event} (episode {}) came after {self:?}", event.episode));
                }
                self.episode = event.episode;
                self.state = to;
                let text = format!("{event}");
                let sum = |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
                self.sum = text.bytes().fold(self.sum, sum);
            }
            EventKind::Rejected { .. } => self.rejected += 1,
            EventKind::Late => self.late += 1,
            _ => {}
        }
        Ok(())
    }
}

/// Checks that each transition of a breaker is told once, in order, and to the breaker's and the
/// registry's listener alike.
pub(crate) struct Chains {
    part: &'static str,
    /// The events by the breaker's name: those of its own listener, and those of the registry's.
    seen: Mutex<HashMap<String, [Seen; 2]>>,
}

impl Chains {
    pub(crate) fn new(part: &'static str) -> Arc<Self> {
        Arc::new(Chains { part, seen: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, [Seen; 2]>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, listener: usize, event: &Event) {
        let told = {
            let mut all = self.lock();
            let seen = all.entry(event.name.to_string()).or_insert([Seen::NOTHING; 2]);
            seen[listener].take(event)
        };
        if let Err(problem) = told {
            fault::report(self.part, format_args!("{problem}, at listener {listener}"));
        }
    }

    /// Listens to breakers that have made no transition yet.
    pub(crate) fn listen(
        self: &Arc<Self>,
        registry: &Registry,
        breakers: &[Arc<Breaker>],
    ) -> Vec<Subscription> {
        let listener = |number| {
            let chains = Arc::clone(self);
            move |event: &Event| chains.hear(number, event)
        };
        let mut all = vec![registry.on_event(listener(1))];
        all.extend(breakers.iter().map(|breaker| breaker.on_event(listener(0))));
        all
    }

    /// Compares the events with the state of the breaker, while all is quiet. `rejections` is the
    /// number that the callers noted.
    pub(crate) fn check(&self, now: &Snapshot, rejections: u64, tally: &mut Tally) {
        let found = self.lock().get(now.name.as_str()).copied();
        let seen = found.unwrap_or([Seen::NOTHING; 2]);
        let wrong = |what: &dyn fmt::Display| {
            fault::report(self.part, format_args!("{what}; listeners: {seen:?}; now: {now:?}"));
        };
        let [own, of_registry] = seen;
        if own != of_registry {
            wrong(&"the registry's listener was told other things than the breaker's");
        }
        if (own.episode, own.state) != (now.episode, now.state) {
            wrong(&"the listeners were told of another state");
        }
        if rejections != now.rejections {
            wrong(&format_args!("the callers have seen {rejections} rejections"));
        }
        if own.rejected > now.rejections || own.late > now.late_outcomes {
            wrong(&"more rejections or late outcomes were told than counted");
        }
        tally.episodes += own.episode;
        tally.events += own.episode + own.rejected + own.late;
    }
}
