//! Every field of a breaker, with a value that no other field has.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use breaker_core::{BreakerError, Config};
use serde_json::{Value, json};

use crate::common::{Stage, fail};

const SECOND: Duration = Duration::from_secs(1);

fn detail(stage: &Stage, name: &str) -> (u64, Value) {
    let json = stage.get(&format!("/breakers/{name}")).json();
    (json["now_ms"].as_u64().unwrap(), json["breaker"].clone())
}

#[test]
fn every_setting_is_told_with_its_unit() {
    let stage = Stage::new();
    let config = Config::builder()
        .threshold(7)
        .failure_rate(0.5)
        .window_calls(100)
        .min_calls(11)
        .slow_call(2 * SECOND)
        .slow_rate(0.75)
        .cooldown(30 * SECOND)
        .backoff(1.5)
        .backoff_reset(90 * SECOND)
        .cooldown_max(600 * SECOND)
        .jitter(0.25)
        .probes(3)
        .success_threshold(2)
        .probe_timeout(20 * SECOND)
        .count_calls(true);
    stage.registry.get_or_insert("rate", config.build().unwrap()).unwrap();
    let told = json!({
        "threshold": 7, "failure_rate": 0.5, "failure_count": null,
        "window": {"calls": 100}, "min_calls": 11,
        "slow_call_ms": 2_000, "slow_rate": 0.75,
        "cooldown_ms": 30_000, "backoff": 1.5, "backoff_reset_ms": 90_000, "cooldown_max_ms": 600_000,
        "jitter": 0.25, "probes": 3, "success_threshold": 2, "probe_timeout_ms": 20_000,
        "count_calls": true,
    });
    assert_eq!(detail(&stage, "rate").1["config"], told);

    let config = Config::builder().failure_count(9).window_buckets(12 * SECOND, 6);
    stage.registry.get_or_insert("count", config.build().unwrap()).unwrap();
    let config = detail(&stage, "count").1["config"].clone();
    assert_eq!(config["failure_count"], 9);
    assert_eq!(config["window"], json!({"ms": 12_000, "buckets": 6}));
}

#[test]
fn every_moving_field_is_told() {
    let stage = Stage::new();
    let config = Config::builder().threshold(2).success_threshold(2).probes(2).slow_call(SECOND);
    let config = config.cooldown(30 * SECOND).count_calls(true).build().unwrap();
    let llm = stage.registry.get_or_insert("llm", config).unwrap();
    // The breaker is closed for 40 s, with one success and one cancelled call.
    stage.clock.advance(40 * SECOND);
    llm.try_acquire().unwrap().success();
    drop(llm.try_acquire().unwrap());
    // It opens by failures of two kinds, and one outcome comes too late.
    let late = llm.try_acquire().unwrap();
    let panics = || llm.call(|| -> Result<(), BreakerError> { panic!("on purpose") });
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    fail(&llm, 1);
    late.failure();
    for _ in 0..3 {
        assert!(llm.try_acquire().is_err());
    }
    let (now, open) = detail(&stage, "llm");
    assert_eq!(
        (&open["state"], &open["cooldown_ms"], &open["cooldown_ends_ms"], &open["openings"]),
        (&"open".into(), &30_000.into(), &(now + 30_000).into(), &1.into())
    );
    stage.clock.advance(10 * SECOND);
    let (now, open) = detail(&stage, "llm");
    assert_eq!(
        (&open["cooldown_ends_ms"], &open["since_ms"]),
        (&(now + 20_000).into(), &(now - 10_000).into())
    );
    // In half-open, one probe has succeeded, and one is under way.
    stage.clock.advance(21 * SECOND);
    llm.try_acquire().unwrap().success();
    let under_way = llm.try_acquire().unwrap();
    stage.clock.advance(SECOND / 2);
    let (now, told) = detail(&stage, "llm");
    let moving = json!({
        "state": "half-open", "since_ms": now - 500, "episode": 2,
        "consecutive_failures": 0,
        "calls": null, "failures": null, "slow_calls": null, "failure_rate": null, "slow_rate": null,
        "probes_in_flight": 1, "probe_successes": 1,
        "cooldown_ms": null, "cooldown_ends_ms": null, "openings": 1,
        "rejections": 3, "observed_rejections": 0, "late_outcomes": 1,
        "totals": {
            "probes": 2,
            "failures": {"error": 1, "slow": 0, "timed_out": 0, "panicked": 1},
            "calls": {"successes": 2, "failures": 2, "ignored": 0, "cancelled": 1},
        },
        "outage": {"since_ms": now - 31_500, "trips": 1},
        "shared": null,
    });
    for (field, value) in moving.as_object().unwrap() {
        assert_eq!(&told[field], value, "{field}");
    }
    assert_eq!(
        told["transition_counts"],
        json!([
            {"to": "open", "reason": "consecutive failures", "count": 1},
            {"to": "half-open", "reason": "cooldown over", "count": 1},
        ])
    );
    assert_eq!(
        told["time_in_state_ms"],
        json!({
            "closed": 40_000, "open": 31_000, "half-open": 500,
            "isolated": 0, "disabled": 0, "observing": 0,
        })
    );
    drop(under_way);
    llm.observe();
    fail(&llm, 2);
    llm.try_acquire().unwrap().success();
    assert_eq!(detail(&stage, "llm").1["observed_rejections"], 1);
}
