//! The users, and the bot's memory consolidation.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use crate::bot::{Bot, Message};
use crate::client::{Fact, ServiceError};
use crate::luck::luck;
use crate::scale;
use crate::scenario::Script;

/// One turn of a chat.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Time of the user's message, since the start of the script.
    pub start: Duration,
    /// Time until the answer.
    pub latency: Duration,
    /// Worth of the answer.
    pub worth: Worth,
}

impl Turn {
    /// Returns the time of the answer.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start + self.latency
    }
}

/// The worth of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// All services contributed.
    Real,
    /// A fallback stood in for a service, or the memory was left out.
    Makeshift,
    /// There was no answer.
    Error,
}

/// One user in this many speaks; the others write.
const SPEAKERS: u32 = 5;
const TOPICS: [&str; 6] = ["tea", "rain", "trains", "music", "bread", "winter"];

/// Runs all users' chats to the end of the script. Returns the turns.
///
/// # Errors
/// The bot panicked.
pub async fn chat(
    bot: &Arc<Bot>,
    users: u32,
    seed: u64,
    script: Script,
) -> Result<Vec<Turn>, JoinError> {
    let mut chats = JoinSet::new();
    for user in 0..users {
        chats.spawn(chat_of_one(Arc::clone(bot), user, luck((seed, user)), script));
    }
    let mut turns = Vec::new();
    while let Some(of_one) = chats.join_next().await {
        turns.extend(of_one?);
    }
    turns.sort_by_key(Turn::end);
    Ok(turns)
}

async fn chat_of_one(bot: Arc<Bot>, user: u32, seed: u64, script: Script) -> Vec<Turn> {
    let mut turns = Vec::new();
    for number in 0_u32.. {
        let luck = luck((seed, number));
        sleep(reading(luck)).await;
        let start = script.now();
        if start >= script.length() {
            break;
        }
        let (message, fact) = message(user, luck);
        let worth = match bot.answer(user, &message).await {
            Ok(answer) if answer.makeshift => Worth::Makeshift,
            Ok(_) => Worth::Real,
            Err(_) => Worth::Error,
        };
        turns.push(Turn { start, latency: script.now().saturating_sub(start), worth });
        bot.remember(user, fact).await;
    }
    turns
}

/// Returns a user's message and the fact to remember.
fn message(user: u32, luck: u64) -> (Message, String) {
    let topic = TOPICS[usize::try_from(luck % TOPICS.len() as u64).unwrap_or(0)];
    let words = format!("what about {topic} today");
    let message = if user % SPEAKERS == 0 {
        Message::Sound(words.into_bytes())
    } else {
        Message::Text(words)
    };
    (message, format!("likes {topic}"))
}

/// Returns a user's time to read and think: 5 to 15 s.
fn reading(luck: u64) -> Duration {
    scale::millis(5_000 + luck % 10_000)
}

/// Facts that the Cat is told at once.
const WRITERS: u32 = 32;
/// Facts to tell the Cat.
const FACTS: u32 = 600;
/// Pause of each writer between two facts.
const PAUSE: Duration = scale::seconds(4);

/// Consolidates the memory to the end of the script: the bot tells the Cat the facts of a long
/// time. The work is hard for a healthy Cat, and harder for a sick one.
///
/// # Errors
/// The bot panicked.
pub async fn consolidate(bot: &Arc<Bot>, script: Script) -> Result<(), JoinError> {
    let fact = |user| Fact { user, text: "likes a quiet house".to_owned() };
    bot.owe((0..FACTS).map(fact));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let bot = Arc::clone(bot);
        writers.spawn(async move {
            while script.now() < script.length() {
                let told = bot.consolidate().await;
                // An open breaker or a busy service says how long to wait.
                let asked = told.err().as_ref().and_then(ServiceError::retry_after);
                sleep(asked.unwrap_or(PAUSE)).await;
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer?;
    }
    Ok(())
}
