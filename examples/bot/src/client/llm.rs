//! The language models: a large one, and a second one for when it is away.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, ServiceError};
use crate::scale;

/// How long a model is left alone after five failures, if it does not say itself.
pub const COOLDOWN: Duration = scale::seconds(30);
/// How long a model may take to answer.
pub const TIMEOUT: Duration = scale::seconds(25);

/// Asks the large model. Without it, the second; without both, the reply is canned.
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

/// A fallback that is guarded itself: the second model may be away as well.
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

/// What the user gets to read.
#[derive(Debug)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// Whose they are.
    pub by: Model,
}

impl Reply {
    /// What the bot says when no model does.
    pub const CANNED: &str = "I cannot think straight just now. Please ask me again in a minute.";

    fn canned() -> Self {
        Self { text: Self::CANNED.to_owned(), by: Model::None }
    }
}

/// Who made a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// The one that is asked first.
    Large,
    /// The one that stands in for it.
    Second,
    /// The reply is canned.
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

    /// One request to the large model, with no breaker around it.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn complete(&self, prompt: &str) -> Result<Reply, ServiceError> {
        ask(&self.large, prompt, Model::Large).await
    }

    /// One request to the second model, with no breaker around it.
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
