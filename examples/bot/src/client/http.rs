//! HTTP: one request, and its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::ServiceError;
use crate::scale;

/// Limit of requests under way, to all services together. Most programs have such a limit
/// somewhere; through it a dead service holds up the others.
const LINES: usize = 32;

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    lines: Semaphore,
}

impl Http {
    pub(super) fn new() -> Result<Self, ServiceError> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { client, lines: Semaphore::new(LINES) })
    }
}

/// A service at its address.
#[derive(Debug)]
pub(super) struct Endpoint {
    http: Arc<Http>,
    base: String,
}

impl Endpoint {
    pub(super) fn new(http: &Arc<Http>, address: SocketAddr) -> Self {
        Self { http: Arc::clone(http), base: format!("http://{address}") }
    }

    /// Sends a question, and waits for the answer without a time limit. Callers set the limit:
    /// `timeout = ...`.
    pub(super) async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, ServiceError> {
        // Only a closed semaphore gives an error, and nobody closes this one.
        let _line = self.http.lines.acquire().await.ok();
        let url = format!("{}{path}", self.base);
        let response = accepted(self.http.client.post(url).json(question).send().await?)?;
        Ok(response.json().await?)
    }
}

fn accepted(response: Response) -> Result<Response, ServiceError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(ServiceError::Status { status, retry_after: retry_after(response.headers()) })
}

/// Reads `Retry-After` in seconds, and ignores a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(scale::seconds)
}
