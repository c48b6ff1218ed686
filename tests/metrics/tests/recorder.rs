//! Publishing to a recorder of the crate `metrics`, here that of `metrics-exporter-prometheus`.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use breakerbox::metrics::Exporter;
use breakerbox::testing::Scope;
use breakerbox::{Config, circuit_breaker};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

fn recorder() -> (PrometheusRecorder, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().with_recommended_naming(true).build_recorder();
    let handle = recorder.handle();
    (recorder, handle)
}

/// The series of a text, each with its labels in order.
fn series(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels: BTreeSet<_> = labels.trim_end_matches('}').split(',').collect();
            let labels: Vec<_> = labels.into_iter().collect();
            (format!("{name}{{{}}}", labels.join(",")), value.parse().unwrap())
        })
        .collect()
}

/// The lines that say what a metric is.
fn headers(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| line.starts_with('#')).collect()
}

#[circuit_breaker(name = "llm", key = model, threshold = 1, window = 10, failure_rate = 0.5, min_calls = 1, slow_call = "1s", slow_rate = 0.5, count_calls = true)]
fn ask(model: &str, answer: io::Result<()>) -> io::Result<()> {
    let _ = model;
    answer
}

#[test]
fn recorder_renders_what_our_own_text_says() {
    let scope = Scope::enter();
    let _ = ask("a", Err(io::ErrorKind::TimedOut.into()));
    let _ = ask("b", Ok(()));
    scope.advance(Duration::from_secs(2));
    let exporter = Exporter::new(scope.registry()).per_key(1);
    let (recorder, handle) = recorder();
    metrics::with_local_recorder(&recorder, || exporter.publish());
    let (rendered, own) = (handle.render(), exporter.prometheus_text());
    assert_eq!(series(&rendered), series(&own));
    assert_eq!(headers(&rendered), headers(&own));
}

#[test]
fn counters_follow_and_time_is_rounded_down() {
    let scope = Scope::enter();
    let registry = scope.registry();
    let config = Config::builder().threshold(1).build_const();
    let db = registry.get_or_insert("db", config).unwrap();
    let exporter = Exporter::new(registry);
    let (recorder, handle) = recorder();
    let publish = || {
        metrics::with_local_recorder(&recorder, || exporter.publish());
        series(&handle.render())
    };
    db.try_acquire().unwrap().failure();
    for rejections in [1.0, 2.0, 3.0] {
        assert!(db.try_acquire().is_err());
        scope.advance(Duration::from_millis(900));
        let shown = publish();
        assert_eq!(shown["breakerbox_rejections_total{breakerbox_name=\"db\"}"], rejections);
        let time =
            "breakerbox_state_time_seconds_total{breakerbox_name=\"db\",breakerbox_state=\"open\"}";
        assert_eq!(shown[time], (0.9 * rejections).floor());
    }
}

#[test]
fn what_is_gone_is_set_to_zero() {
    let scope = Scope::enter();
    let registry = scope.registry();
    let db = registry.get_or_insert("db", Config::builder().threshold(1).build_const()).unwrap();
    let exporter = Exporter::new(registry);
    let (recorder, handle) = recorder();
    let publish = || {
        metrics::with_local_recorder(&recorder, || exporter.publish());
        series(&handle.render())
    };
    let rest = "breakerbox_cooldown_remaining_seconds{breakerbox_name=\"db\"}";
    let isolated = "breakerbox_status{breakerbox_name=\"db\",breakerbox_state=\"isolated\"}";
    db.try_acquire().unwrap().failure();
    assert!(publish()[rest] > 29.0);
    db.force_open();
    let shown = publish();
    assert_eq!((shown[rest], shown[isolated]), (0.0, 1.0), "no cooldown runs");
    registry.remove("db").unwrap();
    assert_eq!(publish()[isolated], 0.0);
    // It comes again.
    registry
        .get_or_insert("db", Config::builder().threshold(1).build_const())
        .unwrap()
        .force_open();
    assert_eq!(publish()[isolated], 1.0);
}
