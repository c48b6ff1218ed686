//! Replies that `async-openai` streams, once through the layer and once through the attribute.

use async_openai::error::OpenAIError;
use async_openai::types::chat::ChatCompletionResponseStream;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, FailureKind, State, circuit_breaker};
use futures_util::StreamExt;
use tower::BoxError;

use super::openai::{Llm, guarded, request};
use super::{COOLDOWN, SECOND, STALL, is_rejection};
use crate::server::{Ending, Mood, Server};

/// A layer sees bytes, and of events those that end a reply.
async fn by_layer(llm: &Llm) -> Result<ChatCompletionResponseStream, BoxError> {
    Ok(llm.chat().create_stream(request()).await?)
}

#[circuit_breaker(
    name = "service",
    threshold = 3,
    cooldown = "10s",
    stream(stall = "5s", error = boxed),
    error = boxed
)]
async fn by_attribute(llm: &Llm) -> Result<ChatCompletionResponseStream, OpenAIError> {
    llm.chat().create_stream(request()).await
}

fn boxed(error: BreakerError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

/// Reads a reply to its end.
async fn read(reply: Result<ChatCompletionResponseStream, BoxError>) -> Result<String, BoxError> {
    let (mut reply, mut text) = (reply?, String::new());
    while let Some(part) = reply.next().await {
        let first = part?.choices.into_iter().next();
        text.extend(first.and_then(|choice| choice.delta.content));
    }
    Ok(text)
}

/// Lets replies end in each way, and the service get well again.
async fn suffers_and_recovers(
    scope: &Scope,
    server: &Server,
    ask: impl AsyncFn() -> Result<String, BoxError>,
) {
    let well = Mood::Streaming(Ending::Well);
    server.set(well);
    assert_eq!(ask().await.unwrap(), "Tea is ready.");
    let breaker = scope.registry().get("service").unwrap();
    for ending in [Ending::Overloaded, Ending::BreakingOff, Ending::Stalling] {
        let (kind, limit) = match ending {
            Ending::Stalling => (FailureKind::TimedOut, Some(STALL)),
            _ => (FailureKind::Error, None),
        };
        server.set(Mood::Streaming(ending));
        let failures = breaker.totals().failures(kind);
        for call in 1..=3 {
            let requests = server.received() + 1;
            let time_passes = async {
                if let Some(limit) = limit {
                    server.keeps_waiting(requests, limit).await;
                }
            };
            let (answer, ()) = tokio::join!(ask(), time_passes);
            assert!(!is_rejection(&answer.unwrap_err()), "{ending:?}");
            assert_eq!(breaker.totals().failures(kind), failures + call, "{ending:?}");
        }
        assert_eq!(breaker.state(), State::Open, "{ending:?}");
        server.set(well);
        let requests = server.received();
        assert!(is_rejection(&ask().await.unwrap_err()));
        assert_eq!(server.received(), requests, "{ending:?}");
        scope.advance(COOLDOWN);
        // The client stops at `[DONE]`.
        assert_eq!(ask().await.unwrap(), "Tea is ready.", "{ending:?}");
        assert_eq!((server.received(), breaker.state()), (requests + 1, State::Closed));
    }
}

/// A reader who walks away in the middle is no failure, and closes nothing.
async fn is_left(
    scope: &Scope,
    server: &Server,
    ask: impl AsyncFn() -> Result<ChatCompletionResponseStream, BoxError>,
) {
    let breaker = scope.registry().get("service").unwrap();
    server.set(Mood::Streaming(Ending::Stalling));
    breaker.half_open();
    let mut reply = ask().await.unwrap();
    assert!(reply.next().await.unwrap().is_ok());
    assert!(!breaker.is_call_permitted(), "the probe is out");
    drop(reply);
    // The client's task lets go of the body.
    let is_free = async {
        while !breaker.is_call_permitted() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(60 * SECOND, is_free).await.expect("the slot comes back");
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[tokio::test]
async fn async_openai_stream_through_the_layer_is_judged_at_its_end() {
    let (scope, server) = (Scope::enter(), Server::start().await);
    let llm = guarded(&server);
    suffers_and_recovers(&scope, &server, async || read(by_layer(&llm).await).await).await;
    is_left(&scope, &server, async || by_layer(&llm).await).await;
}

#[tokio::test]
async fn async_openai_stream_through_the_attribute_is_judged_at_its_end() {
    let (scope, server) = (Scope::enter(), Server::start().await);
    let llm = clients::connect(server.address()).unwrap();
    let ask = async || by_attribute(&llm).await.map_err(BoxError::from);
    suffers_and_recovers(&scope, &server, async || read(ask().await).await).await;
    is_left(&scope, &server, ask).await;
}
