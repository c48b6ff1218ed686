//! `trip`, and `failure` and `ignore` beside it; `on_cancel`.

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};

use crate::{CallError, Error};

#[circuit_breaker(
    name = "trip",
    threshold = 5,
    trip(Err(CallError::Service(Error::Unauthorized)), Ok(code) if *code == 402),
    ignore = Err(CallError::Service(Error::BadRequest)),
)]
fn quota(outcome: Result<u16, Error>) -> Result<u16, CallError> {
    outcome.map_err(CallError::Service)
}

#[circuit_breaker(name = "abandoned", threshold = 2, on_cancel = "failure")]
async fn abandoned() -> Result<(), CallError> {
    std::future::pending().await
}

#[circuit_breaker(name = "left", threshold = 1)]
async fn left() -> Result<(), CallError> {
    std::future::pending().await
}

fn state(scope: &Scope, name: &str) -> State {
    scope.registry().get(name).unwrap().state()
}

#[test]
fn tripping_outcome_opens_at_once() {
    for outcome in [Err(Error::Unauthorized), Ok(402)] {
        let scope = Scope::enter();
        let _ = quota(Err(Error::Down));
        assert_eq!(quota(outcome), outcome.map_err(CallError::Service));
        assert_eq!(state(&scope, "trip"), State::Open);
    }
}

#[test]
fn ignored_outcome_counts_as_nothing_beside_trip() {
    let scope = Scope::enter();
    for _ in 0..10 {
        let _ = quota(Err(Error::BadRequest));
    }
    assert_eq!(state(&scope, "trip"), State::Closed);
}

/// [C9, C10]
#[tokio::test]
async fn cancellation_is_a_failure_where_asked_and_nothing_by_default() {
    let scope = Scope::enter();
    for _ in 0..2 {
        tokio::select! {
            biased;
            _ = abandoned() => unreachable!("it never ends"),
            () = std::future::ready(()) => {}
        }
        tokio::select! {
            biased;
            _ = left() => unreachable!("it never ends"),
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(state(&scope, "abandoned"), State::Open);
    assert_eq!(state(&scope, "left"), State::Closed);
}
