//! Notifies listeners of one breaker's transitions and calls.

use std::sync::Arc;

use crate::breaker::Breaker;
use crate::breaker::cell::Changed;
use crate::event::listeners::Listeners;
use crate::event::outcome::CallOutcome;
use crate::event::subscription::{HasListeners, Subscription};
use crate::event::{Event, EventKind, Reason};
use crate::state::State;
use crate::state::word::{Phase, Status};

impl Breaker {
    /// Calls `listener` with every transition from now on, and with every rejected
    /// call and late outcome, until the subscription is dropped. A breaker that leaves its
    /// registry ends it with [`EventKind::Removed`].
    ///
    /// Each transition makes exactly one event. Transitions and lengthened cooldowns are delivered
    /// in the order of their episodes, one at a time, on one of the threads that cause them.
    /// Rejections and late outcomes are delivered at once, on the thread of the call. No lock is
    /// held meanwhile: a listener may call the breaker, subscribe and unsubscribe. While it is
    /// notified of a rejected or late call, its thread reports no other call, of any breaker. If
    /// it panics, the panic is caught, and all else goes on. It should be quick: a call may be
    /// waiting for it.
    ///
    /// A subscription that is dropped does not wait for other threads: one that is notifying the
    /// listener, or is about to, may still do so after that.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use breaker_core::{Breaker, Config, EventKind, State};
    ///
    /// let breaker = Arc::new(Breaker::new("db", Config::builder().threshold(1).build_const()));
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&seen);
    /// let subscription = breaker.on_event(move |event| {
    ///     if let EventKind::Transition { to, .. } = event.kind {
    ///         log.lock().unwrap().push(to);
    ///     }
    /// });
    /// breaker.try_acquire().unwrap().failure();
    /// breaker.reset();
    /// drop(subscription);
    /// breaker.force_open();
    /// assert_eq!(*seen.lock().unwrap(), [State::Open, State::Closed]);
    /// ```
    pub fn on_event(
        self: &Arc<Self>,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Subscription {
        Subscription::new(self, listener)
    }

    pub(crate) fn has_listeners(&self) -> bool {
        #[cfg(feature = "tracing")]
        if crate::event::log::shows_calls() {
            return true;
        }
        self.registry_listeners().is_some_and(|all| !all.is_empty())
            || self.cell.cold_if_made().is_some_and(|cold| !cold.outbox.listeners.is_empty())
    }

    /// Returns the listeners of the registry, if the breaker is in one.
    pub(crate) fn registry_listeners(&self) -> Option<&Listeners> {
        self.shared().map(|shared| &shared.listeners)
    }

    /// Notifies listeners of a transition, if the change was one.
    pub(crate) fn notify_transition<T>(&self, changed: &Changed<T>, reason: Reason) {
        let (before, after) = (changed.before, changed.after);
        if before.episode != after.episode {
            let (from, to) = (State::from(before.phase), State::from(after.phase));
            // The call that opens the breaker allocates, so that no rejected call has to.
            let cold = self.cell.cold();
            cold.rejections.prepare();
            let event = self.event(after, EventKind::Transition { from, to, reason });
            cold.outbox.publish(event, self.registry_listeners());
        }
    }

    /// Notifies listeners that the cooldown of an open breaker is longer now.
    pub(crate) fn notify_extended(&self, status: Status) {
        let Phase::Open { until } = status.phase else { return };
        let since = self.cell.since_of(status.episode).unwrap_or_else(|| self.clock().stamp());
        let cooldown = until.remaining(since, since);
        let event = self.event(status, EventKind::Extended { cooldown });
        self.cell.cold().outbox.publish_extension(event, until.bits(), self.registry_listeners());
    }

    /// Builds the event.
    #[inline]
    pub(crate) fn event(&self, status: Status, kind: EventKind) -> Event {
        let remaining_cooldown = match status.phase {
            Phase::Open { until } => until.remaining(self.clock().now(), self.cell.since()),
            _ => None,
        };
        Event {
            name: self.name.clone(),
            family: self.name.family().clone(),
            key: self.name.key().cloned(),
            episode: status.episode.0,
            kind,
            remaining_cooldown,
        }
    }

    /// Notifies listeners of a rejected or late call. The event is built only if there are any.
    pub(crate) fn notify_call(&self, status: Status, kind: impl FnOnce(State) -> EventKind) {
        if self.has_listeners() {
            let event = self.event(status, kind(State::from(status.phase)));
            self.cell.cold().outbox.notify(&event, self.registry_listeners());
        }
    }

    #[cold]
    pub(crate) fn notify_rejection(&self) {
        self.notify_call(self.cell.status(), |state| EventKind::Rejected { state });
    }
}

impl HasListeners for Breaker {
    fn listeners(&self) -> &Listeners {
        &self.cell.cold().outbox.listeners
    }

    fn outcome_listeners(&self) -> &Listeners<CallOutcome> {
        &self.cell.cold().outcomes
    }
}
