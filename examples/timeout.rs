//! A call that hangs ends by its timeout, and counts as a failure.
//!
//! `cargo run --example timeout`, with the feature `tokio` of breakerbox.

use std::io;
use std::time::{Duration, Instant};

use breakerbox::circuit_breaker;

/// Never answers. Without `timeout`, each caller would wait for ever.
#[circuit_breaker(name = "search", threshold = 2, timeout = "200ms")]
async fn search(query: &str) -> io::Result<Vec<String>> {
    println!("  the service is asked for {query:?}, and hangs");
    std::future::pending().await
}

/// Measures without `timeout`: a call that is out for 100 ms is slow, and a slow call is a failure.
#[circuit_breaker(name = "maps", threshold = 2, slow_call = "100ms")]
async fn map(place: &str) -> io::Result<String> {
    tokio::time::sleep(Duration::from_millis(150)).await;
    Ok(format!("a map of {place}, late"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Two calls wait for 200 ms. The third one does not wait, since the breaker is open:");
    for query in ["rust", "tokio", "tower"] {
        let begun = Instant::now();
        let error = search(query).await.map_or_else(|error| error.to_string(), |_| "none".into());
        println!("  {} ms: {error}", begun.elapsed().as_millis());
    }
    println!("Two calls answer, but slowly. The third one is rejected:");
    for place in ["Oslo", "Lima", "Cairo"] {
        let begun = Instant::now();
        let answer = map(place).await.unwrap_or_else(|error| error.to_string());
        println!("  {} ms: {answer}", begun.elapsed().as_millis());
    }
}
