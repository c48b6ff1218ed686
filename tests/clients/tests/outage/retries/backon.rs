//! `backon` stops by `when`, and waits by `adjust`.

use std::future::ready;

use backon::{ConstantBuilder, Retryable};
use breakerbox::BreakerError;

use super::{Down, SECOND};

fn every_second() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(SECOND).with_max_times(20)
}

#[tokio::test]
async fn backon_stops_at_a_rejection() {
    let down = Down::start().await;
    let result = (|| down.tea())
        .retry(every_second())
        .when(|error| !BreakerError::is_rejection_in(error))
        .sleep(|_| ready(()))
        .await;
    down.has_stopped(&result);
}

#[tokio::test]
async fn backon_waits_as_the_rejection_says() {
    let down = Down::start().await;
    let mut waits = Vec::new();
    let result = (|| down.tea())
        .retry(every_second())
        .adjust(|error, wait| Some(wait?.max(error.retry_after().unwrap_or_default())))
        .notify(|_, wait| {
            down.pass(wait);
            waits.push(wait);
        })
        .sleep(|_| ready(()))
        .await;
    down.has_waited(result, &waits);
}
