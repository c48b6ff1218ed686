//! The events that the pump waits for.

use std::future;
use std::time::Duration;

use breaker_core::shared::LONGEST;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Done, Link};
use crate::redis::Heard;

/// Waits for a task. `None` if it has panicked.
pub(super) async fn next(tasks: &mut JoinSet<Done>) -> Option<Done> {
    match tasks.join_next().await {
        Some(done) => done.ok(),
        None => future::pending().await,
    }
}

pub(super) async fn heard(link: &mut Link) -> Option<Heard> {
    match link {
        Link::Open { news, .. } => news.next().await,
        _ => future::pending().await,
    }
}

/// Returns the moment after a time, or after the longest sleep. To wake too early is harmless.
pub(super) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

pub(super) async fn until(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => future::pending().await,
    }
}
