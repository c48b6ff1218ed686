//! The bot's memory, a service by the name of Cheshire Cat.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, Fact, LocalMemory, ServiceError};
use crate::scale;

/// The cooldown after three failures of the Cat.
pub const COOLDOWN: Duration = scale::seconds(60);
/// The time limit of a call.
pub const TIMEOUT: Duration = scale::seconds(20);

/// Recalls the facts of a user about a topic. The fallback is the bot's own memory.
///
/// # Errors
/// None; the fallback always answers.
#[circuit_breaker(
    name = "cat",
    threshold = 3,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = recall_locally
)]
pub async fn recall(cat: &Cat, user: u32, topic: &str) -> Result<Memory, ServiceError> {
    cat.recall(user, topic).await
}

// A fallback has the signature of its function, `recall`.
#[expect(clippy::unnecessary_wraps)]
fn recall_locally(cat: &Cat, user: u32, topic: &str) -> Result<Memory, ServiceError> {
    Ok(Memory { facts: cat.local.about(user, topic), by: Keeper::Bot })
}

/// Tells the Cat a fact. The fallback queues it for later.
///
/// The name shares the breaker of [`recall`]. The tuning is repeated, so that it holds whichever
/// function runs first.
///
/// # Errors
/// None; the fallback always answers.
#[circuit_breaker(
    name = "cat",
    threshold = 3,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause,
    fallback_on = "failure",
    fallback = |cat, fact| { cat.local.owe(fact.clone()); Ok(()) }
)]
pub async fn memorize(cat: &Cat, fact: &Fact) -> Result<(), ServiceError> {
    cat.memorize(fact).await
}

/// Tells the Cat a queued fact. There is no fallback, since the caller can wait: the error says for
/// how long.
///
/// # Errors
/// The Cat failed, or was not asked.
#[circuit_breaker(
    name = "cat",
    threshold = 3,
    cooldown = COOLDOWN,
    success_threshold = 2,
    timeout = TIMEOUT,
    retry_after = asked_pause
)]
pub async fn consolidate(cat: &Cat, fact: &Fact) -> Result<(), ServiceError> {
    cat.memorize(fact).await
}

/// The Cat's client, and the bot's own memory.
#[derive(Debug)]
pub struct Cat {
    endpoint: Endpoint,
    /// The bot's own memory.
    pub local: LocalMemory,
}

/// Recalled facts.
#[derive(Debug, Default)]
pub struct Memory {
    /// The texts, latest first.
    pub facts: Vec<String>,
    /// The source.
    pub by: Keeper,
}

/// A source of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeper {
    /// The Cat.
    Cat,
    /// The bot itself.
    Bot,
    /// No source: there are no facts.
    #[default]
    Nobody,
}

#[derive(Serialize)]
struct Question<'a> {
    user: u32,
    topic: &'a str,
}

#[derive(Deserialize)]
struct Recalled {
    facts: Vec<String>,
}

impl Cat {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, local: LocalMemory::default() }
    }

    /// Sends one request, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn recall(&self, user: u32, topic: &str) -> Result<Memory, ServiceError> {
        let Recalled { facts } = self.endpoint.post("/recall", &Question { user, topic }).await?;
        Ok(Memory { facts, by: Keeper::Cat })
    }

    /// Sends one request, without a breaker.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn memorize(&self, fact: &Fact) -> Result<(), ServiceError> {
        self.endpoint.post("/memorize", fact).await
    }
}
