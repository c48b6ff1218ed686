//! `failure` and `ignore` classify a return value.

use std::cell::Cell;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Registry, State, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

/// Failures in a row after a failing call and one more: 2 after a failure, 0
/// after a success, 1 after an ignored call.
pub(crate) fn count_after<A, R>(name: &str, f: impl Fn(A) -> R, failing: A, then: A) -> u16 {
    let scope = Scope::enter();
    f(failing);
    let breaker = named(&scope, name);
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    f(then);
    breaker.snapshot().consecutive_failures
}

pub(crate) const FAILED: u16 = 2;
pub(crate) const SUCCEEDED: u16 = 0;
pub(crate) const IGNORED: u16 = 1;

#[circuit_breaker(
    name = "result",
    failure = Err(Fault::Down | Fault::Busy(500..)),
    ignore = Err(Fault::BadRequest),
)]
fn result(reply: Reply) -> Reply {
    reply
}

#[test]
fn failure_pattern_decides_and_what_it_leaves_out_succeeds() {
    let count = |reply| count_after("result", result, DOWN, reply);
    assert_eq!(count(DOWN), FAILED);
    assert_eq!(count(Err(Fault::Busy(500))), FAILED);
    assert_eq!(count(Err(Fault::Busy(499))), SUCCEEDED, "though an `Err`");
    assert_eq!(count(Ok(1)), SUCCEEDED);
    assert_eq!(count(Err(Fault::BadRequest)), IGNORED);
}

#[circuit_breaker(name = "ignore", ignore(Err(Fault::BadRequest), Ok(n) if *n > 100))]
async fn ignore(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[test]
fn ignore_alone_leaves_the_rest_to_the_default() {
    let count = |reply| count_after("ignore", |reply| now(ignore(reply)), DOWN, reply);
    assert_eq!(count(Err(Fault::BadRequest)), IGNORED);
    assert_eq!(count(Ok(101)), IGNORED);
    assert_eq!(count(Ok(100)), SUCCEEDED);
    assert_eq!(count(DOWN), FAILED);
}

#[circuit_breaker(
    name = "list",
    failure(Err(_), Ok(code) if is_server_error(*code)),
    ignore(Err(Fault::Busy(n)) if *n < 10, Err(Fault::BadRequest)),
)]
fn list(reply: Reply) -> Reply {
    reply
}

fn is_server_error(code: u32) -> bool {
    code >= 500
}

#[test]
fn lists_take_guards_and_ignore_beats_failure() {
    let count = |reply| count_after("list", list, DOWN, reply);
    assert_eq!(count(Ok(503)), FAILED);
    assert_eq!(count(Ok(404)), SUCCEEDED);
    assert_eq!(count(Err(Fault::Busy(10))), FAILED);
    assert_eq!(count(Err(Fault::Busy(9))), IGNORED);
    assert_eq!(count(Err(Fault::BadRequest)), IGNORED);
}

#[test]
fn plain_value_counts_by_its_pattern() {
    #[circuit_breaker(name = "status", failure = 503 | 504, ignore = 400..=499, fallback = 0)]
    fn status(code: u16) -> u16 {
        code
    }
    let count = |code| count_after("status", status, 504, code);
    assert_eq!(count(503), FAILED);
    assert_eq!(count(200), SUCCEEDED);
    assert_eq!(count(404), IGNORED);
}

#[test]
fn boolean_counts_by_its_pattern() {
    #[circuit_breaker(name = "ping", failure = false, threshold = 1, fallback = false)]
    async fn ping(up: bool) -> bool {
        std::future::ready(()).await;
        up
    }
    let _scope = Scope::enter();
    assert!(now(ping(true)));
    assert!(!now(ping(false)));
    assert!(!now(ping(true)), "open");
}

#[test]
fn option_counts_by_its_pattern() {
    #[circuit_breaker(name = "option", failure = None, ignore = Some(""), fallback = None)]
    fn find(found: Option<&str>) -> Option<&str> {
        found
    }
    let count = |found| count_after("option", find, None, found);
    assert_eq!(count(None), FAILED);
    assert_eq!(count(Some("x")), SUCCEEDED);
    assert_eq!(count(Some("")), IGNORED);
}

#[test]
fn own_type_counts_by_its_pattern() {
    struct Page {
        status: u16,
        body: String,
    }
    #[circuit_breaker(
        name = "page",
        threshold = 1,
        failure(Page { status: 500..=599, .. }, Page { body, .. } if body.is_empty()),
        fallback = Page { status: 1, body: "cached".into() },
    )]
    fn load(status: u16, body: &str) -> Page {
        Page { status, body: body.into() }
    }
    for (status, body) in [(500, "text"), (200, "")] {
        let _scope = Scope::enter();
        assert_eq!(load(200, "text").status, 200);
        assert_eq!(load(status, body).status, status);
        assert_eq!(load(200, "text").body, "cached");
    }
}

#[test]
fn unit_may_be_guarded_when_a_pattern_says_what_fails() {
    #[circuit_breaker(name = "unit", failure(() if broken()), threshold = 1, fallback = ())]
    fn notify(runs: &Cell<u32>) {
        runs.set(runs.get() + 1);
    }
    fn broken() -> bool {
        true
    }
    let (_scope, runs) = (Scope::enter(), Cell::new(0));
    notify(&runs);
    notify(&runs);
    assert_eq!(runs.get(), 1);
}

#[test]
fn own_result_alias_is_judged_as_a_result() {
    type Answer<T = u32> = std::result::Result<T, Fault>;

    #[circuit_breaker(name = "alias", threshold = 1)]
    fn fetch(reply: Reply) -> Answer {
        reply
    }
    let _scope = Scope::enter();
    assert_eq!(fetch(DOWN), DOWN);
    assert!(fetch(Ok(1)).unwrap_err().is_rejection());
}

#[circuit_breaker(name = "probe", threshold = 1, cooldown = "1s", ignore = Err(Fault::BadRequest))]
fn probe(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "probe", threshold = 1, cooldown = "1s", ignore = Err(Fault::BadRequest))]
async fn probe_async(reply: Reply) -> Reply {
    std::future::ready(reply).await
}

/// [H1] Resilience4j, nora.
#[test]
fn ignored_probe_gives_its_slot_back_and_decides_nothing() {
    let bad_request = Err(Fault::BadRequest);
    let scope = Scope::enter();
    assert_eq!(probe(DOWN), DOWN);
    scope.advance(Duration::from_secs(1));
    let breaker = named(&scope, "probe");
    for _ in 0..10 {
        assert_eq!(probe(bad_request.clone()), bad_request);
        assert_eq!(now(probe_async(bad_request.clone())), bad_request);
        assert_eq!(breaker.state(), State::HalfOpen);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
    }
    assert_eq!(now(probe_async(Ok(1))), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn output_is_judged_once_and_by_reference() {
    struct Token(u32);

    #[circuit_breaker(name = "token", failure(Token(n) if judged(*n)), fallback = Token(0))]
    fn make(n: u32) -> Token {
        Token(n)
    }
    fn judged(n: u32) -> bool {
        JUDGED.with(|sum| sum.set(sum.get() + n));
        true
    }
    thread_local!(static JUDGED: Cell<u32> = const { Cell::new(0) });

    let _scope = Scope::enter();
    assert_eq!(make(7).0, 7);
    assert_eq!(JUDGED.get(), 7);
}

#[test]
fn body_classifier_and_fallback_may_use_the_same_breaker_and_registry() {
    fn look() -> bool {
        let registry = Registry::global();
        let breaker = registry.get("reentrant").unwrap();
        drop(breaker.try_acquire());
        breaker.reconfigure(breakerbox::Config::new());
        registry.len() == 1 && breaker.snapshot().late_outcomes == 0
    }
    #[circuit_breaker(
        name = "reentrant",
        failure(Err(_) if look()),
        fallback = Ok(u32::from(look())),
        fallback_on = "failure"
    )]
    fn fetch() -> Reply {
        assert!(look());
        DOWN
    }
    let _scope = Scope::enter();
    assert_eq!(fetch(), Ok(1));
}

#[test]
fn string_and_constant_count_as_patterns_of_a_plain_value() {
    const REFUSED: u16 = 503;
    #[circuit_breaker(name = "text", failure = "bad" | "worse", fallback = "none")]
    fn text(text: &'static str) -> &'static str {
        text
    }
    #[circuit_breaker(name = "constant", failure = REFUSED | 504, fallback = 0)]
    fn status(code: u16) -> u16 {
        code
    }
    assert_eq!(count_after("text", text, "bad", "worse"), FAILED);
    assert_eq!(count_after("text", text, "bad", "good"), SUCCEEDED);
    assert_eq!(count_after("constant", status, 504, 503), FAILED);
}
