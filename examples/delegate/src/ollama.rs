//! The last resort: a model on this machine, asked over HTTP.
//!
//! Ollama has no breaker, as no back end comes after it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::config::Server;

/// The most bytes that a reply may have.
const LONGEST_REPLY: usize = 1024 * 1024;

/// A client of ollama's `/api/generate`.
#[derive(Clone, Debug)]
pub struct Ollama {
    http: Client,
    url: String,
    model: String,
}

impl Ollama {
    /// Makes a client, not yet connected.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(server: &Server, timeout: Duration) -> Result<Self, OllamaError> {
        let http = Client::builder().timeout(timeout).no_proxy().build()?;
        let url = format!("{}/api/generate", server.url.trim_end_matches('/'));
        Ok(Self { http, url, model: server.model.clone() })
    }

    /// Asks the model.
    ///
    /// # Errors
    /// There is no server, or it does not answer with a reply.
    pub async fn ask(&self, prompt: &str) -> Result<String, OllamaError> {
        let question = Question { model: &self.model, prompt, stream: false };
        let response = self.http.post(&self.url).json(&question).send().await?;
        let status = response.status();
        let body = read(response).await?;
        if !status.is_success() {
            let Complaint { error } = serde_json::from_slice(&body).unwrap_or_default();
            return Err(OllamaError::Status { status, said: error });
        }
        let reply: Reply = serde_json::from_slice(&body).map_err(OllamaError::Reply)?;
        Ok(reply.response)
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, OllamaError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_REPLY {
            return Err(OllamaError::Long);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    prompt: &'a str,
    stream: bool,
}

#[derive(Deserialize)]
struct Reply {
    response: String,
}

#[derive(Default, Deserialize)]
struct Complaint {
    error: String,
}

/// Ollama's failure to answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum OllamaError {
    /// No connection, or no answer in time.
    Http(reqwest::Error),
    /// Ollama refused.
    Status {
        /// The status of the answer.
        status: StatusCode,
        /// The reason given, such as a model that is missing.
        said: String,
    },
    /// The answer is no reply.
    Reply(serde_json::Error),
    /// The answer is longer than any reply.
    Long,
}

impl From<reqwest::Error> for OllamaError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for OllamaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) if error.is_connect() => f.write_str("ollama does not run"),
            Self::Http(error) if error.is_timeout() => f.write_str("ollama does not answer"),
            Self::Http(_) => f.write_str("ollama cannot be asked"),
            Self::Status { status, said } => write!(f, "ollama answered {status} {said}"),
            Self::Reply(_) => f.write_str("ollama answered something else than a reply"),
            Self::Long => write!(f, "ollama answered more than {LONGEST_REPLY} bytes"),
        }
    }
}

impl Error for OllamaError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Reply(error) => Some(error),
            Self::Status { .. } | Self::Long => None,
        }
    }
}
