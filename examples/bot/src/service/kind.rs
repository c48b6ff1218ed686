//! The work of each healthy service.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::client::Fact;
use crate::scale;

/// The services, by their work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Remembers.
    Cat,
    /// Completes prompts.
    Llm,
    /// Completes prompts, faster and not as well.
    Second,
    /// Hears.
    Stt,
    /// Speaks.
    Voice,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Cat, Self::Llm, Self::Second, Self::Stt, Self::Voice];

    /// Returns the range of an answer's time.
    pub(super) fn pace(self) -> Range<Duration> {
        match self {
            Self::Cat => scale::millis(250)..scale::millis(500),
            Self::Llm => scale::seconds(2)..scale::seconds(4),
            Self::Second | Self::Stt | Self::Voice => scale::seconds(1)..scale::seconds(2),
        }
    }

    pub(super) fn router(self) -> Router {
        match self {
            Self::Cat => Router::new()
                .route("/recall", post(recall))
                .route("/memorize", post(memorize))
                .with_state(Facts::default()),
            Self::Llm => Router::new().route("/complete", post(complete_at_length)),
            Self::Second => Router::new().route("/complete", post(complete)),
            Self::Stt => Router::new().route("/transcribe", post(transcribe)),
            Self::Voice => Router::new().route("/speak", post(speak)),
        }
    }
}

/// The facts of each user, oldest first.
type Facts = Arc<Mutex<HashMap<u32, Vec<Fact>>>>;

#[derive(Deserialize)]
struct Topic {
    user: u32,
    topic: String,
}

#[derive(Serialize)]
struct Recalled {
    facts: Vec<String>,
}

async fn recall(
    State(facts): State<Facts>,
    Json(Topic { user, topic }): Json<Topic>,
) -> Json<Recalled> {
    let facts = facts.lock().unwrap_or_else(PoisonError::into_inner);
    let of_user = facts.get(&user).into_iter().flatten().rev();
    let found = of_user.filter(|fact| fact.concerns(user, &topic)).take(5);
    Json(Recalled { facts: found.map(|fact| fact.text.clone()).collect() })
}

async fn memorize(State(facts): State<Facts>, Json(fact): Json<Fact>) -> Json<()> {
    let mut facts = facts.lock().unwrap_or_else(PoisonError::into_inner);
    facts.entry(fact.user).or_default().push(fact);
    Json(())
}

#[derive(Deserialize)]
struct Prompt {
    prompt: String,
}

#[derive(Serialize)]
struct Completion {
    text: String,
}

async fn complete_at_length(Json(Prompt { prompt }): Json<Prompt>) -> Json<Completion> {
    Json(Completion { text: format!("This is what comes to my mind: {prompt}, and much else.") })
}

async fn complete(Json(Prompt { prompt }): Json<Prompt>) -> Json<Completion> {
    Json(Completion { text: format!("In short: {prompt}.") })
}

/// A recording: here, the bytes of its words.
#[derive(Deserialize, Serialize)]
struct Recording {
    sound: Vec<u8>,
}

#[derive(Serialize)]
struct Transcript {
    words: String,
}

async fn transcribe(Json(Recording { sound }): Json<Recording>) -> Json<Transcript> {
    Json(Transcript { words: String::from_utf8_lossy(&sound).into_owned() })
}

#[derive(Deserialize)]
struct Script {
    text: String,
}

async fn speak(Json(Script { text }): Json<Script>) -> Json<Recording> {
    Json(Recording { sound: text.into_bytes() })
}
