//! One record for each change of what is shared.

use std::fs;

use support::Trace;
use tracing::Level;

use crate::failures::{begin, counted, fail};
use crate::world::World;

/// Returns the records about sharing.
fn about_sharing(trace: &Trace) -> Vec<(Level, String)> {
    let mut said = trace.records();
    said.retain(|(_, text)| text.contains("shared with other processes"));
    said
}

#[test]
fn trouble_of_a_record_is_told_once_and_its_end_too() {
    let world = World::new();
    let file = counted(&world);
    fs::write(&file, b"bbh\x02").unwrap();
    let trace = Trace::default();
    trace.watch(|| {
        let (_registry, _host, breaker) = begin(&world.state());
        fail(&breaker);
        fail(&breaker);
        let said = about_sharing(&trace);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, Level::WARN);
        assert!(said[0].1.contains("breaker: \"service\""), "{said:?}");
        assert!(said[0].1.contains("in format 2; update this program"), "{said:?}");
        fs::remove_file(&file).unwrap();
        breaker.reset();
        fail(&breaker);
        fail(&breaker);
        let said = about_sharing(&trace);
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[1].0, Level::INFO);
    });
}

#[test]
fn trouble_of_the_folder_is_told_once_for_all_names() {
    let world = World::new();
    fs::write(world.state(), "no folder").unwrap();
    let trace = Trace::default();
    trace.watch(|| {
        let (registry, _host, breaker) = begin(&world.state());
        fail(&breaker);
        let other = registry.get_or_insert("other", breaker.config()).unwrap();
        fail(&other);
        let said = about_sharing(&trace);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, Level::WARN);
    });
}
