//! A subscription: the listener's place in a list. Dropping it removes the listener.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use crate::event::Event;
use crate::event::listeners::{Hears, Listeners};
use crate::event::outcome::CallOutcome;

/// An owner of a list of listeners.
pub(crate) trait HasListeners: Send + Sync {
    fn listeners(&self) -> &Listeners;
    fn outcome_listeners(&self) -> &Listeners<CallOutcome>;
}

/// A subscription from [`Breaker::on_event`](crate::Breaker::on_event),
/// [`Registry::on_event`](crate::Registry::on_event), or a similar method. The listener listens
/// until it is dropped.
///
/// Dropping it does not wait for other threads: a thread that is notifying the listener, or is
/// about to, may still do so afterwards.
#[must_use = "the listener is removed when this is dropped; `keep` it otherwise"]
pub struct Subscription {
    owner: Weak<dyn HasListeners>,
    id: u64,
    to_outcomes: bool,
}

/// A panic elsewhere leaves the list of listeners whole: it is changed under a lock, in one step.
impl UnwindSafe for Subscription {}
impl RefUnwindSafe for Subscription {}

impl Subscription {
    pub(crate) fn to_events<O: HasListeners + 'static>(
        owner: &Arc<O>,
        hears: Hears,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Self {
        let id = owner.listeners().subscribe(hears, Arc::new(listener));
        let owner = Arc::downgrade(owner);
        Subscription { owner, id, to_outcomes: false }
    }

    pub(crate) fn to_outcomes<O: HasListeners + 'static>(
        owner: &Arc<O>,
        listener: impl Fn(&CallOutcome) + Send + Sync + 'static,
    ) -> Self {
        let id = owner.outcome_listeners().subscribe(Hears::Everything, Arc::new(listener));
        let owner = Arc::downgrade(owner);
        Subscription { owner, id, to_outcomes: true }
    }

    /// Listens for as long as the registry lives; to a single breaker, until the breaker is dropped
    /// or leaves its registry ([`EventKind::Removed`](crate::EventKind::Removed)).
    pub fn keep(self) {
        core::mem::forget(self);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        match self.owner.upgrade() {
            Some(owner) if self.to_outcomes => owner.outcome_listeners().unsubscribe(self.id),
            Some(owner) => owner.listeners().unsubscribe(self.id),
            None => {}
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish_non_exhaustive()
    }
}
