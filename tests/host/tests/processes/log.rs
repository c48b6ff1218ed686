//! One record for each change of what is shared.

use std::fmt::Write;
use std::fs;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::failures::{begin, counted, fail};
use crate::world::World;

/// Keeps the messages about sharing.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn take(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        if text.0.contains("shared with other processes") {
            self.0.lock().unwrap().push((*event.metadata().level(), text.0));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn trouble_of_a_record_is_told_once_and_its_end_too() {
    let world = World::new();
    let file = counted(&world);
    fs::write(&file, b"bbh\x02").unwrap();
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let (_registry, _host, breaker) = begin(&world.state());
        fail(&breaker);
        fail(&breaker);
        let said = log.take();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, Level::WARN);
        assert!(said[0].1.contains("breaker=\"service\""), "{said:?}");
        assert!(said[0].1.contains("in format 2; update this program"), "{said:?}");
        fs::remove_file(&file).unwrap();
        breaker.reset();
        fail(&breaker);
        fail(&breaker);
        let said = log.take();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, Level::INFO);
    });
}

#[test]
fn trouble_of_the_folder_is_told_once_for_all_names() {
    let world = World::new();
    fs::write(world.state(), "no folder").unwrap();
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let (registry, _host, breaker) = begin(&world.state());
        fail(&breaker);
        let other = registry.get_or_insert("other", breaker.config()).unwrap();
        fail(&other);
        let said = log.take();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, Level::WARN);
    });
}
