//! The limit on the bytes of large answers that wait for their readers at once.
//!
//! A list of ten thousand breakers is some ten megabytes. A reader who asks for it and does not
//! read keeps it in memory, and a thousand such readers would keep ten gigabytes. So large answers
//! count against a limit, for as long as a byte of them is held.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// The size from which an answer counts.
const LARGE: usize = 64 << 10;
/// The number of bytes that may be held at once. An answer that is larger by itself is sent only
/// while no other one is held.
const LIMIT: usize = 64 << 20;

#[derive(Debug, Default)]
pub(crate) struct Budget(AtomicUsize);

/// A large answer, which counts until it is dropped.
struct Held {
    bytes: Vec<u8>,
    budget: Arc<Budget>,
}

impl Budget {
    /// Returns the bytes as an answer; `None` if too many are held.
    pub(crate) fn hold(self: &Arc<Self>, bytes: Vec<u8>) -> Option<Bytes> {
        let size = bytes.len();
        if size < LARGE {
            return Some(bytes.into());
        }
        // Relaxed, here and below: no other memory is read after the number.
        let fits = |held: usize| (held == 0 || held + size <= LIMIT).then_some(held + size);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Bytes::from_owner(Held { bytes, budget: Arc::clone(self) }))
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_answers_are_refused_over_the_limit_until_one_is_dropped() {
        let budget = Arc::new(Budget::default());
        let half = || budget.hold(vec![b'x'; LIMIT / 2]);
        let (one, other) = (half().unwrap(), half().unwrap());
        assert!(half().is_none());
        assert!(budget.hold(vec![b'x'; LARGE - 1]).is_some(), "a small one does not count");
        drop(one);
        assert!(half().is_some());
        drop(other);
    }

    #[test]
    fn answer_over_the_limit_is_given_alone() {
        let budget = Arc::new(Budget::default());
        let held = budget.hold(vec![b'x'; LIMIT + 1]).unwrap();
        assert!(budget.hold(vec![b'x'; LARGE]).is_none());
        drop(held);
        assert!(budget.hold(vec![b'x'; LARGE]).is_some());
    }
}
