//! The bot: what it does with a user's message.

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

/// What a user sends.
#[derive(Clone, Debug)]
pub enum Message {
    /// Written.
    Text(String),
    /// Spoken.
    Sound(Vec<u8>),
}

/// What the user gets.
#[derive(Debug)]
pub struct Answer {
    /// To read.
    pub text: String,
    /// To hear, if the user spoke and the voice is well.
    pub sound: Option<Vec<u8>>,
    /// Whether a fallback had a part in it.
    pub makeshift: bool,
}

impl Bot {
    /// A bot that knows nothing yet.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(addresses: Addresses, guard: Guard) -> Result<Self, ServiceError> {
        Ok(Self { calls: Calls { clients: Clients::new(addresses)?, guard } })
    }

    /// Answers a message: hear it, recall what is known, have a model reply, say it.
    ///
    /// # Errors
    /// A service that cannot be done without gave no answer, and no fallback did.
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

    /// Remembers what a user said; called once the user has the answer.
    pub async fn remember(&self, user: u32, text: String) {
        let fact = Fact { user, text };
        let local = &self.calls.clients.cat.local;
        local.keep(fact.clone());
        if self.calls.memorize(&fact).await.is_err() {
            local.owe(fact);
        }
    }

    /// Puts down facts that the Cat has still to be told.
    pub fn owe(&self, facts: impl IntoIterator<Item = Fact>) {
        facts.into_iter().for_each(|fact| self.calls.clients.cat.local.owe(fact));
    }

    /// How many facts the Cat has still to be told.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.calls.clients.cat.local.owed()
    }

    /// Tells the Cat one of those facts, if there are any.
    ///
    /// # Errors
    /// The Cat gave no answer, or was not asked; it is still owed the fact.
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
