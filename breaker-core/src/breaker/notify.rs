//! Notifies listeners of one breaker's transitions and calls.

use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::breaker::cell::Changed;
use crate::breaker::cold::ColdState;
use crate::breaker::history::Transition;
use crate::event::listeners::{Hears, Listeners};
use crate::event::outbox::{is_notifying, notifying};
use crate::event::outcome::CallOutcome;
use crate::event::subscription::{HasListeners, Subscription};
use crate::event::{Event, EventKind, Reason, kept};
use crate::state::State;
use crate::state::status::{Phase, Status};

impl Breaker {
    /// Calls `listener` with every transition from now on, and with every rejected call and late
    /// outcome, until the subscription is dropped. [`EventKind::Removed`] ends it if the breaker
    /// leaves its registry.
    ///
    /// Each transition makes exactly one event. Transitions and lengthened cooldowns are delivered
    /// in the order of their episodes, one at a time, on one of the threads that cause them.
    /// Rejections and late outcomes are delivered at once, on the thread of the call. No lock is
    /// held meanwhile: a listener may call the breaker, subscribe and unsubscribe. While a thread
    /// notifies it of a rejected or late call, the thread reports no other call, of any breaker. If
    /// the listener panics, the panic is caught, and everything else goes on. A listener should be
    /// quick: a call may be waiting for it.
    ///
    /// Dropping a subscription does not wait for other threads: a thread that is notifying the
    /// listener, or is about to, may still do so afterwards.
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
        Subscription::to_events(self, Hears::Everything, listener)
    }

    /// Calls `listener` with every transition from now on, with every lengthened cooldown and with
    /// the removal from the registry, until the subscription is dropped. It is like
    /// [`on_event`](Self::on_event), with the same order, but leaves out rejected calls and late
    /// outcomes.
    ///
    /// A rejected call costs nothing more while such a listener is subscribed. Use it if you only
    /// want to know when a breaker opens and closes: an open breaker may reject millions of calls,
    /// and `on_event` reports each of them.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use breaker_core::{Breaker, Config};
    ///
    /// let breaker = Arc::new(Breaker::new("db", Config::builder().threshold(1).build_const()));
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&seen);
    /// let subscription = breaker.on_transition(move |event| {
    ///     log.lock().unwrap().push(event.to_string());
    /// });
    /// breaker.try_acquire().unwrap().failure();
    /// assert!(breaker.try_acquire().is_err());
    /// breaker.reset();
    /// assert_eq!(
    ///     *seen.lock().unwrap(),
    ///     [
    ///         "circuit breaker `db`: closed to open (consecutive failures)",
    ///         "circuit breaker `db`: open to closed (reset)",
    ///     ]
    /// );
    /// # drop(subscription);
    /// ```
    pub fn on_transition(
        self: &Arc<Self>,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Subscription {
        Subscription::to_events(self, Hears::Transitions, listener)
    }

    /// Returns whether somebody listens for the breaker's removal.
    pub(crate) fn has_listeners(&self) -> bool {
        self.any_listeners(|all| !all.is_empty())
    }

    /// Returns whether somebody listens for rejections and late outcomes.
    pub(crate) fn has_call_listeners(&self) -> bool {
        self.any_listeners(Listeners::hear_calls)
    }

    /// Like [`has_call_listeners`](Self::has_call_listeners), for a caller who has found the
    /// breaker's cold state.
    #[inline]
    pub(crate) fn has_call_listeners_in(&self, cold: &ColdState) -> bool {
        self.any_listeners_in(Some(cold), Listeners::hear_calls)
    }

    #[inline]
    fn any_listeners(&self, hear: impl Fn(&Listeners) -> bool) -> bool {
        self.any_listeners_in(self.cell.cold_if_made(), hear)
    }

    #[inline]
    fn any_listeners_in(
        &self,
        cold: Option<&ColdState>,
        hear: impl Fn(&Listeners) -> bool,
    ) -> bool {
        #[cfg(feature = "tracing")]
        if crate::event::log::shows_calls() {
            return true;
        }
        self.registry_listeners().is_some_and(&hear)
            || cold.is_some_and(|cold| hear(&cold.outbox.listeners))
    }

    /// Returns the listeners of the registry, if the breaker is in one.
    pub(crate) fn registry_listeners(&self) -> Option<&Listeners> {
        self.shared().map(|shared| &shared.listeners)
    }

    /// Notifies listeners if the change was a transition, and reports it to the link unless a peer
    /// has brought it.
    pub(crate) fn notify_transition<T>(&self, changed: &Changed<T>, reason: Reason) {
        self.notify_change(changed, reason, false);
    }

    /// Like [`notify_transition`](Self::notify_transition). `known`: the link itself has said so.
    pub(super) fn notify_change<T>(&self, changed: &Changed<T>, reason: Reason, known: bool) {
        let (before, after) = (changed.before, changed.after);
        if let Some(at) = changed.began {
            let (from, to) = (State::from(before.phase), State::from(after.phase));
            // The call that opens the breaker allocates, so that rejected calls need not.
            let cold = self.cell.cold();
            cold.counts.prepare();
            let event = self.event(after, EventKind::Transition { from, to, reason });
            let transition = Transition { episode: event.episode, from, to, reason, at };
            cold.history.note(transition, self.tuning.cooldown().base, || self.clock().stamp());
            let facts = self.facts(before, after, reason, known);
            let report = |event: &Event, facts| self.report_to_link(event, facts);
            cold.outbox.publish((event, facts), self.registry_listeners(), report);
        }
    }

    /// Notifies listeners that an open breaker's cooldown is longer now.
    pub(crate) fn notify_extended(&self, status: Status) {
        let Phase::Open { until } = status.phase else { return };
        let since = self.cell.since_of(status.episode).unwrap_or_else(|| self.clock().stamp());
        let cooldown = until.remaining(since, since);
        let event = self.event(status, EventKind::Extended { cooldown });
        let facts = self.link().map(|_| self.facts_of_open(status));
        let (end, registry) = (until.bits(), self.registry_listeners());
        let report = |event: &Event, facts| self.report_to_link(event, facts);
        self.cell.cold().outbox.publish_extension((event, facts), end, registry, report);
    }

    /// Builds the event.
    #[inline]
    pub(crate) fn event(&self, status: Status, kind: EventKind) -> Event {
        let name = self.current_name();
        Event {
            family: name.family().clone(),
            key: name.key().cloned(),
            name,
            episode: self.shown_episode(status.episode),
            kind,
            remaining_cooldown: self.remaining_cooldown(status),
        }
    }

    fn remaining_cooldown(&self, status: Status) -> Option<Duration> {
        match status.phase {
            Phase::Open { until } => until.remaining(self.clock().now(), self.cell.since()),
            _ => None,
        }
    }

    /// Notifies listeners of a rejected or late call. The event is built only if there are any.
    pub(crate) fn notify_call(&self, status: Status, kind: impl FnOnce(State) -> EventKind) {
        if !self.has_call_listeners() || is_notifying() {
            return;
        }
        let kind = kind(State::from(status.phase));
        let of_key = self.name.is_of_seat().then(|| self.current_name());
        let event = match kept::take(of_key.as_ref().unwrap_or(&self.name)) {
            Some(mut event) => {
                event.episode = self.shown_episode(status.episode);
                event.kind = kind;
                event.remaining_cooldown = self.remaining_cooldown(status);
                event
            }
            None => Box::new(self.event(status, kind)),
        };
        notifying(|| self.cell.cold().outbox.notify(&event, self.registry_listeners()));
        kept::keep(event);
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
