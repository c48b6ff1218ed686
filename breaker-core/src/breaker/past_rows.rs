//! The failures that a word has counted and forgotten.
//!
//! While a breaker is closed and records no calls, the word counts its consecutive failures, and
//! nothing else does: the totals read them from the word. When the word forgets its count, the
//! count is added here. So only a failure changes the sum of both. If a change of the word counts
//! failures that the totals already have, such as those of a window that a new config has removed,
//! it takes as many back from here.
//!
//! A word and this number do not change in one instant. A thread that changes both lets the sum be
//! too small in between, never too large: it takes back before it changes the word, and adds
//! afterwards. A reader keeps the largest sum that it has seen, so no sum falls.
//!
//! - Adding is a release, and a reader acquires the number before it loads the word. So a reader
//!   that finds a count here finds the word that has forgotten that count, or a later word.
//! - The swap of a word is a release, and a reader acquires the word before it loads the number
//!   again. So a reader that finds the changed word finds what was taken back before: the number
//!   differs from the first reading, and the reader starts again.

use std::sync::atomic::{AtomicU64, Ordering};

/// The atomic is the standard library's even in models: no decision depends on it.
#[derive(Debug)]
pub(crate) struct PastRows(AtomicU64);

impl PastRows {
    pub(crate) fn new() -> Self {
        PastRows(AtomicU64::new(0))
    }

    /// Adds a count that the word has forgotten.
    pub(crate) fn add(&self, failures: u16) {
        // Release pairs with the acquire in `with`.
        self.0.fetch_add(failures.into(), Ordering::Release);
    }

    /// Takes back a count that the word is about to take over from elsewhere.
    pub(crate) fn take_back(&self, failures: u16) {
        // Relaxed: the swap of the word publishes it.
        self.0.fetch_sub(failures.into(), Ordering::Relaxed);
    }

    /// Starts anew, with a number that makes up for the count that the word is about to forget.
    pub(crate) fn renew(&self, row: u16) {
        // Relaxed: the swap of the word publishes it.
        self.0.store(0_u64.wrapping_sub(row.into()), Ordering::Relaxed);
    }

    /// Returns the failures of past rows and of the present one, which `row` loads from the word.
    /// For an instant the sum may wrap below zero.
    pub(crate) fn with(&self, row: impl Fn() -> u16) -> u64 {
        loop {
            // Acquire pairs with the release in `add`.
            let past = self.0.load(Ordering::Acquire);
            let present = row();
            // Relaxed: the word was loaded before it, with acquire.
            if self.0.load(Ordering::Relaxed) == past {
                return past.wrapping_add(present.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::PastRows;

    #[test]
    fn reader_begins_anew_if_a_count_was_taken_back_while_it_read() {
        let past_rows = PastRows::new();
        past_rows.add(5);
        let looks = Cell::new(0);
        let sum = past_rows.with(|| {
            looks.set(looks.get() + 1);
            if looks.get() == 1 {
                past_rows.take_back(3);
            }
            3
        });
        assert_eq!((sum, looks.get()), (5, 2));
    }
}
