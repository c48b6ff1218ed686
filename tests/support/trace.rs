//! Spans and records of `tracing`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

#[derive(Default)]
struct Seen {
    spans: Vec<String>,
    records: Vec<(Level, String)>,
}

/// A subscriber that keeps the spans, and the records of the target `breakerbox`. Clones share
/// them.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Seen>>);

impl Trace {
    /// Runs `f` with this subscriber on this thread.
    pub fn watch(&self, f: impl FnOnce()) {
        // If there is one subscriber alone, `tracing` asks that of the thread that meets a record
        // first. In a thread of another test there is none, and the record is off for all threads.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Trace::default()));
        tracing::subscriber::with_default(self.clone(), f);
    }

    /// Returns the spans so far, each as its name and the names of its fields: `fetch: id page`.
    #[must_use]
    pub fn spans(&self) -> Vec<String> {
        self.seen().spans.clone()
    }

    /// Returns the records so far, each with its level and the values of its fields.
    #[must_use]
    pub fn records(&self) -> Vec<(Level, String)> {
        self.seen().records.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names of fields, and their values.
#[derive(Default)]
struct Fields {
    names: Vec<&'static str>,
    values: Vec<String>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.names.push(field.name());
        self.values.push(format!("{}: {value:?}", field.name()));
    }
}

impl Subscriber for Trace {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() || metadata.target() == "breakerbox"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        let span = format!("{}: {}", span.metadata().name(), fields.names.join(" "));
        self.seen().spans.push(span);
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let record = (*event.metadata().level(), fields.values.join(", "));
        self.seen().records.push(record);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
