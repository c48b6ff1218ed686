//! Fallbacks: when they answer, what they know, and what they count as.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::path::Path;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Cause, State, circuit_breaker};
use support::{COOLDOWN, DOWN, Reply, named};

/// Returns the compiler's messages about a file in `tests/ui`, which the UI tests check.
fn refusal(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/ui").join(file).with_extension("stderr");
    std::fs::read_to_string(path).unwrap()
}

/// [F2]
#[test]
fn fallback_that_does_not_fit_is_refused_by_the_compiler() {
    for file in [
        "fallback_path_arity",
        "fallback_closure_arity",
        "fallback_argument_type",
        "fallback_return_type",
        "fallback_async_in_sync",
    ] {
        assert!(refusal(file).contains("error"), "{file}");
    }
}

/// [F3]
#[test]
fn body_does_not_run_beside_its_fallback() {
    #[circuit_breaker(name = "beside", threshold = 1, fallback = |_runs| Ok(0))]
    fn count(runs: &Cell<u32>) -> Reply {
        runs.set(runs.get() + 1);
        DOWN
    }
    let _scope = Scope::enter();
    let runs = Cell::new(0);
    assert_eq!(count(&runs), DOWN);
    for _ in 0..10 {
        assert_eq!(count(&runs), Ok(0));
    }
    assert_eq!(runs.get(), 1);
}

/// [F4]
#[test]
fn fallback_that_answers_or_fails_is_not_recorded() {
    #[circuit_breaker(
        name = "unrecorded",
        threshold = 3,
        failure_count = 10,
        window = 10,
        fallback = |_reply, answer| answer,
        fallback_on = "failure"
    )]
    fn fetch(reply: Reply, answer: Reply) -> Reply {
        drop(answer);
        reply
    }
    let scope = Scope::enter();
    assert_eq!(fetch(DOWN, Ok(1)), Ok(1));
    assert_eq!(named(&scope, "unrecorded").snapshot().consecutive_failures, 1, "it still failed");
    assert_eq!(fetch(DOWN, DOWN), DOWN);
    assert_eq!(named(&scope, "unrecorded").snapshot().consecutive_failures, 2, "once");
    assert_eq!(fetch(DOWN, DOWN), DOWN);
    let before = named(&scope, "unrecorded").snapshot();
    assert_eq!((before.state, before.calls), (State::Open, Some(3)));
    assert_eq!((fetch(Ok(1), DOWN), fetch(Ok(1), Ok(2))), (DOWN, Ok(2)));
    let after = named(&scope, "unrecorded").snapshot();
    assert_eq!((after.state, after.calls, after.rejections), (State::Open, Some(3), 2));
}

/// [F5]
#[test]
fn fallback_is_never_the_function_itself_and_one_of_its_name_ends() {
    #[circuit_breaker(name = "circle", threshold = 1, fallback = backup)]
    fn primary(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "circle")]
    fn backup(reply: Reply) -> Reply {
        reply
    }
    let _scope = Scope::enter();
    assert_eq!(primary(DOWN), DOWN);
    assert!(primary(Ok(1)).unwrap_err().is_rejection());
    assert!(refusal("fallback_itself").contains("error"));
}

/// [F6]
#[test]
fn panic_in_the_fallback_unwinds_and_counts_as_nothing() {
    #[circuit_breaker(
        name = "panics",
        threshold = 2,
        cooldown = "10s",
        fallback = no_answer,
        fallback_on = "failure"
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    fn no_answer(_: Reply) -> Reply {
        panic!("in the fallback")
    }
    let scope = Scope::enter();
    for failures in [1, 0] {
        assert!(catch_unwind(|| fetch(DOWN)).is_err());
        assert_eq!(named(&scope, "panics").snapshot().consecutive_failures, failures);
    }
    assert!(catch_unwind(|| fetch(Ok(1))).is_err(), "rejected");
    assert_eq!(named(&scope, "panics").snapshot().episode, 1);
    scope.advance(COOLDOWN);
    assert!(catch_unwind(|| fetch(DOWN)).is_err(), "a probe that fails");
    assert_eq!(named(&scope, "panics").snapshot().probes_in_flight, 0);
    scope.advance(COOLDOWN);
    assert_eq!(fetch(Ok(1)), Ok(1));
}

/// [F8]
#[tokio::test(start_paused = true)]
async fn fallback_is_told_why() {
    #[circuit_breaker(
        name = "why",
        threshold = 2,
        timeout = "1s",
        fallback_on = "failure",
        fallback = |_hangs, cause| Err(match cause {
            Cause::Failed(output) => format!("{output:?}"),
            Cause::TimedOut(BreakerError::TimedOut { .. }) => "timed out".into(),
            Cause::Rejected(BreakerError::Open { .. }) => "open".into(),
            Cause::Rejected(BreakerError::Isolated { .. }) => "isolated".into(),
            Cause::Rejected(error) | Cause::TimedOut(error) => error.to_string(),
        })
    )]
    async fn fetch(hangs: bool) -> Result<(), String> {
        if hangs { std::future::pending().await } else { Err("down".into()) }
    }
    let scope = Scope::enter();
    let mut told = Vec::new();
    for hangs in [false, true, false] {
        told.extend(fetch(hangs).await.err());
    }
    named(&scope, "why").force_open();
    told.extend(fetch(false).await.err());
    assert_eq!(told, ["Err(\"down\")", "timed out", "open", "isolated"]);
}
