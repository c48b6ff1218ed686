//! Delivering events in order, outside any lock.
//!
//! Every transition makes one event, put here by the thread that made it. The
//! threads may come in another order than the transitions, so events wait here,
//! sorted by episode, until those before them have come: episodes have no gaps.
//! Whoever puts an event while nobody delivers, delivers until nothing is due;
//! whoever puts one while another delivers leaves it to that one. So listeners
//! are called one event at a time, with no lock held: they may call the breaker,
//! subscribe or unsubscribe; events that this causes are delivered after theirs.
//!
//! A listener that panics is caught: the breaker, the call and the other
//! listeners go on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::atomic::{Mutex, lock};
use crate::event::{Event, EventKind};
use crate::listeners::Listeners;

#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    pub(crate) listeners: Listeners,
    /// The registry's, for all its breakers.
    of_all: Option<Arc<Listeners>>,
}

#[derive(Debug)]
struct Queue {
    /// Transitions by their episode; what happens within an episode after it.
    waiting: BTreeMap<(u64, u64), Event>,
    /// The first episode whose transition has not been delivered.
    next: u64,
    /// Numbers what happens within episodes.
    number: u64,
    delivering: bool,
}

impl Outbox {
    pub(crate) fn new(of_all: Option<Arc<Listeners>>) -> Self {
        // Episode 0 is there from the start, without a transition.
        let queue = Queue { waiting: BTreeMap::new(), next: 1, number: 0, delivering: false };
        Outbox { queue: Mutex::new(queue), listeners: Listeners::new(), of_all }
    }

    /// Puts an event, and delivers what is due.
    pub(crate) fn publish(&self, event: Event) {
        let mut queue = lock(&self.queue);
        let place = match event.kind {
            EventKind::Transition { .. } => 0,
            _ => {
                queue.number += 1;
                queue.number
            }
        };
        queue.waiting.insert((event.episode, place), event);
        if queue.delivering {
            return;
        }
        queue.delivering = true;
        while let Some(due) = queue.take_due() {
            drop(queue);
            self.deliver(&due);
            queue = lock(&self.queue);
        }
        queue.delivering = false;
    }

    fn deliver(&self, event: &Event) {
        #[cfg(feature = "tracing")]
        crate::trace::emit(event);
        self.listeners.tell(event);
        if let Some(of_all) = &self.of_all {
            of_all.tell(event);
        }
    }
}

impl Queue {
    /// The first event, if all before it have been delivered.
    fn take_due(&mut self) -> Option<Event> {
        let (&(episode, place), _) = self.waiting.first_key_value()?;
        let due = if place == 0 { episode <= self.next } else { episode < self.next };
        if !due {
            return None;
        }
        self.next = self.next.max(episode + u64::from(place == 0));
        self.waiting.pop_first().map(|(_, event)| event)
    }
}
