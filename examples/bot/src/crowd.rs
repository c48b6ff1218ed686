//! The users, and the work that the bot does for itself.

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
    /// When the user sent the message, since the start of the script.
    pub start: Duration,
    /// How long until the answer.
    pub latency: Duration,
    /// What the answer was worth.
    pub worth: Worth,
}

impl Turn {
    /// When the answer came.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start + self.latency
    }
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// All services had their part in it.
    Real,
    /// A fallback stood in for one of them, or the memory was left out.
    Makeshift,
    /// There was no answer.
    Error,
}

/// One in so many users speaks, the others write.
const SPEAKERS: u32 = 5;
const TOPICS: [&str; 6] = ["tea", "rain", "trains", "music", "bread", "winter"];

/// All users chat with the bot to the end of the script. Gives their turns.
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

/// What a user says, and what there is to remember of it.
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

/// The time in which a user reads and thinks: 5 to 15 s.
fn reading(luck: u64) -> Duration {
    scale::millis(5_000 + luck % 10_000)
}

/// How many facts the Cat is told at once.
const WRITERS: u32 = 32;
/// How many facts there are to tell.
const FACTS: u32 = 600;
/// What each writer waits between two facts.
const PAUSE: Duration = scale::seconds(4);

/// Memory consolidation: the bot tells the Cat what was said in a long time. Hard
/// work for the Cat while it is well, and harder if it is not. To the end of the
/// script.
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
                // An open breaker says how long it will be; so does a busy service.
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
