//! A server that looks like ollama's.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server on a free port of the loopback interface, until dropped.
#[derive(Debug)]
pub struct FakeOllama {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<io::Result<()>>,
}

impl FakeOllama {
    /// Starts a server, which listens on return.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(AtomicUsize::new(0));
        let app =
            Router::new().route("/api/generate", post(generate)).with_state(Arc::clone(&requests));
        let task = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, requests, task })
    }

    /// Returns the address for a configuration.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Counts the questions so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        // Relaxed: a caller that has its answer sees the count.
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Deserialize)]
struct Question {
    model: String,
    prompt: String,
    stream: bool,
}

async fn generate(
    State(requests): State<Arc<AtomicUsize>>,
    Json(question): Json<Question>,
) -> Response {
    requests.fetch_add(1, Ordering::Relaxed);
    let Question { model, prompt, stream } = question;
    if stream {
        let complaint = json!({ "error": "this fake does not stream" });
        return (StatusCode::BAD_REQUEST, Json(complaint)).into_response();
    }
    let response = format!("ollama has read: {prompt}");
    Json(json!({ "model": model, "response": response, "done": true })).into_response()
}
