//! The routes: the answer of each, for every method, and the headers of every answer.

use http::{Method, Request, StatusCode};

use crate::common::{Stage, action, send, send_body};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Each route that answers: its path, the type of its answer, and the time that it may be kept.
const READ: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", "no-cache"),
    ("/health", "application/health+json", "no-store"),
    ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "no-store"),
    ("/breakers", JSON, "no-store"),
    ("/breakers/", JSON, "no-store"),
    ("/breakers/llm", JSON, "no-store"),
    ("/breakers/llm/", JSON, "no-store"),
    ("/health?now=1", "application/health+json", "no-store"),
];

fn stage() -> Stage {
    let stage = Stage::new();
    stage.breaker("llm", 1);
    stage
}

#[test]
fn every_route_answers_with_type_length_and_rules_for_caches() {
    let stage = stage();
    for (path, content_type, cache) in READ {
        let answer = stage.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
    }
}

#[test]
fn every_answer_has_security_headers() {
    let stage = stage();
    let paths = READ.map(|(path, ..)| path);
    for path in paths.into_iter().chain(["/nothing", "/breakers/nobody"]) {
        let answer = stage.get(path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.headers.get("access-control-allow-origin"), None, "{path}");
    }
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let stage = stage();
    for path in ["/", "/health", "/breakers", "/breakers/llm", "/nothing"] {
        let (get, head) = (stage.get(path), send(&stage.page, Request::head(path)));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-security-policy", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        // The time of day may be a digit longer.
        assert_eq!(
            head.header("content-length").len(),
            get.header("content-length").len(),
            "{path}"
        );
    }
    let events = send(&stage.page, Request::head("/events"));
    assert_eq!(
        (events.status, events.header("content-type")),
        (StatusCode::OK, "text/event-stream")
    );
}

#[test]
fn unknown_paths_are_problems_of_404() {
    let stage = stage();
    for path in [
        "/x",
        "///",
        "/Health",
        "/breakers/llm/x/y/z",
        "/breakers/%ff",
        "/breakers/nobody",
        "/breakers/llm/no-key",
        "/breakers/%3Cscript%3Ealert(1)%3C/script%3E",
        "/.env",
        "/breakers/llm%00",
    ] {
        let answer = stage.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), PROBLEM, "{path}");
        let json = answer.json();
        assert_eq!((&json["status"], &json["title"]), (&404.into(), &"Not Found".into()));
        assert!(json["detail"].as_str().is_some_and(|text| text.len() < 200), "{path}");
    }
    assert_eq!(stage.registry.len(), 1, "nothing is made by asking");
}

#[test]
fn other_methods_are_refused_with_those_that_there_are() {
    let stage = stage();
    let methods = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"];
    for path in ["/", "/health", "/breakers", "/breakers/llm", "/events", "/breakers/llm/reset"] {
        for method in methods {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = send(&stage.page, Request::builder().method(method).uri(path));
            assert_eq!(answer.status, 405, "{path}");
            assert_eq!(answer.header("allow"), "GET, HEAD", "{path}");
            assert_eq!(answer.header("content-type"), PROBLEM);
        }
    }
    let allowing = stage.page.clone().allow(|_, _| true);
    let allow = |path: &str| {
        let answer = send(&allowing, Request::put(path));
        (answer.status.as_u16(), answer.header("allow").to_owned())
    };
    assert_eq!(allow("/breakers/llm"), (405, "GET, HEAD".into()));
    assert_eq!(allow("/breakers/llm/reset"), (405, "GET, HEAD, POST".into()));
    assert_eq!(allow("/breakers/llm/key/reset"), (405, "POST".into()));
    assert_eq!(send(&allowing, Request::get("/breakers/llm/key/reset")).status, 405);
}

#[test]
fn body_of_megabytes_is_not_read() {
    let stage = stage();
    let huge = || "x".repeat(8 << 20);
    let answer = send_body(&stage.page, Request::get("/breakers").body(huge()).unwrap());
    assert_eq!(answer.status, 200);
    let post = action("/breakers/llm/reset");
    let answer = send_body(&stage.page.clone().allow(|_, _| true), post.body(huge()).unwrap());
    assert_eq!(answer.status, 413);
    assert!(answer.json()["help"].as_str().unwrap().contains("query"));
}

#[test]
fn long_path_is_answered_shortly() {
    let stage = stage();
    let answer = stage.get(&format!("/breakers/{}", "x".repeat(60_000)));
    assert_eq!(answer.status, 404);
    assert!(answer.body.len() < 400, "{}", answer.body.len());
}
