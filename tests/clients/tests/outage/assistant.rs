//! Methods of an annotated block, which share one breaker.

use std::error::Error;
use std::time::Duration;

use async_openai::error::OpenAIError;
use breakerbox::State;
use breakerbox::testing::Scope;
use clients::{Assistant, Guarded, connect};

use crate::server::{Mood, Server, Wait};

#[tokio::test]
async fn what_one_method_trips_all_leave_in_peace() {
    let scope = Scope::enter();
    let server = Server::start().await;
    let assistant = Assistant::new(connect(server.address()).unwrap(), "Hello.");
    assert_eq!(assistant.models().await.unwrap(), ["small"]);
    assert_eq!(assistant.hello().await.unwrap(), "Tea is ready.");

    server.set(Mood::Dropping);
    let lost = assistant.answer("Tea?").await;
    assert!(matches!(lost, Err(Guarded::Service(OpenAIError::Reqwest(_)))), "{lost:?}");
    server.set(Mood::Misled);
    assert!(matches!(assistant.answer("").await, Err(Guarded::Service(_))));
    server.set(Mood::Busy(Wait::Seconds(60)));
    assert!(matches!(assistant.models().await, Err(Guarded::Service(OpenAIError::Boxed(_)))));

    let breaker = scope.registry().get("assistant").unwrap();
    assert_eq!(breaker.state(), State::Open, "of another method's failure and this one's");
    let rejected = assistant.answer("Tea?").await.unwrap_err();
    assert!(matches!(rejected, Guarded::Breaker(_)));
    let cause = rejected.source().unwrap().to_string();
    assert_eq!(cause, "circuit breaker `assistant` is open, retry in 60s");
    assert_eq!(assistant.hello().await.unwrap(), "Hello.", "the fallback");
    assert_eq!(server.received(), 5);

    server.set(Mood::Healthy);
    scope.advance(Duration::from_mins(1));
    assert_eq!(assistant.hello().await.unwrap(), "Tea is ready.");
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(scope.registry().len(), 1);
}
