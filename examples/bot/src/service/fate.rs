//! The fate of a request, by the position of the switch.

use std::future::pending;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Health;
use crate::luck::luck;
use crate::scale;

/// Time that a busy service takes to refuse.
const REFUSAL: Duration = scale::millis(250);
/// Time that a slow service takes to answer.
const SLOW: Duration = scale::seconds(60);

/// The state of `decide`.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    /// `None` ends the service.
    pub(super) health: watch::Receiver<Option<Health>>,
    pub(super) pace: Range<Duration>,
    pub(super) seed: u64,
    /// Arrival times of requests.
    pub(super) received: Arc<Mutex<Vec<Instant>>>,
}

/// Runs before the handlers of every service.
pub(super) async fn decide(State(fate): State<Fate>, request: Request, next: Next) -> Response {
    let luck = luck((fate.seed, fate.arrive()));
    let health = *fate.health.borrow();
    match health.unwrap_or(Health::Hung) {
        Health::Healthy => {
            sleep(within(&fate.pace, luck)).await;
            next.run(request).await
        }
        Health::Slow => slow(request, next).await,
        Health::Busy { status, retry_after } => turn_away(status, retry_after).await,
        Health::Overloaded { retry_after } => match luck % 10 {
            0..=3 => turn_away(429, retry_after).await,
            4..=6 => turn_away(503, retry_after).await,
            _ => slow(request, next).await,
        },
        // `Refusing` meets requests that arrive before the listener closes.
        Health::Hung | Health::Refusing => pending().await,
    }
}

impl Fate {
    /// Records a request; returns its number.
    fn arrive(&self) -> usize {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.push(Instant::now());
        received.len()
    }
}

async fn slow(request: Request, next: Next) -> Response {
    sleep(SLOW).await;
    next.run(request).await
}

async fn turn_away(status: u16, retry_after: u64) -> Response {
    sleep(REFUSAL).await;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, [(RETRY_AFTER, retry_after.to_string())]).into_response()
}

fn within(pace: &Range<Duration>, luck: u64) -> Duration {
    let thousandths = u32::try_from(luck % 1000).unwrap_or(0);
    pace.start + pace.end.abs_diff(pace.start) * thousandths / 1000
}
