//! The retries of `reqwest` itself are inside of the guarded call: the breaker sees how the last
//! of them ended, and no request is made while it is open.

use breakerbox::State;
use reqwest::{Client, StatusCode, retry};

use super::{Down, TeaError, tea};

#[tokio::test]
async fn reqwests_retries_are_one_call_and_stop_when_it_is_rejected() {
    let down = Down::start().await;
    let policy = retry::for_host(down.server.address().ip().to_string())
        .no_budget()
        .max_retries_per_request(4)
        .classify_fn(|attempt| match attempt.status() {
            Some(StatusCode::SERVICE_UNAVAILABLE) => attempt.retryable(),
            _ => attempt.success(),
        });
    let http = Client::builder().no_proxy().retry(policy).build().unwrap();
    for call in 1..=3 {
        assert!(matches!(tea(&http, &down.url).await, Err(TeaError::Http(_))));
        assert_eq!(down.server.received(), 5 * call, "four retries are one failure with the first");
    }
    assert_eq!(down.state(), State::Open);
    for _ in 0..3 {
        assert!(matches!(tea(&http, &down.url).await, Err(TeaError::Breaker(_))));
    }
    assert_eq!(down.server.received(), 15, "not one more");
}
