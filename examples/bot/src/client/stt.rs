//! Speech to text.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, ServiceError};
use crate::scale;

/// The cooldown after five failures.
pub const COOLDOWN: Duration = scale::seconds(30);
/// The time limit of a call.
pub const TIMEOUT: Duration = scale::seconds(25);

/// Asks for the words of a recording. The fallback has the bot ask for a written message.
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

/// The plain client.
#[derive(Debug)]
pub struct Stt {
    endpoint: Endpoint,
}

/// The outcome of listening.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The words.
    Words(String),
    /// The service is away; [`Heard::REFUSAL`] says so politely.
    Nothing,
}

impl Heard {
    /// The answer when nothing was heard.
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

    /// Sends one request, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn transcribe(&self, sound: &[u8]) -> Result<Heard, ServiceError> {
        let Transcript { words } = self.endpoint.post("/transcribe", &Question { sound }).await?;
        Ok(Heard::Words(words))
    }
}
