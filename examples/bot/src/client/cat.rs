//! The bot's memory, a service by the name of Cheshire Cat.

use std::time::Duration;

use breakerbox::circuit_breaker;
use serde::{Deserialize, Serialize};

use super::error::asked_pause;
use super::{Endpoint, Fact, LocalMemory, ServiceError};
use crate::scale;

/// How long the Cat is left alone after three failures.
pub const COOLDOWN: Duration = scale::seconds(60);
/// How long it may take to answer.
pub const TIMEOUT: Duration = scale::seconds(20);

/// What is known of a user about a topic. Without the Cat: what the bot knows itself.
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

// The same signature as `recall`, so it takes the same arguments.
#[expect(clippy::unnecessary_wraps)]
fn recall_locally(cat: &Cat, user: u32, topic: &str) -> Result<Memory, ServiceError> {
    Ok(Memory { facts: cat.local.about(user, topic), by: Keeper::Bot })
}

/// Tells the Cat a fact. Without the Cat: it is told later.
///
/// It shares the breaker of [`recall`] by its name. The tuning is the same, so that
/// it holds whichever of them runs first.
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

/// Tells the Cat a fact that it was owed. There is no fallback, since the caller
/// can wait: the error says for how long.
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

/// The Cat, and what the bot remembers by itself.
#[derive(Debug)]
pub struct Cat {
    endpoint: Endpoint,
    /// The bot's own memory.
    pub local: LocalMemory,
}

/// What is known.
#[derive(Debug, Default)]
pub struct Memory {
    /// The latest first.
    pub facts: Vec<String>,
    /// Who knew.
    pub by: Keeper,
}

/// Who remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeper {
    /// The service.
    Cat,
    /// The bot itself.
    Bot,
    /// It is as if nobody had ever said anything.
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

    /// One request, with no breaker around it.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn recall(&self, user: u32, topic: &str) -> Result<Memory, ServiceError> {
        let Recalled { facts } = self.endpoint.post("/recall", &Question { user, topic }).await?;
        Ok(Memory { facts, by: Keeper::Cat })
    }

    /// One request, with no breaker around it.
    ///
    /// # Errors
    /// The service gave no answer.
    pub async fn memorize(&self, fact: &Fact) -> Result<(), ServiceError> {
        self.endpoint.post("/memorize", fact).await
    }
}
