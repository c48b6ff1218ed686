//! A service whose functions fail on demand, and which exports its breakers: what a real Prometheus
//! scrapes in the tests. It prints its address, and ends when its standard input does, so that it
//! outlives no test.

mod fleet;
mod functions;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use breakerbox::metrics::{Exporter, prometheus};
use breakerbox::{Config, Registry};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// The wish of a client: the model to call, and the outcome.
#[derive(Deserialize)]
struct Wish {
    model: String,
    fails: bool,
    times: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    // Nothing uses this override: the name is misspelt.
    let registry = Registry::global();
    registry.link(Arc::new(fleet::Fleet)).map_err(std::io::Error::other)?;
    let long_cooldown = Config::builder().cooldown(Duration::from_secs(3600));
    registry.configure("lmm", long_cooldown).map_err(std::io::Error::other)?;
    let folded = Exporter::new(&registry);
    let by_key = folded.clone().per_key(5);
    let app = Router::new()
        .route("/call", get(call))
        .route("/metrics", get(text).with_state(folded))
        .route("/metrics/keys", get(text).with_state(by_key));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(end_of_input()).await
}

async fn call(Query(wish): Query<Wish>) -> String {
    let mut rejections = 0;
    for _ in 0..wish.times {
        rejections += functions::all(&wish.model, wish.fails);
    }
    rejections.to_string()
}

async fn text(
    State(exporter): State<Exporter>,
) -> ([(axum::http::HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, prometheus::CONTENT_TYPE)], exporter.prometheus_text())
}

async fn end_of_input() {
    let mut rest = Vec::new();
    // An error ends the input as well.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
