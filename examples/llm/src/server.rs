//! A service with two language models on the loopback interface, each as well as it is told to be.
//! It speaks as much of the common protocol as this example needs.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A model's health.
#[derive(Clone, Copy, Default)]
pub(crate) enum Health {
    #[default]
    Well,
    /// Answers 429, and asks to be left alone for three seconds.
    Overloaded,
    /// Ends its replies in the middle.
    BreaksOff,
}

/// A model, and the number of its requests.
#[derive(Clone, Copy, Default)]
struct Model {
    health: Health,
    requests: usize,
}

#[derive(Clone, Default)]
struct Models {
    large_and_small: Arc<Mutex<[Model; 2]>>,
}

impl Models {
    fn lock(&self) -> MutexGuard<'_, [Model; 2]> {
        self.large_and_small.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running service.
pub(crate) struct Server {
    address: SocketAddr,
    models: Models,
}

impl Server {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = Server { address: listener.local_addr()?, models: Models::default() };
        let route = post(complete).with_state(server.models.clone());
        let app = Router::new().route("/v1/chat/completions", route);
        tokio::spawn(async { axum::serve(listener, app).await });
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/chat/completions", self.address)
    }

    pub(crate) fn set(&self, large: Health, small: Health) {
        let [for_large, for_small] = &mut *self.models.lock();
        (for_large.health, for_small.health) = (large, small);
    }

    /// Counts the requests to each model.
    pub(crate) fn requests(&self) -> [usize; 2] {
        self.models.lock().map(|model| model.requests)
    }
}

async fn complete(State(models): State<Models>, Json(request): Json<Value>) -> Response {
    let name = request["model"].as_str().unwrap_or_default();
    let mut models = models.lock();
    let model = match name {
        "large" => &mut models[0],
        "small" => &mut models[1],
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    model.requests += 1;
    match model.health {
        Health::Well => reply(name, usize::MAX),
        Health::Overloaded => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "3")]).into_response(),
        Health::BreaksOff => reply(name, 4),
    }
}

/// Makes a reply of server-sent events, a word in each, `most` events at most.
fn reply(model: &str, most: usize) -> Response {
    let text = format!("[{model}] It lets a service that is ill rest.");
    let word = |word: &str| json!({ "choices": [{ "delta": { "content": word } }] });
    let mut events: Vec<_> = text.split_inclusive(' ').map(|w| word(w).to_string()).collect();
    events.push("[DONE]".to_owned());
    let events =
        events.into_iter().take(most).map(|event| Ok(Bytes::from(format!("data: {event}\n\n"))));
    let body = Body::from_stream(stream::iter(events.collect::<Vec<io::Result<Bytes>>>()));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}
