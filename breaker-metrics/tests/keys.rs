//! Names with keys: folded into one, or one by one.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use breaker_metrics::{Exporter, Instrument, Kind};
use breakerbox::State;
use breakerbox::testing::{Handle, Scope};

use common::{DOWN, ask, of_metric, series};

/// The keys whose series of this metric has this value.
fn keys_with(exporter: &Exporter, metric: &str, wanted: f64) -> Vec<String> {
    of_metric(exporter, metric)
        .into_iter()
        .filter(|(_, value)| (value - wanted).abs() < f64::EPSILON)
        .filter_map(|(labels, _)| {
            let (_, key) = labels.split_once("key=")?;
            Some(key.split(',').next().unwrap_or(key).to_owned())
        })
        .collect()
}

/// The keys that have rows.
fn keys_shown(exporter: &Exporter) -> Vec<String> {
    let probes = of_metric(exporter, "breakerbox_probes_total");
    probes.keys().filter_map(|labels| Some(labels.split_once("key=")?.1.to_owned())).collect()
}

#[test]
fn folded_status_is_the_number_of_keys_in_each_state() {
    let scope = Scope::enter();
    for key in ["a", "b", "c"] {
        let _ = ask(key, Ok(()));
    }
    for key in ["d", "e"] {
        let _ = ask(key, DOWN);
    }
    scope.registry().get_key("llm", "a").unwrap().force_open();
    let exporter = Exporter::new(scope.registry());
    let status = of_metric(&exporter, "breakerbox_status");
    let of = |state: &str| status[&format!("name=llm,state={state}")];
    assert_eq!([of("closed"), of("open"), of("isolated"), of("half-open")], [2.0, 2.0, 1.0, 0.0]);
    assert_eq!(status.len(), State::ALL.len());
    assert_eq!(of_metric(&exporter, "breakerbox_keys")["name=llm"], 5.0);
}

#[test]
fn folded_counters_are_sums_and_gauges_are_of_the_worst_key() {
    let scope = Scope::enter();
    for (key, rejections) in [("a", 3), ("b", 1)] {
        let _ = ask(key, DOWN);
        (0..rejections).for_each(|_| drop(ask(key, Ok(()))));
        scope.advance(Duration::from_secs(4));
    }
    let exporter = Exporter::new(scope.registry());
    assert_eq!(of_metric(&exporter, "breakerbox_rejections_total")["name=llm"], 4.0);
    let failures = of_metric(&exporter, "breakerbox_failures_total");
    assert_eq!(failures["name=llm,kind=error"], 2.0);
    let time = of_metric(&exporter, "breakerbox_state_time_seconds_total");
    assert_eq!(time["name=llm,state=open"], 8.0 + 4.0);
    let rest = of_metric(&exporter, "breakerbox_cooldown_remaining_seconds")["name=llm"];
    assert!((5.9..6.1).contains(&rest), "of `b`, which opened last: {rest}");
}

#[test]
fn keys_that_reject_are_shown_first() {
    let scope = Scope::enter();
    for key in ["a", "b", "c", "d", "e"] {
        let _ = ask(key, if key >= "d" { DOWN } else { Ok(()) });
    }
    let shown = |limit| keys_shown(&Exporter::new(scope.registry()).per_key(limit));
    assert_eq!(shown(0), ["other"]);
    assert_eq!(shown(1), ["d", "other"]);
    assert_eq!(shown(3), ["a", "d", "e", "other"]);
    assert_eq!(shown(9), ["a", "b", "c", "d", "e", "other"]);
    let exporter = Exporter::new(scope.registry()).per_key(2);
    let status = of_metric(&exporter, "breakerbox_status");
    assert_eq!(status["name=llm,key=d,state=open"], 1.0);
    assert_eq!(status["name=llm,key=other,state=closed"], 3.0);
    assert_eq!(of_metric(&exporter, "breakerbox_keys")["name=llm"], 5.0);
}

#[test]
fn keys_whose_label_is_taken_are_among_the_others() {
    let scope = Scope::enter();
    for key in ["other", "", "a"] {
        let _ = ask(key, DOWN);
        let _ = ask(key, Ok(()));
    }
    let exporter = Exporter::new(scope.registry()).per_key(10);
    assert_eq!(keys_shown(&exporter), ["a", "other"]);
    assert_eq!(keys_with(&exporter, "breakerbox_rejections_total", 2.0), ["other"]);
}

#[test]
fn long_keys_are_cut_and_stay_apart() {
    let scope = Scope::enter();
    let start = "aß".repeat(4_000);
    for end in ["a", "b"] {
        let _ = ask(&format!("{start}{end}"), Ok(()));
    }
    let shown = keys_shown(&Exporter::new(scope.registry()).per_key(10));
    assert_eq!(shown.len(), 3);
    assert!(shown[..2].iter().all(|key| key.len() <= 128 && key.starts_with("aßaß")), "{shown:?}");
}

/// The series that are counters.
fn counters(exporter: &Exporter) -> BTreeMap<String, f64> {
    let is_counter = |series: &String| {
        Instrument::ALL.into_iter().any(|instrument| {
            let metric = instrument.prometheus_name() + "{";
            instrument.kind() == Kind::Counter && series.starts_with(&metric)
        })
    };
    series(exporter).into_iter().filter(|(series, _)| is_counter(series)).collect()
}

/// Panics if a counter has fallen or is missing.
fn check_none_fell(before: &BTreeMap<String, f64>, now: &BTreeMap<String, f64>) {
    for (series, then) in before {
        let value = now.get(series).unwrap_or_else(|| panic!("{series} is gone"));
        assert!(value >= then, "{series} fell from {then} to {value}");
    }
}

#[test]
fn folded_counters_never_fall_while_keys_make_room_for_others() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(3);
    let exporter = Exporter::new(scope.registry());
    let mut before = counters(&exporter);
    for step in 0..200 {
        let key = (step * 7 % 23).to_string();
        let _ = ask(&key, if step % 3 == 0 { DOWN } else { Ok(()) });
        let _ = ask(&key, Ok(()));
        scope.advance(Duration::from_secs(5));
        let now = counters(&exporter);
        check_none_fell(&before, &now);
        before = now;
    }
    assert!(
        before["breakerbox_failures_total{breakerbox_name=\"llm\",breakerbox_kind=\"error\"}"]
            > 60.0
    );
    let keys = of_metric(&exporter, "breakerbox_keys")["name=llm"];
    assert!(keys <= 3.0, "nothing made room: {keys}");
}

#[test]
fn counters_stay_when_names_and_keys_are_removed() {
    let scope = Scope::enter();
    let registry = scope.registry();
    let exporter = Exporter::new(registry);
    let _ = ask("a", DOWN);
    let _ = common::listen(DOWN);
    let before = counters(&exporter);
    assert!(registry.remove_key("llm", "a").is_some());
    assert!(registry.remove("stt").is_some());
    check_none_fell(&before, &counters(&exporter));
    assert!(
        series(&exporter)
            .iter()
            .all(|(one, value)| !one.starts_with("breakerbox_status{") || *value == 0.0)
    );
    let _ = common::listen(DOWN);
    let now = counters(&exporter);
    check_none_fell(&before, &now);
    assert_eq!(
        now["breakerbox_failures_total{breakerbox_name=\"stt\",breakerbox_kind=\"error\"}"],
        2.0
    );
}

/// The increase of a metric as `sum(increase(...))` of Prometheus computes it: over the series in
/// both readings, and from zero for one that has fallen.
fn increase(before: &BTreeMap<String, f64>, now: &BTreeMap<String, f64>, metric: &str) -> f64 {
    before
        .iter()
        .filter(|(series, _)| series.starts_with(metric))
        .filter_map(|(series, then)| {
            let now = now.get(series)?;
            Some(if now < then { *now } else { now - then })
        })
        .sum()
}

#[test]
fn keys_that_change_rows_make_up_no_increase() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(6);
    let exporter = Exporter::new(scope.registry()).per_key(2);
    let mut before = counters(&exporter);
    let mut all = 0.0;
    for step in 0..300 {
        let key = (step * 5 % 17).to_string();
        let _ = ask(&key, if step % 4 == 0 { DOWN } else { Ok(()) });
        let rejections =
            (0..step % 3).filter(|_| matches!(ask(&key, Ok(())), Err(common::Error::Rejected)));
        let rejections = f64::from(u32::try_from(rejections.count()).unwrap());
        scope.advance(Duration::from_secs(if step % 20 == 19 { 15 } else { 1 }));
        let now = counters(&exporter);
        let seen = increase(&before, &now, "breakerbox_rejections_total");
        // The call of this step may have been rejected too.
        assert!(seen <= rejections + 1.0, "step {step}: {seen} of {rejections}");
        all += seen;
        let others = |series: &BTreeMap<String, f64>| -> BTreeMap<String, f64> {
            let is_other = |(one, _): &(&String, &f64)| one.contains("breakerbox_key=\"other\"");
            series.iter().filter(is_other).map(|(one, value)| (one.clone(), *value)).collect()
        };
        check_none_fell(&others(&before), &others(&now));
        before = now;
    }
    assert!(all > 50.0, "{all}");
}

#[test]
fn rejections_of_a_shown_key_are_its_own() {
    let scope = Scope::enter();
    let exporter = Exporter::new(scope.registry()).per_key(1);
    let _ = ask("a", DOWN);
    let _ = ask("b", Ok(()));
    let before = counters(&exporter);
    (0..5).for_each(|_| drop(ask("a", Ok(()))));
    let now = counters(&exporter);
    let of = |key: &str| {
        let series = format!(
            "breakerbox_rejections_total{{breakerbox_name=\"llm\",breakerbox_key=\"{key}\"}}"
        );
        now[&series] - before[&series]
    };
    assert_eq!([of("a"), of("other")], [5.0, 0.0]);
}

/// Keys leave while the registry is read. One in a hundred has a large count, so that a reading
/// which counts it twice, or not at all, stands out.
#[test]
fn counters_never_fall_while_threads_bring_new_keys() {
    const KEYS: u32 = 20_000;
    let scope = Scope::enter();
    scope.registry().set_max_keys(300);
    let exporter = Exporter::new(scope.registry());
    let call = |thread: u32, handle: Handle| {
        let _entered = handle.enter();
        for step in 0..KEYS {
            let calls = if step % 100 == 0 { 500 } else { 1 };
            (0..calls).for_each(|_| drop(common::speak(2 * step + thread)));
        }
    };
    let (mut before, mut readings) = (counters(&exporter), 0);
    std::thread::scope(|threads| {
        let callers = [0, 1].map(|thread| {
            let handle = scope.handle();
            threads.spawn(move || call(thread, handle))
        });
        while !callers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let now = counters(&exporter);
            check_none_fell(&before, &now);
            (before, readings) = (now, readings + 1);
        }
    });
    assert!(readings > 1);
    let calls = of_metric(&exporter, "breakerbox_calls_total");
    assert_eq!(calls["name=tts,outcome=success"], f64::from(2 * (KEYS / 100 * 599)));
}
