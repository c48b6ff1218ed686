//! The text for Prometheus.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use breaker_core::{Config, Registry};
use breaker_metrics::{Exporter, Instrument, Kind};
use breakerbox::testing::Scope;

use common::{DOWN, ask, of_metric, registry_with_an_outage, series};

/// `BLESS=1 cargo test -p breaker-metrics` writes the file anew, for you to read.
#[test]
fn text_of_an_outage_is_as_it_was() {
    let text = Exporter::new(&registry_with_an_outage()).prometheus_text();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outage.prom");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap();
    for (one, other) in text.lines().zip(expected.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(text.len(), expected.len());
}

#[test]
fn text_is_the_same_when_nothing_happens() {
    let exporter = Exporter::new(&registry_with_an_outage()).per_key(5);
    assert_eq!(exporter.prometheus_text(), exporter.prometheus_text());
}

#[test]
fn empty_registry_has_what_belongs_to_the_registry() {
    let shown: Vec<_> = series(&Exporter::new(&Registry::new())).into_iter().collect();
    let expected =
        ["breakerbox_conflicts", "breakerbox_invalid_overrides", "breakerbox_unused_overrides"];
    assert_eq!(shown, expected.map(|name| (name.to_owned(), 0.0)));
}

#[test]
fn names_and_types_follow_the_rules_of_prometheus() {
    let text = Exporter::new(&registry_with_an_outage()).prometheus_text();
    let is_legal = |name: &str| {
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.contains("__")
    };
    for instrument in Instrument::ALL {
        let name = instrument.prometheus_name();
        assert!(is_legal(&name), "{name}");
        assert_eq!(name.ends_with("_total"), instrument.kind() == Kind::Counter, "{name}");
        let bare = name.trim_end_matches("_total");
        assert_eq!(bare.ends_with("_seconds"), instrument.unit() == "s", "{name}");
        assert_eq!(bare.ends_with("_ratio"), instrument.unit() == "1", "{name}");
        let kind = if instrument.kind() == Kind::Counter { "counter" } else { "gauge" };
        let header = format!("# HELP {name} {}\n# TYPE {name} {kind}\n", instrument.description());
        // A ratio may be absent, but not in this outage.
        assert_eq!(text.matches(&header).count(), 1, "{header}");
    }
}

#[test]
fn all_states_are_there_from_the_start_and_counters_begin_at_zero() {
    let registry = Registry::new();
    registry.get_or_insert("llm", Config::new()).unwrap();
    let exporter = Exporter::new(&registry);
    let status = of_metric(&exporter, "breakerbox_status");
    let expected = ["closed", "disabled", "half-open", "isolated", "observing", "open"];
    let expected =
        expected.map(|state| (format!("{{name=llm,state={state}}}"), f64::from(state == "closed")));
    let trimmed =
        expected.map(|(labels, value)| (labels.trim_matches(['{', '}']).to_owned(), value));
    assert_eq!(status.into_iter().collect::<Vec<_>>(), trimmed);
    for (series, value) in series(&exporter) {
        if series.contains("_total") && !series.contains("_time_") {
            assert_eq!(value, 0.0, "{series}");
        }
    }
    let opened = of_metric(&exporter, "breakerbox_transitions_total");
    assert!(opened.contains_key("name=llm,state=open,reason=consecutive-failures"), "{opened:?}");
}

#[test]
fn one_name_costs_as_many_series_as_the_docs_say() {
    let registry = Registry::new();
    let before = series(&Exporter::new(&registry)).len();
    registry.get_or_insert("llm", Config::new()).unwrap();
    assert_eq!(series(&Exporter::new(&registry)).len() - before, 30);
}

#[test]
fn ratios_are_absent_until_they_are_judged() {
    let scope = Scope::enter();
    let exporter = Exporter::new(scope.registry());
    let ratio = || of_metric(&exporter, "breakerbox_window_failure_ratio");
    for failures in 0..4 {
        assert_eq!(ratio().len(), 0, "{failures} calls of 4");
        let _ = common::listen(DOWN);
    }
    assert_eq!(ratio().into_iter().collect::<Vec<_>>(), [("name=stt".to_owned(), 1.0)]);
    let calls = of_metric(&exporter, "breakerbox_window_calls");
    assert_eq!(calls.get("name=stt"), Some(&4.0));
    // Only a breaker with `slow_call` has a share of slow calls, and only one with a window.
    scope.registry().get_or_insert("db", Config::new()).unwrap();
    let rate = Config::builder().failure_rate(0.5).min_calls(1).build_const();
    let web = scope.registry().get_or_insert("web", rate).unwrap();
    web.try_acquire().unwrap().failure();
    assert_eq!(ratio().len(), 2);
    let slow = of_metric(&exporter, "breakerbox_window_slow_ratio");
    assert_eq!(slow.keys().collect::<Vec<_>>(), ["name=stt"]);
}

#[test]
fn cooldown_is_absent_unless_it_runs() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(1).build_const();
    let db = scope.registry().get_or_insert("db", config).unwrap();
    let exporter = Exporter::new(scope.registry());
    let rest = || of_metric(&exporter, "breakerbox_cooldown_remaining_seconds");
    assert_eq!(rest().len(), 0);
    db.try_acquire().unwrap().failure();
    scope.advance(std::time::Duration::from_secs(29));
    let left = rest()["name=db"];
    assert!((0.9..=1.1).contains(&left), "{left}");
    db.force_open();
    assert_eq!(rest().len(), 0, "it never ends");
}

#[test]
fn registry_gauges_tell_of_conflicts_and_overrides() {
    let registry = Registry::new();
    registry.get_or_insert("llm", Config::new()).unwrap();
    let other = Config::builder().threshold(9).build_const();
    assert!(registry.get_or_insert("llm", other).is_err());
    registry.configure("lmm", Config::builder().threshold(3)).unwrap();
    let shown = series(&Exporter::new(&registry));
    let of = |name: &str| shown[name];
    assert_eq!(of("breakerbox_conflicts"), 1.0);
    assert_eq!(of("breakerbox_unused_overrides"), 1.0);
    assert_eq!(of("breakerbox_invalid_overrides"), 0.0);
}

/// Reads a label's value as Prometheus does.
fn unescaped(value: &str) -> String {
    let mut characters = value.chars();
    let mut read = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => read.push('\n'),
                Some(escaped @ ('\\' | '"')) => read.push(escaped),
                other => panic!("{other:?} after a backslash in {value}"),
            },
            '"' => panic!("a bare quote in {value}"),
            other => read.push(other),
        }
    }
    read
}

#[test]
fn hostile_names_and_keys_are_labels_and_nothing_else() {
    let scope = Scope::enter();
    let names = ["a\"b", "a\\b", "\\", "{}", "a\"}1", "größe", "<script>", "\u{1f980}", "#"];
    for name in names {
        scope.registry().get_or_insert(name, Config::new()).unwrap();
    }
    let keys = ["\n", "\"\n# EOF\n", "\\n", "\\\n", "\\\"", "a\u{202e}b", "\0", "\r\n", " ", "💥"];
    for key in keys {
        let _ = ask(key, Ok(()));
    }
    let text = Exporter::new(scope.registry()).per_key(100).prometheus_text();
    let (mut seen_names, mut seen_keys) = (BTreeSet::new(), BTreeSet::new());
    // Prometheus ends a line at a line feed alone.
    for line in text.split_terminator('\n') {
        let Some(rest) = line.strip_prefix("breakerbox_probes_total{breakerbox_name=\"") else {
            assert!(line.starts_with("# ") || line.starts_with("breakerbox_"), "{line:?}");
            continue;
        };
        let labels = rest.strip_suffix("\"} 0").unwrap_or_else(|| panic!("{line:?}"));
        let (name, key) = match labels.split_once("\",breakerbox_key=\"") {
            Some((name, key)) => (name, Some(key)),
            None => (labels, None),
        };
        seen_names.insert(unescaped(name));
        seen_keys.extend(key.map(unescaped));
    }
    let expected = |all: &[&str], more: &str| {
        all.iter().copied().chain([more]).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(seen_names, expected(&names, "llm"));
    assert_eq!(seen_keys, expected(&keys, "other"));
}

#[test]
fn text_of_ten_thousand_names_is_ten_times_that_of_a_thousand() {
    let lengths = [1_000, 10_000].map(|number| {
        let registry = Registry::new();
        for number in 0..number {
            registry.get_or_insert(&format!("service-{number:05}"), Config::new()).unwrap();
        }
        Exporter::new(&registry).prometheus_text().len()
    });
    assert!(lengths[1] / 10 <= lengths[0], "{lengths:?}");
    assert!(lengths[0] < 4_000 * 1_000, "less than 4 kB a name: {lengths:?}");
}

#[test]
fn text_of_ten_thousand_keys_is_as_long_as_that_of_ten() {
    let lines = [10_u16, 10_000].map(|number| {
        let scope = Scope::enter();
        scope.registry().set_max_keys(number.into());
        (0..number).for_each(|number| drop(ask(&number.to_string(), Ok(()))));
        let exporter = Exporter::new(scope.registry());
        assert_eq!(of_metric(&exporter, "breakerbox_keys")["name=llm"], f64::from(number));
        [exporter.clone(), exporter.per_key(5)].map(|one| series(&one).len())
    });
    assert_eq!(lines[0], lines[1]);
}
