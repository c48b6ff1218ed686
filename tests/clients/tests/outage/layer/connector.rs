//! A breaker around the connector of `reqwest`, which is inside of its retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use breakerbox::testing::Scope;
use breakerbox::tower::BreakerLayer;
use breakerbox::{BreakerError, Config};
use reqwest::{Client, retry};
use tokio::net::TcpListener;
use tower::util::MapRequestLayer;

/// An address at which nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[tokio::test]
async fn reqwests_retries_stop_at_a_rejection_of_the_connector() {
    let _scope = Scope::enter();
    let policy = retry::for_host("127.0.0.1").no_budget().max_retries_per_request(9).classify_fn(
        |attempt| match attempt.error() {
            Some(error) if !BreakerError::is_rejection_in(error) => attempt.retryable(),
            _ => attempt.success(),
        },
    );
    let attempts = Arc::new(AtomicUsize::new(0));
    let attempt = Arc::clone(&attempts);
    // The layer that is added last is the outermost.
    let client = Client::builder()
        .no_proxy()
        .connector_layer(MapRequestLayer::new(move |address| {
            attempt.fetch_add(1, Ordering::Relaxed);
            address
        }))
        .connector_layer(BreakerLayer::named("connector", Config::builder().threshold(3)).unwrap())
        .retry(policy)
        .build()
        .unwrap();
    let error = client.get(nowhere().await).send().await.unwrap_err();
    assert!(error.is_connect() && BreakerError::is_rejection_in(&error), "{error:?}");
    assert_eq!(attempts.load(Ordering::Relaxed), 3, "the fourth is rejected, and the last");
}
