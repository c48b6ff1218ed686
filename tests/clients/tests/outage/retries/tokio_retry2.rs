//! `tokio-retry2` stops at a permanent error. Version 0.9.1 waits by its strategy alone, also where
//! an error has a `retry_after`; a strategy can take the hint by itself.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use breakerbox::BreakerError;
use tokio::time::Instant;
use tokio_retry2::strategy::FixedInterval;
use tokio_retry2::{Retry, RetryError};

use super::{Down, SECOND, TeaError};

fn every_second() -> impl Iterator<Item = Duration> {
    FixedInterval::new(SECOND).take(20)
}

fn permanent_if_rejected(error: TeaError) -> RetryError<TeaError> {
    if BreakerError::is_rejection_in(&error) {
        RetryError::permanent(error)
    } else {
        RetryError::transient(error)
    }
}

#[tokio::test(start_paused = true)]
async fn tokio_retry2_stops_at_a_rejection() {
    let down = Down::start().await;
    let attempt = async || down.tea().await.map_err(permanent_if_rejected);
    let result = Retry::spawn(every_second(), attempt).await;
    down.has_stopped(&result);
}

#[tokio::test(start_paused = true)]
async fn tokio_retry2_waits_as_the_rejection_says_by_its_strategy() {
    let down = Down::start().await;
    let asked = Cell::new(Duration::ZERO);
    let waits = RefCell::new(Vec::new());
    let strategy = every_second().map(|wait| wait.max(asked.get())).inspect(|wait| {
        down.pass(*wait);
        waits.borrow_mut().push(*wait);
    });
    let attempt = async || {
        let result = down.tea().await;
        asked.set(result.as_ref().err().and_then(TeaError::retry_after).unwrap_or_default());
        result.map_err(RetryError::transient)
    };
    let start = Instant::now();
    let result = Retry::spawn(strategy, attempt).await;
    assert_eq!(start.elapsed().as_secs(), 12, "the sum of the waits");
    down.has_waited(result, &waits.borrow());
}

/// If this fails, a later version waits, and the docs of clients may say so.
#[tokio::test(start_paused = true)]
async fn tokio_retry2_does_not_wait_for_the_hint_of_an_error() {
    let start = Instant::now();
    let attempt = async || Err::<(), _>(RetryError::retry_after("busy", 60 * SECOND));
    let result = Retry::spawn(every_second(), attempt).await;
    assert_eq!((result, start.elapsed().as_secs()), (Err("busy"), 20));
}
