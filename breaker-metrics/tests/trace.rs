//! An exporter only reads: afterwards, neither a call nor an operator can notice a difference.

mod common;

use breaker_metrics::Exporter;
use breakerbox::testing::Scope;

use common::{ask, registry_with_an_outage};

#[test]
fn readings_change_nothing() {
    let registry = registry_with_an_outage();
    let before = registry.reports();
    let folded = Exporter::new(&registry);
    let by_key = Exporter::new(&registry).per_key(3);
    for _ in 0..50 {
        let _ = folded.prometheus_text();
        by_key.for_each(|_| {});
    }
    assert_eq!(registry.reports(), before);
}

/// A held breaker would not make room, and new keys would share the name's breaker.
#[test]
fn readings_hold_no_key() {
    let scope = Scope::enter();
    let registry = scope.registry();
    registry.set_max_keys(2);
    let exporters = [Exporter::new(registry), Exporter::new(registry).per_key(5)];
    for key in 0..10 {
        let _ = ask(&key.to_string(), Ok(()));
        for exporter in &exporters {
            let _ = exporter.prometheus_text();
        }
        assert!(registry.get_key("llm", key).is_some(), "no room for {key}");
    }
    assert!(registry.len() <= 2);
}
