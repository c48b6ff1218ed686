//! The language models: a large one, and a second as its stand-in.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, ServiceError};
use crate::scale;

/// The cooldown after five failures, unless the model asks for another.
pub const COOLDOWN: Duration = scale::seconds(30);
/// The time limit of a call.
pub const TIMEOUT: Duration = scale::seconds(25);

/// Asks the large model. The fallback is the second model, then a canned reply.
///
/// # Errors
/// None; the last fallback always answers.
#[circuit_breaker(
    name = "llm",
    threshold = 5,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = second
)]
pub async fn complete(llm: &Llm, prompt: &str) -> Result<Reply, ServiceError> {
    llm.complete(prompt).await
}

/// Asks the second model, guarded too: it may be away as well.
#[circuit_breaker(
    name = "llm-second",
    threshold = 5,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = Ok(Reply::canned())
)]
async fn second(llm: &Llm, prompt: &str) -> Result<Reply, ServiceError> {
    llm.complete_by_second(prompt).await
}

/// Both models.
#[derive(Debug)]
pub struct Llm {
    large: Endpoint,
    second: Endpoint,
}

/// A reply to the user.
#[derive(Debug)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// The author.
    pub by: Model,
}

impl Reply {
    /// The reply when no model answers.
    pub const CANNED: &str = "I cannot think straight just now. Please ask me again in a minute.";

    fn canned() -> Self {
        Self { text: Self::CANNED.to_owned(), by: Model::None }
    }
}

/// The author of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// The model that is asked first.
    Large,
    /// The stand-in of the large model.
    Second,
    /// No model: the reply is canned.
    None,
}

#[derive(Serialize)]
struct Question<'a> {
    prompt: &'a str,
}

#[derive(Deserialize)]
struct Completion {
    text: String,
}

impl Llm {
    pub(super) fn new(large: Endpoint, second: Endpoint) -> Self {
        Self { large, second }
    }

    /// Sends one request to the large model, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn complete(&self, prompt: &str) -> Result<Reply, ServiceError> {
        ask(&self.large, prompt, Model::Large).await
    }

    /// Sends one request to the second model, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn complete_by_second(&self, prompt: &str) -> Result<Reply, ServiceError> {
        ask(&self.second, prompt, Model::Second).await
    }
}

async fn ask(endpoint: &Endpoint, prompt: &str, by: Model) -> Result<Reply, ServiceError> {
    let Completion { text } = endpoint.post("/complete", &Question { prompt }).await?;
    Ok(Reply { text, by })
}
