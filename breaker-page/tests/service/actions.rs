//! Actions: who may perform them, their effects, and the messages for refused ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_core::{Config, State};
use breaker_page::ActionKind;
use http::Request;
use serde_json::{Value, json};

use crate::common::{Stage, action, fail, send};

#[test]
fn nothing_is_done_where_the_program_allows_nothing() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    for kind in ActionKind::ALL {
        let answer = stage.act(&format!("/breakers/llm/{kind}?time=5m"));
        // The other actions have no parameter `time`, but the method is refused first.
        assert_eq!(answer.status, 405, "{kind}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
        assert_eq!(answer.json()["detail"], "this page changes nothing");
    }
    assert_eq!(llm.snapshot().episode, 0);
}

#[test]
fn actions_do_what_they_say() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    for (action, state) in [
        ("force-open", State::Isolated),
        ("reset", State::Closed),
        ("observe", State::Observing),
        ("disable", State::Disabled),
        ("open-for?time=5m", State::Open),
    ] {
        let answer = stage.act(&format!("/breakers/llm/{action}"));
        let name = action.split('?').next().unwrap();
        let expected = json!({"action": name, "name": "llm", "key": null, "breakers": 1});
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
        assert_eq!(llm.state(), state, "{action}");
    }
    assert_eq!(llm.snapshot().cooldown, Some(Duration::from_secs(300)));
}

#[test]
fn allow_is_asked_with_the_request_and_the_action() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let page = stage.page.clone().allow(move |request, action| {
        let key = action.key.map(str::to_owned);
        log.lock().unwrap().push((action.kind, action.name.to_owned(), key));
        request.headers.contains_key("x-operator")
    });
    let act = |operator: bool, path: &str| {
        let request = action(path);
        let request = if operator { request.header("x-operator", "ada") } else { request };
        send(&page, request).status.as_u16()
    };
    assert_eq!(act(false, "/breakers/llm/force-open"), 403);
    assert_eq!(llm.state(), State::Closed);
    assert_eq!(act(true, "/breakers/llm/force-open"), 200);
    assert_eq!(llm.state(), State::Isolated);
    assert_eq!(act(true, "/breakers/llm/gpt-4/reset"), 404);
    let asked = asked.lock().unwrap();
    assert_eq!(asked[0], (ActionKind::ForceOpen, "llm".into(), None));
    assert_eq!(asked[2], (ActionKind::Reset, "llm".into(), Some("gpt-4".into())));
}

#[test]
fn requests_of_other_sites_are_refused() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let plain =
        send(&stage.page, Request::post("/breakers/llm/force-open").header("host", "localhost"));
    assert_eq!(plain.status, 403);
    assert!(plain.json()["help"].as_str().unwrap().contains("`breakerbox-action: 1`"));
    let from = |site: &str| {
        let request = action("/breakers/llm/observe");
        send(&stage.page, request.header("sec-fetch-site", site)).status.as_u16()
    };
    assert_eq!((from("cross-site"), from("same-site")), (403, 403));
    assert_eq!(llm.state(), State::Closed);
    assert_eq!((from("same-origin"), from("none")), (200, 200));
}

#[test]
fn mistakes_are_answered_with_what_is_right_and_nothing_is_done() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let long = format!("reset?note={}", "x".repeat(501));
    for (action, status, said) in [
        ("explode", 404, "there is no action `explode`"),
        ("open-for", 400, "`open-for` needs `time`"),
        ("open-for?time=", 400, "malformed duration for `time`: found an empty string"),
        ("open-for?time=5", 400, "malformed duration for `time`: found no unit after `5`"),
        ("open-for?time=-5m", 400, "`time` must not be negative, found `-5m`"),
        ("open-for?time=0s", 400, "`time` must be more than zero, found `0s`"),
        ("open-for?time=1m&time=2m", 400, "`time` is given twice"),
        ("open-for?time=1m&tme=2m", 400, "unknown parameter `tme`"),
        ("reset?time=1m", 400, "unknown parameter `time`"),
        (&*long, 400, "`note` is longer than 500 bytes"),
        ("override?treshold=3", 400, "unknown key `treshold`"),
        ("override?threshold=0", 400, "`threshold` must be at least 1, found `0`"),
        (
            "override?threshold=many",
            400,
            "expected an integer for `threshold`, found the string `many`",
        ),
        ("override?state=open", 400, "unknown value `open` for `state`"),
        ("override?fallback=x", 400, "`fallback` belongs to the function, and is no tuning"),
        ("override?cooldown=1m&cooldown_max=1s", 400, "`cooldown_max`"),
    ] {
        let answer = stage.act(&format!("/breakers/llm/{action}"));
        assert_eq!(answer.status, status, "{action}: {}", answer.text());
        let json = answer.json();
        assert!(json["detail"].as_str().unwrap().contains(said), "{action}: {json}");
        assert!(json["help"].as_str().is_none_or(|help| !help.is_empty()), "{json}");
    }
    assert_eq!(stage.act("/breakers/nobody/reset").status, 404);
    assert_eq!((llm.snapshot().episode, stage.registry.len()), (0, 1));
    assert_eq!(llm.config().threshold(), Some(1));
}

#[test]
fn all_mistakes_of_an_override_are_told() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1);
    let json = stage.act("/breakers/llm/override?treshold=3&probes=0").json();
    let detail = json["detail"].as_str().unwrap();
    assert!(detail.contains("`treshold`") && detail.contains("`probes`"), "{detail}");
    let help = json["help"].as_str().unwrap();
    assert!(help.contains("a similar key exists: `threshold`"), "{help}");
}

#[test]
fn override_is_in_force_and_shown_until_it_is_taken_back() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 5);
    fail(&llm, 1);
    let path = "/breakers/llm/override?threshold=2&cooldown=1m&note=try+less";
    assert_eq!(stage.act(path).status, 200);
    assert_eq!(llm.config().threshold(), Some(2));
    let breaker = stage.get("/breakers/llm").json()["breaker"].clone();
    let over = &breaker["override"];
    assert_eq!(over["settings"], json!({"cooldown": "1m", "threshold": "2"}));
    assert_eq!(
        (&over["note"], &breaker["config"]["cooldown_ms"]),
        (&"try less".into(), &60_000.into())
    );
    assert!(over["at_ms"].as_u64().is_some());
    fail(&llm, 1);
    assert_eq!(llm.state(), State::Open, "the failure before the override counts");

    // The new override replaces the earlier one, and an empty one removes it.
    assert_eq!(stage.act("/breakers/llm/override?probes=2").status, 200);
    assert_eq!((llm.config().threshold(), llm.config().probes()), (Some(5), 2));
    assert_eq!(stage.act("/breakers/llm/override?note=enough").status, 200);
    assert_eq!(llm.config().probes(), 1);
    assert_eq!(stage.get("/breakers/llm").json()["breaker"]["override"], Value::Null);
}

#[test]
fn override_of_one_breaker_leaves_that_of_another() {
    let stage = Stage::allowing();
    let (llm, db) = (stage.breaker("llm", 5), stage.breaker("db", 5));
    assert_eq!(stage.act("/breakers/llm/override?threshold=2").status, 200);
    assert_eq!(stage.act("/breakers/db/override?state=isolated").status, 200);
    assert_eq!((llm.config().threshold(), db.state()), (Some(2), State::Isolated));
    assert_eq!(stage.act("/breakers/db/override").status, 200);
    assert_eq!((llm.config().threshold(), db.state()), (Some(2), State::Closed));
}

#[test]
fn override_that_breaks_a_rule_with_the_declaration_changes_nothing() {
    let stage = Stage::allowing();
    let config = Config::builder().failure_rate(0.5).window_calls(10).build().unwrap();
    let llm = stage.registry.get_or_insert("llm", config).unwrap();
    let answer = stage.act("/breakers/llm/override?cooldown_max=1s");
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.json()["detail"].as_str().unwrap().contains("`cooldown_max`"));
    assert_eq!(llm.config(), config);
    assert_eq!(stage.get("/breakers/llm").json()["breaker"]["override"], Value::Null);
}
