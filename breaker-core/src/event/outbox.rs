//! Delivers events, outside any lock.
//!
//! Every transition makes one event, which the thread that made it puts here. The threads may come
//! in another order than their transitions, so events wait here, sorted by episode, until the
//! earlier events have come: episodes have no gaps. If no thread is delivering, the thread that
//! puts an event delivers until no event is due; otherwise it leaves the event to the delivering
//! thread. So listeners are notified of transitions one at a time, with no lock held: they may call
//! the breaker, subscribe or unsubscribe. Transitions that a listener causes are delivered after
//! its own.
//!
//! A link is told of each transition before the listeners are, also one at a time and in order, but
//! by a cursor of its own: while a slow listener holds up one thread, another thread that puts an
//! event tells the link of it. The event then still waits for the listeners.
//!
//! The thread of a rejected or late call delivers that event at once: there may be any number of
//! them, and no thread should have to deliver another's. While a thread delivers one, it delivers
//! no other, of any breaker: otherwise a listener whose own call is rejected might be notified for
//! ever.
//!
//! A removal is delivered after all earlier transitions. Its listener may cause another removal, by
//! a call with a new key, and so on: removals are reported to a bounded depth, so that a listener
//! which calls the removed key again does not run for ever.
//!
//! The panic of a listener is caught: the breaker, the call and the other listeners go on.

use core::cell::Cell;
use std::collections::BTreeMap;

use crate::event::listeners::Listeners;
use crate::event::{Event, EventKind};
use crate::sync::atomic::{Mutex, MutexGuard, lock, per_thread};

#[derive(Debug)]
pub(crate) struct Outbox<F> {
    queue: Mutex<Queue<F>>,
    pub(crate) listeners: Listeners,
}

#[derive(Debug)]
struct Queue<F> {
    /// Transitions, by the episode that they began and zero; lengthened cooldowns, by their episode
    /// and their end. Each with the facts for the link.
    waiting: BTreeMap<(u64, u64), Waiting<F>>,
    /// The first episode whose transition has not been reported to the link yet, or is being
    /// reported.
    next_report: u64,
    reporting: bool,
    /// The first episode whose transition has not been delivered.
    next: u64,
    delivering: bool,
    /// The event of the breaker's removal, until all transitions before it have been delivered.
    removal: Option<Event>,
}

#[derive(Debug)]
struct Waiting<F> {
    event: Event,
    facts: Option<F>,
    /// True if the link has been told, or need not be.
    is_reported: bool,
}

/// The depth to which removals are reported that listeners of removals cause.
const NESTED_REMOVALS: u8 = 8;

per_thread! {
    /// The number of removals that this thread is delivering.
    static REMOVALS: Cell<u8> = Cell::new(0);
}

per_thread! {
    /// Set while this thread notifies listeners of a call.
    static NOTIFYING: Cell<bool> = Cell::new(false);
}

impl<F> Outbox<F> {
    pub(crate) fn new() -> Self {
        Outbox { queue: Mutex::new(Queue::new()), listeners: Listeners::new() }
    }

    /// Expects the first transition again, for another key of a seat. No thread delivers meanwhile.
    pub(crate) fn renew(&self) {
        let before = core::mem::replace(&mut *lock(&self.queue), Queue::new());
        drop(before);
    }

    /// Notifies listeners of a call's event, from inside [`notifying`]. `registry` has the
    /// listeners to all breakers of the registry.
    pub(crate) fn notify(&self, event: &Event, registry: Option<&Listeners>) {
        #[cfg(feature = "tracing")]
        crate::event::log::emit(event);
        self.listeners.notify_of_call(event);
        if let Some(registry) = registry {
            registry.notify_of_call(event);
        }
    }

    /// Puts the event of a transition, with the facts for the link if there are any, and delivers
    /// the events that are due. `report` tells the link, before any listener.
    pub(crate) fn publish(
        &self,
        (event, facts): (Event, Option<F>),
        registry: Option<&Listeners>,
        report: impl Fn(&Event, F),
    ) {
        let mut queue = lock(&self.queue);
        queue.put(0, event, facts);
        self.deliver_due(queue, registry, report);
    }

    /// Puts the event of a cooldown that now ends at `end`, and delivers the events that are due:
    /// the transition that began the cooldown comes first.
    pub(crate) fn publish_extension(
        &self,
        (event, facts): (Event, Option<F>),
        end: u64,
        registry: Option<&Listeners>,
        report: impl Fn(&Event, F),
    ) {
        let mut queue = lock(&self.queue);
        queue.put(end, event, facts);
        self.deliver_due(queue, registry, report);
    }

    /// Puts the event of the breaker's removal, and delivers the events that are due. The breaker's
    /// own listeners are let go after it: a call site may keep the breaker until the program ends.
    pub(crate) fn publish_removal(
        &self,
        event: Event,
        registry: Option<&Listeners>,
        report: impl Fn(&Event, F),
    ) {
        let depth = |change: fn(u8) -> u8| {
            REMOVALS.try_with(|depth| depth.replace(change(depth.get()))).unwrap_or(NESTED_REMOVALS)
        };
        if depth(|depth| depth.saturating_add(1)) < NESTED_REMOVALS {
            let mut queue = lock(&self.queue);
            queue.removal = Some(event);
            self.deliver_due(queue, registry, report);
        } else {
            self.listeners.clear();
        }
        depth(|depth| depth.saturating_sub(1));
    }

    fn deliver_due<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue<F>>,
        registry: Option<&Listeners>,
        report: impl Fn(&Event, F),
    ) {
        if !queue.reporting {
            queue.reporting = true;
            while let Some((key, due, facts)) = queue.next_to_report() {
                drop(queue);
                report(&due, facts);
                queue = lock(&self.queue);
                queue.note_reported(key);
            }
            queue.reporting = false;
        }
        if queue.delivering {
            return;
        }
        queue.delivering = true;
        while let Some(due) = queue.take_due() {
            drop(queue);
            self.deliver(&due, registry);
            if due.kind == EventKind::Removed {
                self.listeners.clear();
            }
            queue = lock(&self.queue);
        }
        queue.delivering = false;
    }

    fn deliver(&self, event: &Event, registry: Option<&Listeners>) {
        #[cfg(feature = "tracing")]
        crate::event::log::emit(event);
        self.listeners.notify(event);
        if let Some(registry) = registry {
            registry.notify(event);
        }
    }
}

/// Marks this thread as notifying listeners of a call while `notify` runs.
pub(crate) fn notifying(notify: impl FnOnce()) {
    let is_nested = NOTIFYING.try_with(|notifying| notifying.replace(true)).unwrap_or(true);
    notify();
    // No panic of a listener reaches this line.
    let _ = NOTIFYING.try_with(|notifying| notifying.set(is_nested));
}

/// Returns true while this thread notifies listeners of a call, and when the thread is ending.
pub(crate) fn is_notifying() -> bool {
    NOTIFYING.try_with(Cell::get).unwrap_or(true)
}

impl<F> Queue<F> {
    fn new() -> Self {
        Queue {
            waiting: BTreeMap::new(),
            // Episode 0 exists from the start, without a transition.
            next_report: 1,
            reporting: false,
            next: 1,
            delivering: false,
            removal: None,
        }
    }

    fn put(&mut self, end: u64, event: Event, facts: Option<F>) {
        let key = (event.episode, end);
        self.waiting.insert(key, Waiting { event, facts, is_reported: false });
    }

    /// Returns the next event for the link, if the link has been told of all before it. It is not
    /// delivered before [`note_reported`](Self::note_reported).
    fn next_to_report(&mut self) -> Option<((u64, u64), Event, F)> {
        for (&key, waiting) in self.waiting.iter_mut().filter(|(_, it)| !it.is_reported) {
            self.next_report = after(key, self.next_report)?;
            match waiting.facts.take() {
                Some(facts) => return Some((key, waiting.event.clone(), facts)),
                None => waiting.is_reported = true,
            }
        }
        None
    }

    fn note_reported(&mut self, key: (u64, u64)) {
        if let Some(waiting) = self.waiting.get_mut(&key) {
            waiting.is_reported = true;
        }
    }

    /// Returns the first event, if the link has been told of it, and all before it have been
    /// delivered.
    fn take_due(&mut self) -> Option<Event> {
        let Some(first) = self.waiting.first_entry() else { return self.removal.take() };
        if !first.get().is_reported {
            return None;
        }
        self.next = after(*first.key(), self.next)?;
        Some(first.remove().event)
    }
}

/// Returns the first episode still to come after this event; `next` is the first one before it.
/// Returns `None` if an earlier episode has yet to come.
fn after((episode, end): (u64, u64), next: u64) -> Option<u64> {
    match end {
        0 => (episode <= next).then_some(episode + 1),
        _ => (episode < next).then_some(next),
    }
}
