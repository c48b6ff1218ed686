//! The failures that a word has counted and forgotten.
//!
//! While a breaker is closed and records no calls, the word counts its consecutive failures, and a
//! failure is added nowhere else: the totals have it from the word. When the word forgets its count,
//! the count comes here. So the sum of both never changes but by a failure. A change of the
//! word which counts failures that the totals have already, such as those of a window that a new
//! config has taken away, takes as many back from here.
//!
//! A word and this number are not changed at once. Whoever changes both lets the sum be too
//! small in between, never too large: he takes back before he changes the word, and adds after it. A
//! reader keeps the largest sum that it has seen, so none falls.
//!
//! - Adding is a release, and a reader acquires the number before it loads the word. So a reader that
//!   finds a count here finds the word that has forgotten it, or a later one.
//! - The swap of a word is a release, and a reader acquires the word before it loads the number
//!   again. So a reader that finds the word of a change finds what was taken back before it: the
//!   number differs from what it was at first, and the reader begins anew.

use std::sync::atomic::{AtomicU64, Ordering};

/// The atomic is the standard library's in models too: no decision depends on it.
#[derive(Debug)]
pub(crate) struct PastRows(AtomicU64);

impl PastRows {
    pub(crate) fn new() -> Self {
        PastRows(AtomicU64::new(0))
    }

    /// Adds a count that the word has forgotten.
    pub(crate) fn add(&self, failures: u16) {
        // Release: see above.
        self.0.fetch_add(failures.into(), Ordering::Release);
    }

    /// Takes back a count that the word is about to take over from elsewhere.
    pub(crate) fn take_back(&self, failures: u16) {
        // Relaxed: the swap of the word publishes it.
        self.0.fetch_sub(failures.into(), Ordering::Relaxed);
    }

    /// Begins anew, with what makes up for the count that the word is about to forget.
    pub(crate) fn renew(&self, row: u16) {
        // Relaxed: the swap of the word publishes it.
        self.0.store(0_u64.wrapping_sub(row.into()), Ordering::Relaxed);
    }

    /// Returns the failures of past rows and of the present one. `row` loads the latter from the
    /// word. They wrap below zero for an instant.
    pub(crate) fn with(&self, row: impl Fn() -> u16) -> u64 {
        loop {
            // Acquire: see above.
            let past = self.0.load(Ordering::Acquire);
            let present = row();
            // Relaxed: the word has been loaded before it, by acquire.
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
