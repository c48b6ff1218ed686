//! The client's way to the service.

use std::fmt;
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

/// The client of the service.
pub type Llm = Client<OpenAIConfig>;

/// The client of the service at an address.
///
/// The client retries by itself, and waits for what a `Retry-After` asks. That would
/// go on inside of a guarded call, where the breaker sees only the last failure. So
/// it gets a transport that does not retry. This keeps the header, too; the client's
/// error for a 429 does not have it.
///
/// # Errors
/// If the HTTP client cannot be set up.
pub fn connect(address: impl fmt::Display) -> reqwest::Result<Llm> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let transport = tower::service_fn(move |request| send(http.clone(), request));
    let config = OpenAIConfig::new().with_api_base(format!("http://{address}/v1"));
    Ok(Client::with_config(config.with_api_key("none")).with_http_service(transport))
}

async fn send(http: reqwest::Client, request: HttpRequestFactory) -> Result<Response, OpenAIError> {
    let response = http.execute(request.build().await?).await?;
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        let retry_after = retry_after(response.headers());
        return Err(OpenAIError::Boxed(Box::new(RateLimited { retry_after })));
    }
    Ok(response)
}

/// The header's form in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The service has answered 429.
#[derive(Debug)]
pub struct RateLimited {
    /// The time for which it asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl RateLimited {
    /// Returns the time that the service asks for, if `error` is about that.
    pub(crate) fn hint(error: &OpenAIError) -> Option<Duration> {
        match error {
            OpenAIError::Boxed(error) => error.downcast_ref::<Self>()?.retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for RateLimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retry_after {
            Some(wait) => write!(f, "the service has too many requests, and asks to wait {wait:?}"),
            None => f.write_str("the service has too many requests"),
        }
    }
}

impl std::error::Error for RateLimited {}
