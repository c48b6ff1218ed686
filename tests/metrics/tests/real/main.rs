//! A real Prometheus: it takes the text, its tool takes the rules, and it answers the dashboard's
//! queries about an outage of a real process. `cargo xtask metrics` has what these tests need.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

mod dashboard;
mod outage;
mod process;
mod prometheus;
mod promtool;

use std::time::{Duration, Instant};

/// Looks again and again until there is something to be seen.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
