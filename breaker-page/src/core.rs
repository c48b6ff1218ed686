//! The part of a page that all its clones share.

use std::sync::Arc;

use breaker_core::{
    Breaker, Event, EventKind, Name, Reason, Registry, Report, State, Subscription,
};
use breaker_metrics::Exporter;

use crate::budget::Budget;
use crate::history::{self, History};
use crate::operator::Operator;
use crate::stream::Streams;
use crate::time::{self, Millis};
use crate::view::{Figures, Whole};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) heard: Arc<Heard>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) exporter: Exporter,
    /// The subscription ends with the last clone of the page and the last stream.
    _subscription: Subscription,
}

/// The state that the page's listener writes.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) registry: Registry,
    pub(crate) history: History,
    pub(crate) operator: Operator,
    pub(crate) streams: Streams,
}

impl Core {
    pub(crate) fn new(registry: Registry) -> Self {
        let heard = Arc::new(Heard {
            history: History::new(time::now()),
            operator: Operator::default(),
            streams: Streams::default(),
            registry,
        });
        // The registry has the listener, so the listener must not hold the registry.
        let listener = Arc::downgrade(&heard);
        let subscription = heard.registry.on_transition(move |event| {
            if let Some(heard) = listener.upgrade() {
                heard.hear(event);
            }
        });
        let exporter = Exporter::new(&heard.registry);
        Core { heard, budget: Arc::default(), exporter, _subscription: subscription }
    }
}

impl Heard {
    /// Takes in an event, on the thread that delivers it.
    fn hear(&self, event: &Event) {
        match event.kind {
            EventKind::Transition { from, to, reason } => {
                let figures = self.figures(event, reason);
                let change = (from, to, reason.as_str());
                let transition = self.history.keep(event, change, figures, time::now());
                self.streams.tell_transition(&event.name, transition);
            }
            EventKind::Extended { .. } => {
                let change = (State::Open, State::Open, history::EXTENDED);
                self.history.keep(event, change, None, time::now());
                self.streams.tell_change(&event.name);
            }
            EventKind::Removed => {
                self.history.forget(&event.name);
                self.streams.tell_change(&event.name);
            }
            _ => {}
        }
    }

    /// Returns the figures that the breaker was judged by, unless it has moved on.
    fn figures(&self, event: &Event, reason: Reason) -> Option<Figures> {
        let breaker = self.breaker(&event.name)?;
        let snapshot = breaker.snapshot();
        if snapshot.episode != event.episode {
            return None;
        }
        let mut figures = Figures::new(&snapshot);
        if reason == Reason::ConsecutiveFailures && snapshot.state == State::Open {
            // An open breaker no longer has its consecutive failures.
            figures.consecutive_failures = breaker.config().threshold().unwrap_or(0);
        }
        Some(figures)
    }

    /// Returns the breaker of that name or key, if the registry has it.
    pub(crate) fn breaker(&self, name: &Name) -> Option<Arc<Breaker>> {
        match name.key() {
            Some(key) => self.registry.get_key(name.family().as_str(), key),
            None => self.registry.get(name.as_str()),
        }
    }

    pub(crate) fn whole<'a>(&self, report: &'a Report, now: Millis) -> Whole<'a> {
        let name = &report.snapshot.name;
        Whole::new(report, &self.history.of(name), self.operator.over(name), now)
    }
}
