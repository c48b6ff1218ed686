//! Where a breaker's word is.
//!
//! In the breaker itself; but that of an annotated function lies in the function's call
//! site, a static, where it is found without a look at the breaker. It is claimed there
//! under the registry's lock, before the breaker is in the registry, and once for all. A
//! call may pass it before it can see the breaker at the site: if it then has an outcome
//! to settle, it asks the registry, whose lock shows it the breaker. So whatever is done
//! to find and to claim a gate is relaxed.

use crate::state::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

/// The word by itself: all that a call through a closed breaker looks at.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU64);

impl Gate {
    const_unless_loom! {
        pub(crate) fn new(word: Word) -> Self {
            Self(AtomicU64::new(word.0))
        }
    }

    const_unless_loom! {
        /// Without a breaker.
        pub(crate) fn absent() -> Self {
            Self::new(Word::ABSENT)
        }
    }

    /// Makes it a closed breaker's, unless it is a breaker's already.
    pub(crate) fn claim(&self, watchful: bool) -> bool {
        let (absent, closed) = (Word::ABSENT.0, Word::new(watchful).0);
        // Relaxed: who passes it reads nothing else on the strength of it.
        self.0.compare_exchange(absent, closed, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// For the [`StateCell`](crate::breaker::cell::StateCell), which alone changes it.
    pub(crate) fn word(&self) -> &AtomicU64 {
        &self.0
    }

    /// The word as it is, for a first glance.
    #[inline]
    pub(crate) fn glance(&self) -> Word {
        // Relaxed: an admission publishes nothing and reads nothing else.
        Word(self.0.load(Ordering::Relaxed))
    }

    /// The word here, or else at another gate, if it lets a call in on the spot; with
    /// nothing counted, as it is found again if a success leaves it alone.
    #[inline]
    pub(crate) fn passage_or<'a>(&self, other: impl FnOnce() -> Option<&'a Self>) -> Option<Word> {
        let mut word = self.glance();
        if !word.is_plainly_closed() {
            word = other()?.glance();
        }
        if word.is_plainly_closed() { Some(word.without_failures()) } else { None }
    }

    /// Whether this is the word, here or else at another gate.
    #[inline]
    pub(crate) fn is_or<'a>(&self, closed: Word, other: impl FnOnce() -> Option<&'a Self>) -> bool {
        self.glance() == closed || other().is_some_and(|gate| gate.glance() == closed)
    }
}
