//! The client of the service: the part that a program of yours would have.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use breakerbox::circuit_breaker;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

/// The client's timeout.
pub(crate) const PATIENCE: Duration = Duration::from_millis(800);

/// The time that the model is left in peace.
pub(crate) const COOLDOWN: Duration = Duration::from_secs(1);

/// Asks the model. While the breaker is open, the fallback answers and the model rests.
#[circuit_breaker(
    name = "llm",
    threshold = 5,
    cooldown = COOLDOWN,
    success_threshold = 3,
    fallback = Ok(Reply::canned())
)]
pub(crate) async fn complete(llm: &Llm, prompt: &str) -> Result<Reply, LlmError> {
    llm.complete(prompt).await
}

/// A service that completes prompts, at some address.
#[derive(Debug)]
pub(crate) struct Llm {
    http: Client,
    url: String,
}

impl Llm {
    pub(crate) fn at(address: impl fmt::Display) -> Result<Self, LlmError> {
        let http = Client::builder().timeout(PATIENCE).no_proxy().build()?;
        Ok(Self { http, url: format!("http://{address}/v1/complete") })
    }

    /// Sends one request, with no breaker around it.
    pub(crate) async fn complete(&self, prompt: &str) -> Result<Reply, LlmError> {
        // Every error that leaves by a `?` is a failure to the breaker: no answer in time, no
        // connection, a status of 4xx or 5xx, a body that is no reply.
        let request = self.http.post(&self.url).json(&Question { prompt });
        let response = request.send().await?.error_for_status()?;
        Ok(response.json().await?)
    }
}

#[derive(Serialize)]
struct Question<'a> {
    prompt: &'a str,
}

/// The text for the user.
#[derive(Debug, Deserialize)]
pub(crate) struct Reply {
    text: String,
}

impl Reply {
    const CANNED: &str = "The assistant is resting. Please ask again in a minute.";

    fn canned() -> Self {
        Self { text: Self::CANNED.to_owned() }
    }

    /// Returns true if the fallback answered, not the model.
    pub(crate) fn is_canned(&self) -> bool {
        self.text == Self::CANNED
    }
}

/// A failure of the call.
#[derive(Debug)]
pub(crate) enum LlmError {
    /// The service refused: 429, 503.
    Status(StatusCode),
    /// No answer in time.
    TimedOut,
    /// Nobody listens at the address.
    Unreachable,
    /// Anything else, such as a connection that broke off.
    Other(reqwest::Error),
}

impl From<reqwest::Error> for LlmError {
    fn from(error: reqwest::Error) -> Self {
        match error.status() {
            Some(status) => Self::Status(status),
            None if error.is_timeout() => Self::TimedOut,
            None if error.is_connect() => Self::Unreachable,
            None => Self::Other(error),
        }
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the service answered {status}"),
            Self::TimedOut => write!(f, "no answer within {PATIENCE:?}"),
            Self::Unreachable => f.write_str("nobody listens at the service's address"),
            Self::Other(_) => f.write_str("the call failed"),
        }
    }
}

impl Error for LlmError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Other(error) => Some(error),
            _ => None,
        }
    }
}
