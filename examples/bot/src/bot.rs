//! The bot: the answers to users' messages.

use crate::calls::{Calls, Guard};
use crate::client::cat::Keeper;
use crate::client::llm::Model;
use crate::client::stt::Heard;
use crate::client::voice::Spoken;
use crate::client::{Addresses, Clients, Fact, ServiceError};

/// The bot.
#[derive(Debug)]
pub struct Bot {
    calls: Calls,
}

/// A user's message.
#[derive(Clone, Debug)]
pub enum Message {
    /// Written.
    Text(String),
    /// Spoken.
    Sound(Vec<u8>),
}

/// The bot's answer.
#[derive(Debug)]
pub struct Answer {
    /// The words.
    pub text: String,
    /// A recording, if the user spoke and the voice works.
    pub sound: Option<Vec<u8>>,
    /// True for an answer by a fallback, or without memory.
    pub makeshift: bool,
}

impl Bot {
    /// Creates a bot without memories.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(addresses: Addresses, guard: Guard) -> Result<Self, ServiceError> {
        Ok(Self { calls: Calls { clients: Clients::new(addresses)?, guard } })
    }

    /// Answers a message: transcribes it, recalls facts, asks a model, speaks.
    ///
    /// # Errors
    /// A required service gave no answer, and neither did a fallback.
    pub async fn answer(&self, user: u32, message: &Message) -> Result<Answer, ServiceError> {
        match message {
            Message::Text(words) => self.reply(user, words).await,
            Message::Sound(sound) => match self.calls.transcribe(sound).await? {
                Heard::Nothing => Ok(Answer::refusal()),
                Heard::Words(words) => self.say(self.reply(user, &words).await?).await,
            },
        }
    }

    async fn reply(&self, user: u32, words: &str) -> Result<Answer, ServiceError> {
        // A bot that has forgotten everything can still answer.
        let memory = self.calls.recall(user, words).await.unwrap_or_default();
        let prompt = format!("{words} ({})", memory.facts.join("; "));
        let reply = self.calls.complete(&prompt).await?;
        let makeshift = memory.by != Keeper::Cat || reply.by != Model::Large;
        Ok(Answer { text: reply.text, sound: None, makeshift })
    }

    async fn say(&self, mut answer: Answer) -> Result<Answer, ServiceError> {
        match self.calls.speak(&answer.text).await? {
            Spoken::Sound(sound) => answer.sound = Some(sound),
            Spoken::TextOnly => answer.makeshift = true,
        }
        Ok(answer)
    }

    /// Stores a fact about a user; called once the user has the answer.
    pub async fn remember(&self, user: u32, text: String) {
        let fact = Fact { user, text };
        let local = &self.calls.clients.cat.local;
        local.keep(fact.clone());
        if self.calls.memorize(&fact).await.is_err() {
            local.owe(fact);
        }
    }

    /// Queues facts for the Cat.
    pub fn owe(&self, facts: impl IntoIterator<Item = Fact>) {
        facts.into_iter().for_each(|fact| self.calls.clients.cat.local.owe(fact));
    }

    /// Returns the number of facts queued for the Cat.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.calls.clients.cat.local.owed()
    }

    /// Tells the Cat the oldest queued fact, if any.
    ///
    /// # Errors
    /// The Cat gave no answer, or was not asked; the fact is queued again.
    pub async fn consolidate(&self) -> Result<(), ServiceError> {
        let local = &self.calls.clients.cat.local;
        let Some(fact) = local.next_owed() else { return Ok(()) };
        let told = self.calls.consolidate(&fact).await;
        if told.is_err() {
            local.owe(fact);
        }
        told
    }
}

impl Answer {
    fn refusal() -> Self {
        Self { text: Heard::REFUSAL.to_owned(), sound: None, makeshift: true }
    }
}
