//! Clients of others behind one layer, against a service that falls ill in every way it can.

mod connector;
mod grpc;
mod hyper;
mod openai;
mod openai_stream;
mod reqwest;

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::tower::http::{FromHeaders, HttpOutcomes, from_headers, http_outcomes};
use breakerbox::tower::{BreakerLayer, Hinted, Named, Until, Watched};
use breakerbox::{BreakerError, Config, State};
use tower::BoxError;

use crate::server::{Mood, Server, Wait};

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);
const COOLDOWN: Duration = Duration::from_secs(10);
/// The longest time for a head: a limit inside of the layer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest pause of a body: a limit of the layer's own.
const STALL: Duration = Duration::from_secs(5);

/// The layer of every HTTP client here.
fn layer() -> BreakerLayer<Named, Hinted<HttpOutcomes, FromHeaders>, Watched> {
    BreakerLayer::named("service", Config::builder().threshold(3).cooldown(COOLDOWN))
        .unwrap()
        .judge(http_outcomes())
        .retry_after(from_headers())
        .body(Until::End)
        .stall(STALL)
}

/// The result of a call, its body included: an error also for a status that is none of success.
type Answer = Result<String, BoxError>;

/// Each way to be ill, and for how long a breaker then stays open.
const ILLS: [(Mood, Duration); 8] = [
    (Mood::Down, COOLDOWN),
    (Mood::Busy(Wait::Seconds(60)), Duration::from_mins(1)),
    (Mood::Busy(Wait::Date(120)), Duration::from_mins(2)),
    (Mood::Busy(Wait::Millis(1500)), Duration::from_millis(1500)),
    (Mood::Hanging, COOLDOWN),
    (Mood::Dripping, COOLDOWN),
    (Mood::Dropping, COOLDOWN),
    (Mood::Resetting, COOLDOWN),
];

/// Lets the service fall ill in each way, and get well again.
async fn suffers_and_recovers(scope: &Scope, server: &Server, ask: impl AsyncFn() -> Answer) {
    for (mood, cooldown) in ILLS {
        server.set(Mood::Healthy);
        ask().await.unwrap();
        server.set(mood);
        for _ in 0..3 {
            let error = fails(server, mood, &ask).await;
            assert!(!is_rejection(&error), "{mood:?}: {error:?}");
        }
        is_left_in_peace(scope, server, &ask, mood).await;
        scope.advance(cooldown.checked_sub(TICK).unwrap());
        is_left_in_peace(scope, server, &ask, mood).await;
        server.set(Mood::Healthy);
        scope.advance(TICK);
        let requests = server.received();
        assert_eq!(ask().await.unwrap(), "Tea is ready.", "{mood:?}");
        assert_eq!((server.received(), state(scope)), (requests + 1, State::Closed), "{mood:?}");
    }
}

/// A status of the caller's own making shows that the service is well.
async fn refuses(scope: &Scope, server: &Server, ask: impl AsyncFn() -> Answer) {
    for mood in [Mood::Down, Mood::Down, Mood::Misled, Mood::Down, Mood::Down] {
        server.set(mood);
        ask().await.unwrap_err();
    }
    assert_eq!(state(scope), State::Closed, "never three failures in a row");
}

async fn fails(server: &Server, mood: Mood, ask: &impl AsyncFn() -> Answer) -> BoxError {
    let requests = server.received() + 1;
    let limit = match mood {
        Mood::Hanging => TIMEOUT,
        Mood::Dripping => STALL,
        _ => return ask().await.unwrap_err(),
    };
    let answer = tokio::time::timeout(limit + 60 * SECOND, ask());
    let (answer, ()) = tokio::join!(answer, server.keeps_waiting(requests, limit));
    let error = answer.expect("the limit holds").unwrap_err();
    let has_stalled = format!("{error:?}").contains("TimedOut");
    assert_eq!(has_stalled, mood == Mood::Dripping, "{mood:?}: {error:?}");
    error
}

async fn is_left_in_peace(
    scope: &Scope,
    server: &Server,
    ask: &impl AsyncFn() -> Answer,
    mood: Mood,
) {
    let requests = server.received();
    for _ in 0..3 {
        let error = ask().await.unwrap_err();
        assert!(is_rejection(&error), "{mood:?}: {error:?}");
    }
    assert_eq!((server.received(), state(scope)), (requests, State::Open), "{mood:?}");
}

fn is_rejection(error: &BoxError) -> bool {
    BreakerError::is_rejection_in(&**error)
}

fn state(scope: &Scope) -> State {
    scope.registry().get("service").unwrap().state()
}
