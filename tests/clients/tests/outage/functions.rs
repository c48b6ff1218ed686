//! Free functions: failures of each kind, half-open, recovery.

use std::error::Error;
use std::time::Duration;

use async_openai::error::OpenAIError;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Snapshot, State};
use clients::functions::{CANNED, complete, complete_or_boxed, complete_or_canned};
use clients::{Llm, LlmError, connect};
use futures_util::future::join_all;

use crate::server::{Mood, Server, Wait};

const SECOND: Duration = Duration::from_secs(1);

async fn start() -> (Scope, Server, Llm) {
    let scope = Scope::enter();
    let server = Server::start().await;
    let llm = connect(server.address()).unwrap();
    (scope, server, llm)
}

fn snapshot(scope: &Scope) -> Snapshot {
    scope.registry().get("llm").unwrap().snapshot()
}

/// Opens the breaker by three failures.
async fn trip(scope: &Scope, server: &Server, llm: &Llm) {
    server.set(Mood::Down);
    for _ in 0..3 {
        let failed = complete(llm, "hi").await;
        assert!(matches!(failed, Err(LlmError::Api(OpenAIError::ApiError(_)))), "{failed:?}");
    }
    assert_eq!(snapshot(scope).state, State::Open);
}

#[tokio::test]
async fn open_breaker_leaves_the_service_in_peace() {
    let (scope, server, llm) = start().await;
    assert_eq!(complete(&llm, "hi").await.unwrap(), "Tea is ready.");
    assert_eq!(snapshot(&scope).state, State::Closed);
    trip(&scope, &server, &llm).await;
    assert_eq!(server.received(), 4);
    scope.advance(10 * SECOND);
    for _ in 0..10 {
        let rejected = complete(&llm, "hi").await;
        assert!(
            matches!(rejected, Err(LlmError::Resting { retry_after: Some(left) }) if left == 20 * SECOND),
            "{rejected:?}"
        );
    }
    assert_eq!(server.received(), 4, "not one more");
    assert_eq!(snapshot(&scope).rejections, 10);
}

#[tokio::test]
async fn service_that_is_well_again_is_asked_again() {
    let (scope, server, llm) = start().await;
    trip(&scope, &server, &llm).await;
    scope.advance(30 * SECOND);
    assert!(complete(&llm, "hi").await.is_err(), "still down");
    assert_eq!((snapshot(&scope).state, server.received()), (State::Open, 4));
    server.set(Mood::Healthy);
    scope.advance(29 * SECOND);
    assert!(matches!(complete(&llm, "hi").await, Err(LlmError::Resting { .. })), "too soon");
    scope.advance(SECOND);
    assert_eq!(complete(&llm, "hi").await.unwrap(), "Tea is ready.");
    assert_eq!(snapshot(&scope).state, State::Closed);
    assert_eq!(complete(&llm, "hi").await.unwrap(), "Tea is ready.");
    assert_eq!(server.received(), 6);
}

#[tokio::test]
async fn mistake_of_the_caller_counts_as_nothing() {
    let (scope, server, llm) = start().await;
    server.set(Mood::Down);
    for _ in 0..2 {
        assert!(complete(&llm, "hi").await.is_err());
    }
    server.set(Mood::Misled);
    for _ in 0..5 {
        let refused = complete(&llm, "").await;
        assert!(
            matches!(&refused, Err(LlmError::Api(OpenAIError::ApiError(e))) if e.status_code == 400),
            "{refused:?}"
        );
    }
    let snapshot = snapshot(&scope);
    assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 2), "as before");
    assert_eq!(server.received(), 7);
}

#[tokio::test]
async fn retry_after_of_the_service_is_the_cooldown() {
    let (scope, server, llm) = start().await;
    server.set(Mood::Busy(Wait::Seconds(120)));
    for _ in 0..3 {
        let busy = complete(&llm, "hi").await.unwrap_err();
        let cause = busy.source().unwrap().to_string();
        assert_eq!(cause, "the service has too many requests, and asks to wait 120s");
    }
    assert_eq!(snapshot(&scope).cooldown, Some(120 * SECOND));
    server.set(Mood::Healthy);
    scope.advance(119 * SECOND);
    let rejected = complete(&llm, "hi").await.unwrap_err();
    assert_eq!(rejected.to_string(), "the service is resting, try again in 1s");
    assert_eq!(server.received(), 3, "the client does not retry by itself");
    scope.advance(SECOND);
    assert!(complete(&llm, "hi").await.is_ok());
}

#[tokio::test]
async fn service_that_hangs_is_a_failure() {
    let (scope, server, llm) = start().await;
    server.set(Mood::Hanging);
    for call in 1..=3 {
        let time_runs_out = server.keeps_waiting(call, 20 * SECOND);
        let (answer, ()) = tokio::join!(complete(&llm, "hi"), time_runs_out);
        assert!(matches!(answer, Err(LlmError::TimedOut)), "{answer:?}");
    }
    assert!(matches!(complete(&llm, "hi").await, Err(LlmError::Resting { .. })));
    assert_eq!((snapshot(&scope).state, server.received()), (State::Open, 3));
}

#[tokio::test]
async fn connection_that_is_lost_is_a_failure() {
    let (scope, server, llm) = start().await;
    server.set(Mood::Dropping);
    for _ in 0..3 {
        let lost = complete(&llm, "hi").await;
        assert!(matches!(lost, Err(LlmError::Api(OpenAIError::Reqwest(_)))), "{lost:?}");
    }
    assert_eq!((snapshot(&scope).state, server.received()), (State::Open, 3));
}

#[tokio::test]
async fn twenty_callers_are_one_probe() {
    let (scope, server, llm) = start().await;
    trip(&scope, &server, &llm).await;
    scope.advance(30 * SECOND);
    server.set(Mood::Hanging);
    let all = join_all((0..20).map(|_| complete(&llm, "hi")));
    let service_recovers = async {
        server.has_received(4).await;
        assert_eq!(snapshot(&scope).state, State::HalfOpen);
        server.set(Mood::Healthy);
    };
    let (answers, ()) = tokio::join!(all, service_recovers);
    let (answered, rejected): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((answered.len(), rejected.len()), (1, 19));
    assert!(rejected.iter().all(|answer| matches!(answer, Err(LlmError::Resting { .. }))));
    assert_eq!((snapshot(&scope).state, server.received()), (State::Closed, 4));
}

#[tokio::test]
async fn clients_own_error_carries_the_rejection() {
    let (scope, server, llm) = start().await;
    trip(&scope, &server, &llm).await;
    let Err(OpenAIError::Boxed(error)) = complete_or_boxed(&llm, "hi").await else {
        panic!("it shares the breaker");
    };
    let rejection = error.downcast_ref::<BreakerError>().unwrap();
    assert_eq!(rejection.to_string(), "circuit breaker `llm` is open, retry in 30s");
    server.set(Mood::Healthy);
    scope.advance(30 * SECOND);
    assert_eq!(complete_or_boxed(&llm, "hi").await.unwrap(), "Tea is ready.");
}

#[tokio::test]
async fn fallback_answers_while_the_service_does_not() {
    let (scope, server, llm) = start().await;
    trip(&scope, &server, &llm).await;
    assert_eq!(complete_or_canned(&llm, "hi").await.unwrap(), CANNED);
    assert_eq!(server.received(), 3);
    scope.advance(30 * SECOND);
    server.set(Mood::Misled);
    assert!(complete_or_canned(&llm, "hi").await.is_err(), "it is up, and says no");
    assert_eq!(snapshot(&scope).state, State::Closed, "which is no failure");
}
