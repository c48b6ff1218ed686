//! The instruments of the OpenTelemetry API, read by its SDK.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

#[path = "../src/fleet.rs"]
mod fleet;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use breakerbox::metrics::{Exporter, Instrument, Kind};
use breakerbox::testing::Scope;
use breakerbox::{Config, Registry, circuit_breaker};
use fleet::Fleet;
use opentelemetry::Value;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

/// A provider that keeps what it collects.
struct Collector {
    provider: SdkMeterProvider,
    kept: InMemoryMetricExporter,
}

impl Collector {
    fn of(exporter: Exporter) -> Self {
        let kept = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(kept.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        exporter.observe_with(&provider.meter("breakerbox"));
        Collector { provider, kept }
    }

    /// Collects once, and returns the values by instrument and attributes.
    fn collect(&self) -> BTreeMap<String, BTreeMap<String, f64>> {
        self.kept.reset();
        self.provider.force_flush().unwrap();
        let collected = self.kept.get_finished_metrics().unwrap();
        let [resource] = &collected[..] else { panic!("{} collections", collected.len()) };
        let metrics = resource.scope_metrics().flat_map(ScopeMetrics::metrics);
        metrics.map(|metric| (metric.name().to_owned(), values(metric))).collect()
    }
}

fn labels<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let text = |value: &Value| value.as_str().into_owned();
    let sorted: BTreeSet<_> =
        attributes.map(|one| format!("{}={}", one.key.as_str(), text(&one.value))).collect();
    sorted.into_iter().collect::<Vec<_>>().join(",").replace("breakerbox.", "")
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn values(metric: &Metric) -> BTreeMap<String, f64> {
    macro_rules! points {
        ($data:expr, $value:expr) => {
            match $data {
                MetricData::Gauge(gauge) => gauge
                    .data_points()
                    .map(|p| (labels(p.attributes()), $value(p.value())))
                    .collect(),
                MetricData::Sum(sum) => {
                    sum.data_points().map(|p| (labels(p.attributes()), $value(p.value()))).collect()
                }
                _ => panic!("{} is a histogram", metric.name()),
            }
        };
    }
    match metric.data() {
        AggregatedMetrics::F64(data) => points!(data, |value| value),
        AggregatedMetrics::U64(data) => points!(data, |value: u64| value as f64),
        AggregatedMetrics::I64(data) => points!(data, |value: i64| value as f64),
    }
}

fn kind(metric: &Metric) -> Kind {
    macro_rules! kind {
        ($data:expr) => {
            match $data {
                MetricData::Gauge(_) => Kind::Gauge,
                MetricData::Sum(sum) if sum.is_monotonic() => Kind::Counter,
                MetricData::Sum(_) => Kind::UpDownCounter,
                _ => panic!("{} is a histogram", metric.name()),
            }
        };
    }
    match metric.data() {
        AggregatedMetrics::F64(data) => kind!(data),
        AggregatedMetrics::U64(data) => kind!(data),
        AggregatedMetrics::I64(data) => kind!(data),
    }
}

fn db(registry: &Registry) -> Arc<breakerbox::Breaker> {
    registry.get_or_insert("db", Config::builder().threshold(1).build_const()).unwrap()
}

#[test]
fn states_are_seen_at_each_collection() {
    let registry = Registry::new();
    let collector = Collector::of(Exporter::new(&registry));
    let db = db(&registry);
    let state = || {
        let status = collector.collect()["breakerbox.status"].clone();
        assert_eq!(status.len(), 6);
        let (labels, _) = status.into_iter().find(|(_, value)| *value == 1.0).unwrap();
        labels
    };
    assert_eq!(state(), "name=db,state=closed");
    db.try_acquire().unwrap().failure();
    assert_eq!(state(), "name=db,state=open");
    assert!(db.try_acquire().is_err());
    assert_eq!(collector.collect()["breakerbox.rejections"]["name=db"], 1.0);
    db.force_open();
    assert_eq!(state(), "name=db,state=isolated");
    let transitions = &collector.collect()["breakerbox.transitions"];
    assert_eq!(transitions["name=db,reason=consecutive-failures,state=open"], 1.0);
}

#[test]
fn removed_breaker_has_no_status_of_its_own_any_more() {
    let registry = Registry::new();
    let collector = Collector::of(Exporter::new(&registry));
    db(&registry).force_open();
    assert_eq!(collector.collect()["breakerbox.status"].values().sum::<f64>(), 1.0);
    registry.remove("db").unwrap();
    let after = collector.collect();
    assert_eq!(after.get("breakerbox.status").map_or(0.0, |all| all.values().sum()), 0.0);
}

#[circuit_breaker(name = "llm", key = model, threshold = 1, window = 10, failure_rate = 0.5, min_calls = 1, slow_call = "1s", slow_rate = 0.5, count_calls = true)]
fn ask(model: &str, answer: io::Result<()>) -> io::Result<()> {
    let _ = model;
    answer
}

/// Every instrument, with the type, unit, description and values that the text has.
#[test]
fn collection_says_what_the_text_says() {
    let scope = Scope::enter();
    scope.registry().link(Arc::new(Fleet)).unwrap();
    let _ = ask("a", Err(io::ErrorKind::TimedOut.into()));
    let _ = ask("b", Ok(()));
    let exporter = Exporter::new(scope.registry()).per_key(1);
    let collector = Collector::of(exporter.clone());
    let mut expected = BTreeMap::<String, BTreeMap<String, f64>>::new();
    exporter.for_each(|sample| {
        let labels: BTreeSet<_> = sample
            .attributes
            .iter()
            .map(|(one, value)| format!("{}={value}", one.name().replace("breakerbox.", "")))
            .collect();
        let labels = labels.into_iter().collect::<Vec<_>>().join(",");
        let values = expected.entry(sample.instrument.name().into()).or_default();
        values.insert(labels, sample.value.as_f64());
    });
    assert_eq!(expected.len(), Instrument::ALL.len());
    assert_eq!(collector.collect(), expected);

    let collected = collector.kept.get_finished_metrics().unwrap();
    let metrics: Vec<_> = collected[0].scope_metrics().flat_map(ScopeMetrics::metrics).collect();
    for instrument in Instrument::ALL {
        let metric = metrics.iter().find(|one| one.name() == instrument.name()).unwrap();
        assert_eq!(metric.unit(), instrument.unit(), "{instrument}");
        assert_eq!(metric.description(), instrument.description(), "{instrument}");
        assert_eq!(kind(metric), instrument.kind(), "{instrument}");
    }
}

/// A reading for each of 21 instruments would be 21 times the work.
#[test]
fn two_readers_of_one_provider_see_the_same() {
    let registry = Registry::new();
    let kept = [InMemoryMetricExporter::default(), InMemoryMetricExporter::default()];
    let mut provider = SdkMeterProvider::builder();
    for kept in &kept {
        provider = provider.with_reader(PeriodicReader::builder(kept.clone()).build());
    }
    let provider = provider.build();
    Exporter::new(&registry).observe_with(&provider.meter("breakerbox"));
    let db = db(&registry);
    let states = || {
        kept.each_ref().map(|kept| {
            let collected = kept.get_finished_metrics().unwrap();
            let last = collected.last().unwrap();
            let mut metrics = last.scope_metrics().flat_map(ScopeMetrics::metrics);
            let status = metrics.find(|metric| metric.name() == "breakerbox.status").unwrap();
            let open = values(status).into_iter().find(|(_, value)| *value == 1.0);
            open.unwrap().0
        })
    };
    for (change, expected) in [(false, "name=db,state=closed"), (true, "name=db,state=isolated")] {
        if change {
            db.force_open();
        }
        provider.force_flush().unwrap();
        assert_eq!(states(), [expected; 2]);
    }
}
