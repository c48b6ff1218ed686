//! Speech to text.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, ServiceError};
use crate::scale;

/// How long the service is left alone after five failures.
pub const COOLDOWN: Duration = scale::seconds(30);
/// How long it may take to answer.
pub const TIMEOUT: Duration = scale::seconds(25);

/// Asks for the words of a recording. Without the service, the bot asks to be written to.
///
/// # Errors
/// None; the fallback always answers.
#[circuit_breaker(
    name = "stt",
    threshold = 5,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = Ok(Heard::Nothing)
)]
pub async fn transcribe(stt: &Stt, sound: &[u8]) -> Result<Heard, ServiceError> {
    stt.transcribe(sound).await
}

/// The service.
#[derive(Debug)]
pub struct Stt {
    endpoint: Endpoint,
}

/// What came of listening.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The words.
    Words(String),
    /// The service is away; [`Heard::REFUSAL`] says so politely.
    Nothing,
}

impl Heard {
    /// What the user gets to read instead.
    pub const REFUSAL: &str = "I am sorry, I cannot listen just now. Would you write to me?";
}

#[derive(Serialize)]
struct Question<'a> {
    sound: &'a [u8],
}

#[derive(Deserialize)]
struct Transcript {
    words: String,
}

impl Stt {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// One request, with no breaker around it.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn transcribe(&self, sound: &[u8]) -> Result<Heard, ServiceError> {
        let Transcript { words } = self.endpoint.post("/transcribe", &Question { sound }).await?;
        Ok(Heard::Words(words))
    }
}
