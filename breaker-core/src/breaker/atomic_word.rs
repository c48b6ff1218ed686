//! An [`AtomicWord`] stores a breaker's word.
//!
//! A breaker has an [`AtomicWord`] of its own. If the first call of an annotated function makes
//! the breaker, the word is stored instead in the function's call site, a static, where a call
//! finds it without loading the breaker. The registry claims the site's [`AtomicWord`] under its
//! lock, before it inserts the breaker, and never gives it back. So a call may read the word before
//! it sees the breaker that its site caches. To settle an outcome, that call asks the registry,
//! whose lock makes the breaker visible. Therefore claiming and reading a word are relaxed.

use crate::state::status::Tracking;
use crate::state::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

/// A stored word. A success through a closed breaker that neither times nor records calls reads
/// nothing else.
#[derive(Debug)]
pub(crate) struct AtomicWord(AtomicU64);

impl AtomicWord {
    const_unless_loom! {
        pub(crate) fn new(word: Word) -> Self {
            Self(AtomicU64::new(word.0))
        }
    }

    const_unless_loom! {
        /// Makes a place that stores no breaker's word.
        pub(crate) fn absent() -> Self {
            Self::new(Word::ABSENT)
        }
    }

    /// Stores a closed word and returns `true`, unless a breaker's word is stored here already.
    pub(crate) fn claim(&self, tracking: Tracking) -> bool {
        let (absent, closed) = (Word::ABSENT.0, Word::new(tracking).0);
        // Relaxed: a call that reads the word reads no other data because of it.
        self.0.compare_exchange(absent, closed, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Returns the atomic. Only [`StateCell`](crate::breaker::cell::StateCell) changes it.
    pub(crate) fn atomic(&self) -> &AtomicU64 {
        &self.0
    }

    /// Loads the word for a first look.
    #[inline]
    pub(crate) fn load_relaxed(&self) -> Word {
        // Relaxed: an admission publishes nothing, and reads no other data because of it.
        Word(self.0.load(Ordering::Relaxed))
    }

    /// Returns the pass of a call, if the word [admits](Word::admits) it. Otherwise looks at the
    /// place that `other` returns.
    #[inline]
    pub(crate) fn pass_or<'a>(&self, other: impl FnOnce() -> Option<&'a Self>) -> Option<Word> {
        let mut word = self.load_relaxed();
        if !word.admits() {
            word = other()?.load_relaxed();
        }
        if word.admits() { Some(word.pass()) } else { None }
    }

    /// Returns whether the word here equals `pass`. If not, compares the word at the place that
    /// `other` returns.
    #[inline]
    pub(crate) fn equals_or<'a>(
        &self,
        pass: Word,
        other: impl FnOnce() -> Option<&'a Self>,
    ) -> bool {
        self.load_relaxed() == pass || other().is_some_and(|stored| stored.load_relaxed() == pass)
    }
}
