//! The remedy for failures without a breaker: wait, and try again.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::client::ServiceError;
use crate::scale;

/// The pause between two tries.
const PAUSE: Duration = scale::seconds(1);

/// Makes a call, and repeats a failed call up to `retries` times.
pub(crate) async fn retry<T, F>(
    retries: u32,
    limit: Duration,
    call: impl Fn() -> F,
) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let mut tries_left = retries;
    loop {
        let tried = timeout(limit, call()).await;
        match tried.unwrap_or(Err(ServiceError::TimedOut(limit))) {
            Err(_) if tries_left > 0 => tries_left -= 1,
            outcome => return outcome,
        }
        sleep(PAUSE).await;
    }
}
