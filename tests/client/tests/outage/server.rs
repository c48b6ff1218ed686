//! A service on the loopback interface that is as well as it is told to be.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mood {
    Healthy,
    /// 503
    Down,
    /// 429, with so many seconds as `Retry-After`.
    Busy(u64),
    /// 400
    Misled,
    /// Answers when it is in another mood.
    Hanging,
    /// The connection is lost in the midst of an answer.
    Dropping,
}

pub(crate) struct Server {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    received: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Service {
    mood: watch::Receiver<Mood>,
    received: watch::Sender<usize>,
}

impl Server {
    /// On the test's own thread, and so in its scope.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, moods) = watch::channel(Mood::Healthy);
        let (count, received) = watch::channel(0);
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .with_state(Service { mood: moods, received: count });
        let task = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { address, mood, received, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// How many requests have come in so far.
    pub(crate) fn received(&self) -> usize {
        *self.received.borrow()
    }

    /// Until so many requests have come in.
    pub(crate) async fn has_received(&self, wanted: usize) {
        let mut received = self.received.clone();
        let arrival = received.wait_for(|received| *received >= wanted);
        let arrived = tokio::time::timeout(Duration::from_secs(60), arrival).await;
        assert!(arrived.is_ok_and(|arrived| arrived.is_ok()), "the request is lost");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn complete(State(service): State<Service>) -> Response {
    let message = json!({ "role": "assistant", "content": "Tea is ready." });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    service
        .respond(json!({
            "id": "1", "object": "chat.completion", "created": 1, "model": "small", "choices": [choice],
        }))
        .await
}

async fn models(State(service): State<Service>) -> Response {
    let model = json!({ "id": "small", "object": "model", "created": 1, "owned_by": "us" });
    service.respond(json!({ "object": "list", "data": [model] })).await
}

impl Service {
    async fn respond(mut self, answer: serde_json::Value) -> Response {
        self.received.send_modify(|received| *received += 1);
        // None is left to change it: the test is over.
        let Ok(mood) = self.mood.wait_for(|mood| *mood != Mood::Hanging).await.map(|mood| *mood)
        else {
            return StatusCode::GONE.into_response();
        };
        let error = |message: &str| Json(json!({ "error": { "message": message } }));
        match mood {
            Mood::Healthy | Mood::Hanging => Json(answer).into_response(),
            Mood::Down => (StatusCode::SERVICE_UNAVAILABLE, error("down")).into_response(),
            Mood::Busy(seconds) => {
                let header = [(RETRY_AFTER, seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, header, error("busy")).into_response()
            }
            Mood::Misled => (StatusCode::BAD_REQUEST, error("what?")).into_response(),
            Mood::Dropping => {
                let broken: io::Result<Bytes> = Err(io::ErrorKind::BrokenPipe.into());
                let parts = [Ok(Bytes::from_static(b"{")), broken];
                Response::new(Body::from_stream(futures_util::stream::iter(parts)))
            }
        }
    }
}
