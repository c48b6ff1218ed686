//! Calls to the services, through the breakers or without.

use crate::client::cat::{self, Memory};
use crate::client::llm::{self, Reply};
use crate::client::stt::{self, Heard};
use crate::client::voice::{self, Spoken};
use crate::client::{Clients, Fact, ServiceError};
use crate::naive::retry;

/// The layer between the bot and its services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The guarded functions of [`client`](crate::client).
    Breakers,
    /// The plain clients, with this many retries per call.
    Retries(u32),
}

/// The clients and their guard.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) clients: Clients,
    pub(crate) guard: Guard,
}

impl Calls {
    pub(crate) async fn recall(&self, user: u32, topic: &str) -> Result<Memory, ServiceError> {
        let cat = &self.clients.cat;
        match self.guard {
            Guard::Breakers => cat::recall(cat, user, topic).await,
            Guard::Retries(n) => retry(n, cat::TIMEOUT, || cat.recall(user, topic)).await,
        }
    }

    pub(crate) async fn memorize(&self, fact: &Fact) -> Result<(), ServiceError> {
        let cat = &self.clients.cat;
        match self.guard {
            Guard::Breakers => cat::memorize(cat, fact).await,
            Guard::Retries(n) => retry(n, cat::TIMEOUT, || cat.memorize(fact)).await,
        }
    }

    pub(crate) async fn consolidate(&self, fact: &Fact) -> Result<(), ServiceError> {
        let cat = &self.clients.cat;
        match self.guard {
            Guard::Breakers => cat::consolidate(cat, fact).await,
            Guard::Retries(n) => retry(n, cat::TIMEOUT, || cat.memorize(fact)).await,
        }
    }

    pub(crate) async fn complete(&self, prompt: &str) -> Result<Reply, ServiceError> {
        let llm = &self.clients.llm;
        match self.guard {
            Guard::Breakers => llm::complete(llm, prompt).await,
            Guard::Retries(n) => retry(n, llm::TIMEOUT, || llm.complete(prompt)).await,
        }
    }

    pub(crate) async fn transcribe(&self, sound: &[u8]) -> Result<Heard, ServiceError> {
        let stt = &self.clients.stt;
        match self.guard {
            Guard::Breakers => stt::transcribe(stt, sound).await,
            Guard::Retries(n) => retry(n, stt::TIMEOUT, || stt.transcribe(sound)).await,
        }
    }

    pub(crate) async fn speak(&self, text: &str) -> Result<Spoken, ServiceError> {
        let voice = &self.clients.voice;
        match self.guard {
            Guard::Breakers => voice::speak(voice, text).await,
            Guard::Retries(n) => retry(n, voice::TIMEOUT, || voice.speak(text)).await,
        }
    }
}
