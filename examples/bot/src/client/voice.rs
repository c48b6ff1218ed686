//! The bot's voice: text to speech.

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

/// Has a text spoken. Without the service, the text has to do.
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

/// The service.
#[derive(Debug)]
pub struct Voice {
    endpoint: Endpoint,
}

/// What came of speaking.
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

    /// One request, with no breaker around it.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn speak(&self, text: &str) -> Result<Spoken, ServiceError> {
        let Speech { sound } = self.endpoint.post("/speak", &Question { text }).await?;
        Ok(Spoken::Sound(sound))
    }
}
