//! The breakers' changes of state.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use breakerbox::{EventKind, Registry, State, Subscription};

use crate::scenario::Script;

/// A breaker's change of state.
#[derive(Clone, Debug)]
pub struct Change {
    /// The time.
    pub at: Duration,
    /// The breaker's name.
    pub breaker: String,
    /// The new state.
    pub to: State,
}

/// The changes of all breakers, in order.
#[derive(Clone, Debug, Default)]
pub struct States {
    changes: Vec<Change>,
}

impl States {
    /// Returns the changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the breakers that changed, each once.
    #[must_use]
    pub fn breakers(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.changes.iter().map(|change| &*change.breaker).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the states of a breaker with their spans, from its first change on.
    #[must_use]
    pub fn spans(&self, breaker: &str, end: Duration) -> Vec<(State, Range<Duration>)> {
        let own = || self.changes.iter().filter(|change| change.breaker == breaker);
        let ends = own().skip(1).map(|change| change.at).chain([end]);
        own().zip(ends).map(|(change, until)| (change.to, change.at..until)).collect()
    }
}

/// A listener to all breakers, until stopped or dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    changes: Arc<Mutex<Vec<Change>>>,
    subscription: Subscription,
}

impl Watch {
    /// Closes all breakers, clears their counts, and listens.
    pub(crate) fn start(script: Script) -> Self {
        let registry = Registry::global();
        registry.iter().for_each(|breaker| breaker.reset());
        let changes = Arc::<Mutex<Vec<Change>>>::default();
        let heard = Arc::clone(&changes);
        let subscription = registry.on_transition(move |event| {
            if let EventKind::Transition { to, .. } = event.kind {
                let change = Change { at: script.now(), breaker: event.name.to_string(), to };
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(change);
            }
        });
        Self { changes, subscription }
    }

    pub(crate) fn stop(self) -> States {
        drop(self.subscription);
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        States { changes }
    }
}
