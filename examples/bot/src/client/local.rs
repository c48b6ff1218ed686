//! The bot's own memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// A statement by a user.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The user.
    pub user: u32,
    /// The words.
    pub text: String,
}

impl Fact {
    /// Returns whether the fact is the user's and shares a word with the topic.
    #[must_use]
    pub fn concerns(&self, user: u32, topic: &str) -> bool {
        self.user == user && self.text.split(' ').any(|word| topic.split(' ').any(|t| t == word))
    }
}

/// The latest facts, and the facts queued for the Cat.
#[derive(Debug, Default)]
pub struct LocalMemory {
    recent: Mutex<VecDeque<Fact>>,
    owed: Mutex<VecDeque<Fact>>,
}

impl LocalMemory {
    /// Facts kept for all users together.
    const RECENT: usize = 1000;
    /// Facts in one answer.
    const RECALLED: usize = 5;

    /// Keeps a fact until newer facts push it out.
    pub fn keep(&self, fact: Fact) {
        let mut recent = lock(&self.recent);
        if recent.len() == Self::RECENT {
            recent.pop_front();
        }
        recent.push_back(fact);
    }

    /// Returns the user's latest facts about the topic.
    #[must_use]
    pub fn about(&self, user: u32, topic: &str) -> Vec<String> {
        let recent = lock(&self.recent);
        let found = recent.iter().rev().filter(|fact| fact.concerns(user, topic));
        found.take(Self::RECALLED).map(|fact| fact.text.clone()).collect()
    }

    /// Queues a fact for the Cat.
    pub fn owe(&self, fact: Fact) {
        lock(&self.owed).push_back(fact);
    }

    /// Takes the oldest queued fact.
    pub fn next_owed(&self) -> Option<Fact> {
        lock(&self.owed).pop_front()
    }

    /// Returns the number of queued facts.
    #[must_use]
    pub fn owed(&self) -> usize {
        lock(&self.owed).len()
    }
}

fn lock(facts: &Mutex<VecDeque<Fact>>) -> MutexGuard<'_, VecDeque<Fact>> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}
