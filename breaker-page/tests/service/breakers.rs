//! Breakers as JSON: figures, tuning, place, and the last transitions.

use std::time::Duration;

use breaker_core::{Config, Outcome, Verdict};
use serde_json::{Value, json};

use crate::common::{Stage, fail, send};

#[test]
fn list_has_every_breaker_by_name_and_what_is_wrong_with_the_registry() {
    let stage = Stage::allowing();
    stage.breaker("b", 1);
    stage.breaker("a", 1);
    let other = Config::builder().threshold(7).build().unwrap();
    assert!(stage.registry.get_or_insert("a", other).is_err());
    stage.registry.configure("c", Config::builder().threshold(3)).unwrap();

    let page = stage.page.clone().vital(["a"]);
    let json = send(&page, http::Request::get("/breakers")).json();
    let names: Vec<_> = json["breakers"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(json["page"], json!({"actions": true, "vital": ["a"]}));
    let registry = &json["registry"];
    assert_eq!(
        (&registry["conflicts_count"], &registry["unused_overrides"]),
        (&1.into(), &json!(["c"]))
    );
    assert!(registry["conflicts"][0].as_str().unwrap().contains("`a` is declared with different"));
    assert!(json["now_ms"].as_u64().unwrap() > 1_700_000_000_000);
}

#[test]
fn breaker_has_figures_tuning_and_place_as_numbers() {
    let stage = Stage::new();
    let config = Config::builder()
        .failure_rate(0.5)
        .window_calls(4)
        .min_calls(4)
        .cooldown(Duration::from_secs(30));
    let llm = stage.registry.get_or_insert("llm", config.build().unwrap()).unwrap();
    llm.try_acquire().unwrap().success();
    fail(&llm, 1);

    let breaker = &stage.get("/breakers/llm").json()["breaker"];
    assert_eq!((&breaker["calls"], &breaker["failures"]), (&2.into(), &1.into()));
    assert_eq!(breaker["failure_rate"], Value::Null, "too few calls are in");
    llm.try_acquire().unwrap().success();
    fail(&llm, 1);
    let breaker = &stage.get("/breakers/llm").json()["breaker"];
    assert_eq!((&breaker["state"], &breaker["failure_rate"]), (&"open".into(), &0.5.into()));
    assert_eq!((&breaker["cooldown_ms"], &breaker["openings"]), (&30_000.into(), &1.into()));
    assert_eq!(breaker["totals"]["failures"]["error"], 2);
    assert_eq!(breaker["outage"]["trips"], 1);

    let config = &breaker["config"];
    assert_eq!(config["window"], json!({"calls": 4}));
    assert_eq!((&config["failure_rate"], &config["threshold"]), (&0.5.into(), &Value::Null));
    assert_eq!((&config["cooldown_ms"], &config["probes"]), (&30_000.into(), &1.into()));
    let place = breaker["place"].as_str().unwrap();
    assert!(
        place.starts_with("breaker-page/tests/service/breakers.rs:")
            || place.starts_with("tests/service/breakers.rs:"),
        "{place}"
    );
    assert_eq!(breaker["path"], "breakers/llm");
}

#[test]
fn window_of_time_is_told_in_milliseconds() {
    let stage = Stage::new();
    let config = Config::builder().failure_count(3).window_time(Duration::from_secs(10));
    stage.registry.get_or_insert("db", config.build().unwrap()).unwrap();
    let breaker = &stage.get("/breakers/db").json()["breaker"];
    assert_eq!(breaker["config"]["window"], json!({"ms": 10_000, "buckets": 10}));
}

#[test]
fn transitions_are_told_with_the_figures_of_their_moment() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 3);
    fail(&llm, 3);
    stage.clock.advance(Duration::from_secs(31));
    fail(&llm, 1);
    llm.reset();

    let breaker = &stage.get("/breakers/llm").json()["breaker"];
    let transitions = breaker["transitions"].as_array().unwrap();
    let told = |at: usize| {
        let it = &transitions[at];
        (it["from"].as_str().unwrap(), it["to"].as_str().unwrap(), it["reason"].as_str().unwrap())
    };
    assert_eq!(told(0), ("open", "closed", "reset"));
    assert_eq!(told(1), ("half-open", "open", "a probe failed"));
    assert_eq!(told(2), ("open", "half-open", "cooldown over"));
    assert_eq!(told(3), ("closed", "open", "consecutive failures"));
    assert_eq!(transitions.len(), 4);
    let trip = &transitions[3];
    assert_eq!(
        (&trip["figures"]["consecutive_failures"], &trip["cooldown_ms"]),
        (&3.into(), &30_000.into())
    );
    assert_eq!(&breaker["last"], &transitions[0]);
    let ids: Vec<_> = transitions.iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, other| one > other), "{ids:?}");
    let counts = breaker["transition_counts"].as_array().unwrap();
    assert!(counts.contains(&json!({"to": "open", "reason": "consecutive failures", "count": 1})));
    assert_eq!(breaker["time_in_state_ms"]["open"], 31_000);
    assert_eq!(breaker["time_in_state_ms"].as_object().unwrap().len(), 6);
}

#[test]
fn figures_of_a_window_are_those_at_the_trip() {
    let stage = Stage::new();
    let config = Config::builder().failure_rate(0.5).window_calls(10).min_calls(2);
    let llm = stage.registry.get_or_insert("llm", config.build().unwrap()).unwrap();
    llm.try_acquire().unwrap().success();
    fail(&llm, 1);
    let json = stage.get("/breakers/llm").json();
    let figures = &json["breaker"]["last"]["figures"];
    assert_eq!((&figures["calls"], &figures["failures"]), (&2.into(), &1.into()));
    assert_eq!(figures["failure_rate"], 0.5);
}

#[test]
fn history_keeps_so_many_transitions_of_each_breaker() {
    let stage = Stage::new();
    let page = stage.page.clone().history(3);
    let (llm, db) = (stage.breaker("llm", 1), stage.breaker("db", 1));
    db.force_open();
    for _ in 0..10 {
        llm.force_open();
        llm.reset();
    }
    let count = |path: &str| {
        let json = send(&page, http::Request::get(path)).json();
        json["breaker"]["transitions"].as_array().unwrap().len()
    };
    assert_eq!((count("/breakers/llm"), count("/breakers/db")), (3, 1));
}

#[test]
fn transition_from_before_the_page_is_known_without_figures() {
    let stage = Stage::new();
    stage.breaker("llm", 1).force_open();
    let later = breaker_page::Page::new(stage.registry.clone());
    let json = send(&later, http::Request::get("/breakers/llm")).json();
    let breaker = &json["breaker"];
    assert_eq!((&breaker["last"]["to"], &breaker["last"]["id"]), (&"isolated".into(), &0.into()));
    assert_eq!((&breaker["last"]["figures"], &breaker["transitions"]), (&Value::Null, &json!([])));
}

#[test]
fn longer_cooldown_is_in_the_history_and_changes_neither_last_nor_strip() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let under_way = llm.try_acquire().unwrap();
    fail(&llm, 1);
    let detail = |stage: &Stage| stage.get("/breakers/llm").json()["breaker"].clone();
    let opened = detail(&stage);
    under_way.record(Verdict::from(Outcome::Failure).retry_after(Duration::from_secs(90)));

    let breaker = detail(&stage);
    let transitions = breaker["transitions"].as_array().unwrap();
    assert_eq!(transitions.len(), 2);
    let extended = &transitions[0];
    assert_eq!((&extended["from"], &extended["to"]), (&"open".into(), &"open".into()));
    assert_eq!(
        (&extended["reason"], &extended["cooldown_ms"]),
        (&"cooldown extended".into(), &90_000.into())
    );
    assert!(extended["id"].as_u64() > transitions[1]["id"].as_u64());
    for field in ["last", "strip", "episode"] {
        assert_eq!(breaker[field], opened[field], "{field}");
    }
}

#[test]
fn count_calls_is_told_with_the_calls_that_it_counts() {
    let stage = Stage::new();
    let config = Config::builder().count_calls(true).build().unwrap();
    let counting = stage.registry.get_or_insert("counting", config).unwrap();
    stage.breaker("plain", 1);
    counting.try_acquire().unwrap().success();
    fail(&counting, 1);
    let detail = |name: &str| stage.get(&format!("/breakers/{name}")).json()["breaker"].clone();
    let breaker = detail("counting");
    assert_eq!(breaker["config"]["count_calls"], true);
    let calls = json!({"successes": 1, "failures": 1, "ignored": 0, "cancelled": 0});
    assert_eq!(breaker["totals"]["calls"], calls);
    let plain = detail("plain");
    assert_eq!(
        (&plain["config"]["count_calls"], &plain["totals"]["calls"]),
        (&false.into(), &Value::Null)
    );
}

#[test]
fn strip_has_the_states_of_the_last_time() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let states = |stage: &Stage| {
        let json = stage.get("/breakers/llm").json();
        let strip = json["breaker"]["strip"].as_array().unwrap().clone();
        let moments: Vec<_> = strip.iter().map(|it| it[0].as_u64().unwrap()).collect();
        assert!(moments.is_sorted(), "{moments:?}");
        strip.iter().map(|it| it[1].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&stage), ["closed"]);
    llm.force_open();
    llm.reset();
    assert_eq!(states(&stage), ["closed", "isolated", "closed"]);
    for _ in 0..100 {
        llm.force_open();
        llm.reset();
    }
    assert_eq!(states(&stage).len(), 40);
}

#[test]
fn removed_breaker_and_its_past_are_gone() {
    let stage = Stage::new();
    stage.breaker("llm", 1).force_open();
    stage.registry.remove("llm");
    assert_eq!(stage.get("/breakers/llm").status, 404);
    stage.breaker("llm", 1);
    assert_eq!(stage.get("/breakers/llm").json()["breaker"]["transitions"], json!([]));
}

#[test]
fn open_breaker_that_never_ends_by_itself_has_no_end() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    llm.open_for(Duration::MAX);
    let breaker = &stage.get("/breakers/llm").json()["breaker"];
    assert_eq!((&breaker["state"], &breaker["cooldown_ms"]), (&"open".into(), &Value::Null));
    assert_eq!(breaker["cooldown_ends_ms"], Value::Null);
}

#[test]
fn metrics_are_those_of_the_registry() {
    let stage = Stage::new();
    fail(&stage.breaker("llm", 1), 1);
    let answer = stage.get("/metrics");
    let line = "breakerbox_status{breakerbox_name=\"llm\",breakerbox_state=\"open\"} 1";
    assert!(answer.text().lines().any(|it| it == line), "{}", answer.text());
}

#[test]
fn hostile_names_are_found_by_their_paths_and_stay_text() {
    let stage = Stage::new();
    for name in [
        "a/b",
        "..",
        ".",
        "~x",
        "<script>alert(1)</script>",
        "\"'`",
        "größe",
        "%2F",
        "?",
        "#",
        "llm/reset",
    ] {
        stage.breaker(name, 1);
        let json = stage.get("/breakers").json();
        let all = json["breakers"].as_array().unwrap();
        let listed = all.iter().find(|it| it["name"] == name).unwrap();
        let path = listed["path"].as_str().unwrap();
        assert!(path.is_ascii() && path.starts_with("breakers/"), "{path}");
        let found = stage.get(&format!("/{path}")).json();
        assert_eq!(found["breaker"]["name"], name, "{path}");
    }
}
