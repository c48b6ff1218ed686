//! Events, totals and reports as JSON (feature `serde`).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{EventKind, Reason, State, circuit_breaker};
use serde_json::{Value, json};
use support::Reply;

use crate::answer;

/// The line of the attribute.
const DECLARED: u32 = line!() + 2;

#[circuit_breaker(name = "llm", key = key, threshold = 1, cooldown = "10s", count_calls = true)]
fn complete(key: &str, succeeds: bool) -> Reply {
    let _ = key;
    answer(succeeds)
}

fn value(of: &impl serde::Serialize) -> Value {
    serde_json::to_value(of).unwrap()
}

#[test]
fn event_is_written_with_its_parts() {
    let scope = Scope::enter();
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let log = Arc::clone(&seen);
    scope.registry().on_event(move |event| log.lock().unwrap().push(value(event))).keep();
    complete("gpt 4", false).unwrap_err();
    complete("gpt 4", true).unwrap_err();
    scope.registry().remove_key("llm", "gpt 4").unwrap();
    let of = |kind: Value| {
        json!({
            "name": "llm/gpt\\u{20}4", "family": "llm", "key": "gpt 4", "episode": 1,
            "kind": kind, "remaining_cooldown": { "secs": 10, "nanos": 0 },
        })
    };
    let tripped = json!({ "from": "closed", "to": "open", "reason": "consecutive-failures" });
    let wanted = [
        of(json!({ "transition": tripped })),
        of(json!({ "rejected": { "state": "open" } })),
        of(json!("removed")),
    ];
    assert_eq!(*seen.lock().unwrap(), wanted);
}

#[test]
fn kinds_reasons_and_states_are_read_as_they_are_written() {
    for reason in Reason::ALL {
        let kind = EventKind::Transition { from: State::Open, to: State::HalfOpen, reason };
        assert_eq!(serde_json::from_value::<EventKind>(value(&kind)).unwrap(), kind);
    }
    for state in State::ALL {
        assert_eq!(value(&state), state.as_str());
        assert_eq!(serde_json::from_value::<State>(value(&state)).unwrap(), state);
    }
}

#[test]
fn report_is_written_with_everything() {
    let scope = Scope::enter();
    complete("a", true).unwrap();
    scope.advance(Duration::from_secs(3));
    complete("a", false).unwrap_err();
    scope.advance(Duration::from_secs(2));
    complete("a", true).unwrap_err();
    let report = value(&scope.registry().reports()[0]);
    assert_eq!(report["snapshot"]["state"], "open");
    assert_eq!(report["config"]["threshold"], 1);
    assert_eq!(report["config"]["cooldown"], json!({ "secs": 10, "nanos": 0 }));
    assert_eq!(report["config"]["count_calls"], true);
    let totals = &report["totals"];
    assert_eq!(totals["rejections"], 1);
    assert_eq!(
        totals["calls"],
        json!({ "successes": 1, "failures": 1, "ignored": 0, "cancelled": 0 })
    );
    let failures = json!({ "error": 1, "slow": 0, "timed_out": 0, "panicked": 0 });
    assert_eq!(totals["failures"], failures);
    let tripped = json!([{ "to": "open", "reason": "consecutive-failures", "count": 1 }]);
    assert_eq!(totals["transitions"], tripped);
    assert_eq!(totals["time_in_state"]["closed"], json!({ "secs": 3, "nanos": 0 }));
    assert_eq!(totals["time_in_state"]["open"], json!({ "secs": 2, "nanos": 0 }));
    assert_eq!(report["outage"], json!({ "lasts": { "secs": 2, "nanos": 0 }, "trips": 1 }));
    assert_eq!(report["last_transition"]["from"], "closed");
    assert_eq!(report["declared_at"], format!("{}:{DECLARED}:1", file!()));
}
