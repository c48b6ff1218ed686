//! What the breakers did, and when.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use breakerbox::{EventKind, Registry, State, Subscription};

use crate::scenario::Script;

/// A breaker's change of state.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Duration,
    /// Whose.
    pub breaker: String,
    /// What it is since then.
    pub to: State,
}

/// The changes of all breakers, in order.
#[derive(Clone, Debug, Default)]
pub struct States {
    changes: Vec<Change>,
}

impl States {
    /// The changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The breakers that changed, each once.
    #[must_use]
    pub fn breakers(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.changes.iter().map(|change| &*change.breaker).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// When that breaker was in which state, but for the time before its first change.
    #[must_use]
    pub fn spans(&self, breaker: &str, end: Duration) -> Vec<(State, Range<Duration>)> {
        let own = || self.changes.iter().filter(|change| change.breaker == breaker);
        let ends = own().skip(1).map(|change| change.at).chain([end]);
        own().zip(ends).map(|(change, until)| (change.to, change.at..until)).collect()
    }
}

/// Listens to all breakers until it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    changes: Arc<Mutex<Vec<Change>>>,
    subscription: Subscription,
}

impl Watch {
    /// Begins with all breakers closed, and nothing counted.
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
