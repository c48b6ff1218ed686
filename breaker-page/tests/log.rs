//! Actions in the log. This test has a process of its own: if a thread without a subscriber reaches
//! a log record first, `tracing` skips that record for all threads.

mod common;

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::common::{Stage, action, send};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn each_action_is_a_record_with_the_note_in_one_line() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1);
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        stage.act("/breakers/llm/force-open?note=OPS-1%0Afake+record");
        let refusing = stage.page.clone().allow(|_, _| false);
        send(&refusing, action("/breakers/llm/reset"));
    });
    let lines = lines.0.lock().unwrap();
    let of_page = |word: &str| lines.iter().find(|line| line.contains(word)).unwrap().clone();
    let done = of_page("steered from the page");
    assert!(done.starts_with("INFO"), "{done}");
    assert!(done.contains("breaker=\"llm\"") && done.contains("action=\"force-open\""), "{done}");
    assert!(
        done.contains("breakers=1") && done.contains(r#"note="OPS-1\\nfake record""#),
        "{done}"
    );
    let refused = of_page("refused by the page");
    assert!(refused.starts_with("WARN") && refused.contains("action=\"reset\""), "{refused}");
}
