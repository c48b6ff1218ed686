//! The bot's voice: text to speech.

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

/// Has a text spoken. The fallback is the text without sound.
///
/// # Errors
/// None; the fallback always answers.
#[circuit_breaker(
    name = "voice",
    threshold = 5,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = Ok(Spoken::TextOnly)
)]
pub async fn speak(voice: &Voice, text: &str) -> Result<Spoken, ServiceError> {
    voice.speak(text).await
}

/// The plain client.
#[derive(Debug)]
pub struct Voice {
    endpoint: Endpoint,
}

/// The outcome of speaking.
#[derive(Debug, PartialEq, Eq)]
pub enum Spoken {
    /// A recording.
    Sound(Vec<u8>),
    /// The service is away.
    TextOnly,
}

#[derive(Serialize)]
struct Question<'a> {
    text: &'a str,
}

#[derive(Deserialize)]
struct Speech {
    sound: Vec<u8>,
}

impl Voice {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// Sends one request, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn speak(&self, text: &str) -> Result<Spoken, ServiceError> {
        let Speech { sound } = self.endpoint.post("/speak", &Question { text }).await?;
        Ok(Spoken::Sound(sound))
    }
}
