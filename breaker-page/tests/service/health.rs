//! Health: the states that pass, warn and fail.

use std::time::Duration;

use http::Request;

use crate::common::{Stage, fail, send};

fn health(stage: &Stage, vital: &[&str]) -> (u16, String) {
    let page = stage.page.clone().vital(vital.iter().copied());
    let answer = send(&page, Request::get("/health"));
    assert_eq!(answer.header("content-type"), "application/health+json");
    (answer.status.as_u16(), answer.json()["status"].as_str().unwrap().to_owned())
}

#[test]
fn closed_breakers_pass() {
    let stage = Stage::new();
    stage.breaker("llm", 1);
    assert_eq!(health(&stage, &[]), (200, "pass".into()));
    assert_eq!(health(&stage, &["llm", "not-called-yet"]), (200, "pass".into()));
}

#[test]
fn open_breaker_warns_and_a_vital_one_fails() {
    let stage = Stage::new();
    fail(&stage.breaker("llm", 1), 1);
    stage.breaker("db", 1);
    assert_eq!(health(&stage, &["db"]), (200, "warn".into()));
    assert_eq!(health(&stage, &["llm"]), (503, "fail".into()));
    let json = stage.get("/health").json();
    let checks = json["checks"].as_object().unwrap();
    assert_eq!(checks.keys().collect::<Vec<_>>(), ["llm"], "those that pass are left out");
    assert_eq!(checks["llm"][0]["observedValue"], "open");
}

/// If this failed, no call would come, and the breaker would never close.
#[test]
fn vital_breaker_whose_cooldown_is_over_lets_calls_come_again() {
    let stage = Stage::new();
    let db = stage.breaker("db", 1);
    fail(&db, 1);
    assert_eq!(health(&stage, &["db"]).0, 503);
    stage.clock.advance(Duration::from_secs(31));
    assert_eq!(health(&stage, &["db"]), (200, "warn".into()));
    let probe = db.try_acquire().unwrap();
    assert_eq!(health(&stage, &["db"]), (200, "pass".into()), "half-open");
    probe.success();
    assert_eq!(health(&stage, &["db"]), (200, "pass".into()));
}

#[test]
fn vital_breaker_that_is_held_open_fails_and_one_that_observes_passes() {
    let stage = Stage::new();
    let db = stage.breaker("db", 1);
    db.force_open();
    stage.clock.advance(Duration::from_secs(3_600));
    assert_eq!(health(&stage, &["db"]), (503, "fail".into()));
    db.observe();
    assert_eq!(health(&stage, &["db"]), (200, "pass".into()));
}
