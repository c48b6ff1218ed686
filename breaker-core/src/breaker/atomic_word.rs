//! An [`AtomicWord`] stores a breaker's word.
//!
//! A breaker has one of its own. The word of an annotated function's breaker is stored in
//! the function's call site instead, a static, where a call finds it without a look at the
//! breaker. The registry claims that place under its lock, before it lists the breaker, and
//! never gives it back. So a call may find the word before it can see the breaker at its
//! call site. If it then has an outcome to settle, it asks the registry, whose lock shows
//! it the breaker. Therefore claiming and finding a word are relaxed.

use crate::state::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

/// The stored word: all that a call through a closed breaker looks at.
#[derive(Debug)]
pub(crate) struct AtomicWord(AtomicU64);

impl AtomicWord {
    const_unless_loom! {
        pub(crate) fn new(word: Word) -> Self {
            Self(AtomicU64::new(word.0))
        }
    }

    const_unless_loom! {
        /// Belongs to no breaker yet.
        pub(crate) fn absent() -> Self {
            Self::new(Word::ABSENT)
        }
    }

    /// Makes it a closed breaker's word, unless it is a breaker's word already.
    pub(crate) fn claim(&self, tracked: bool) -> bool {
        let (absent, closed) = (Word::ABSENT.0, Word::new(tracked).0);
        // Relaxed: a call that finds it reads nothing else on the strength of it.
        self.0.compare_exchange(absent, closed, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Only [`StateCell`](crate::breaker::cell::StateCell) changes it.
    pub(crate) fn atomic(&self) -> &AtomicU64 {
        &self.0
    }

    /// Loads the word for a first look.
    #[inline]
    pub(crate) fn load_relaxed(&self) -> Word {
        // Relaxed: an admission publishes nothing and reads nothing else.
        Word(self.0.load(Ordering::Relaxed))
    }

    /// Returns the word with its failure count cleared, if it is plainly closed; if not,
    /// asks `other` for another place and looks there.
    #[inline]
    pub(crate) fn closed_word_or<'a>(
        &self,
        other: impl FnOnce() -> Option<&'a Self>,
    ) -> Option<Word> {
        let mut word = self.load_relaxed();
        if !word.is_closed_untracked() {
            word = other()?.load_relaxed();
        }
        if word.is_closed_untracked() { Some(word.without_failures()) } else { None }
    }

    /// Compares the word with `closed`, here and then at the place that `other` returns.
    #[inline]
    pub(crate) fn equals_or<'a>(
        &self,
        closed: Word,
        other: impl FnOnce() -> Option<&'a Self>,
    ) -> bool {
        self.load_relaxed() == closed
            || other().is_some_and(|stored| stored.load_relaxed() == closed)
    }
}
