//! What the bot remembers by itself.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Something that a user said.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Who said it.
    pub user: u32,
    /// What was said.
    pub text: String,
}

impl Fact {
    /// Whether it is of this user, and shares a word with the topic.
    #[must_use]
    pub fn concerns(&self, user: u32, topic: &str) -> bool {
        self.user == user && self.text.split(' ').any(|word| topic.split(' ').any(|t| t == word))
    }
}

/// The latest facts, and those that the Cat has still to be told.
#[derive(Debug, Default)]
pub struct LocalMemory {
    recent: Mutex<VecDeque<Fact>>,
    owed: Mutex<VecDeque<Fact>>,
}

impl LocalMemory {
    /// How many facts are kept for all users together.
    const RECENT: usize = 1000;
    /// How many of them go into one answer.
    const RECALLED: usize = 5;

    /// Keeps a fact until newer ones push it out.
    pub fn keep(&self, fact: Fact) {
        let mut recent = lock(&self.recent);
        if recent.len() == Self::RECENT {
            recent.pop_front();
        }
        recent.push_back(fact);
    }

    /// The latest facts of the user that have to do with the topic.
    #[must_use]
    pub fn about(&self, user: u32, topic: &str) -> Vec<String> {
        let recent = lock(&self.recent);
        let found = recent.iter().rev().filter(|fact| fact.concerns(user, topic));
        found.take(Self::RECALLED).map(|fact| fact.text.clone()).collect()
    }

    /// Puts a fact down to be told to the Cat later.
    pub fn owe(&self, fact: Fact) {
        lock(&self.owed).push_back(fact);
    }

    /// Takes the oldest of those facts.
    pub fn next_owed(&self) -> Option<Fact> {
        lock(&self.owed).pop_front()
    }

    /// How many facts the Cat has still to be told.
    #[must_use]
    pub fn owed(&self) -> usize {
        lock(&self.owed).len()
    }
}

fn lock(facts: &Mutex<VecDeque<Fact>>) -> MutexGuard<'_, VecDeque<Fact>> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}
