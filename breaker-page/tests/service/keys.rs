//! Breakers by key, like those of annotated functions: under one name, each with its own path.

use breaker_core::Registry;
use breaker_page::Page;
use breakerbox::circuit_breaker;
use http::Request;
use serde_json::json;

use crate::common::{action, send};

#[circuit_breaker(name = "page-keys", key = model, threshold = 1)]
fn ask(model: &str, fails: bool) -> Result<(), Box<dyn std::error::Error>> {
    if fails { Err("down".into()) } else { Ok(()) }
}

/// The keys are in the registry of the process, so this is one test.
#[test]
fn keys_are_found_below_their_name_and_acted_on_alone_or_together() {
    let page = Page::new(Registry::global()).allow(|_, _| true);
    let hostile = ["gpt-4", "a/b", "..", "", "<b>", "\u{202e}x", "line\nbreak"];
    for key in hostile {
        let _ = ask(key, key == "gpt-4");
    }
    let get = |path: &str| send(&page, Request::get(path));
    let act = |path: &str| send(&page, action(path));

    let all = get("/breakers/page-keys").json();
    assert_eq!(all["breaker"], json!(null), "the name has keys only");
    let keys = all["keys"].as_array().unwrap();
    assert_eq!(keys.len(), hostile.len());
    for key in hostile {
        let listed = keys.iter().find(|it| it["key"] == key).unwrap();
        let path = format!("/{}", listed["path"].as_str().unwrap());
        let found = get(&path).json();
        assert_eq!((&found["breaker"]["key"], &found["keys"]), (&key.into(), &json!([])), "{path}");
        let state = if key == "gpt-4" { "open" } else { "closed" };
        assert_eq!(found["breaker"]["state"], state);
        let shown = found["breaker"]["shown"].as_str().unwrap();
        assert!(!shown.chars().any(|it| it.is_control() || it == '\u{202e}'), "{shown}");
    }
    assert_eq!(get("/breakers/page-keys/no-key").status, 404);

    let done = act("/breakers/page-keys/a%2Fb/force-open").json();
    assert_eq!(
        done,
        json!({"action": "force-open", "name": "page-keys", "key": "a/b", "breakers": 1})
    );
    assert!(ask("a/b", false).is_err());
    assert!(ask("..", false).is_ok(), "another key goes on");
    let done = act("/breakers/page-keys/reset").json();
    assert_eq!((&done["key"], &done["breakers"]), (&json!(null), &hostile.len().into()));
    assert!(ask("a/b", false).is_ok() && ask("gpt-4", false).is_ok());

    // An override of the name applies to its keys, and an override of a key to that key alone.
    assert_eq!(act("/breakers/page-keys/override?threshold=3").status, 200);
    assert_eq!(act("/breakers/page-keys/gpt-4/override?threshold=7").status, 200);
    let threshold = |path: &str| {
        let breaker = get(path).json()["breaker"].clone();
        (breaker["config"]["threshold"].clone(), breaker["override"]["settings"].clone())
    };
    assert_eq!(threshold("/breakers/page-keys/~.."), (3.into(), json!({"threshold": "3"})));
    assert_eq!(threshold("/breakers/page-keys/gpt-4"), (7.into(), json!({"threshold": "7"})));
    assert_eq!(act("/breakers/page-keys/gpt-4/override").status, 200);
    assert_eq!(threshold("/breakers/page-keys/gpt-4").0, 3);

    let health = get("/health").json();
    assert_eq!(health["status"], "pass");
    let _ = ask("gpt-4", true);
    let _ = ask("gpt-4", true);
    let _ = ask("gpt-4", true);
    let vital = page.clone().vital(["page-keys"]);
    let health = send(&vital, Request::get("/health"));
    assert_eq!(health.status, 200, "the others of the name let calls through");
    let check = health.json()["checks"]["page-keys"][0].clone();
    assert_eq!((&check["status"], &check["rejecting"]), (&"warn".into(), &1.into()));

    // The totals of a removed key stay with its name.
    Registry::global().remove_key("page-keys", "gpt-4").unwrap();
    let departed = get("/breakers").json()["departed"].clone();
    assert_eq!(departed[0]["name"], "page-keys");
    assert_eq!(departed[0]["totals"]["failures"]["error"], 4);
}
