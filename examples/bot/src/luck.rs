//! Chance that repeats in every run with an equal seed.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Returns a number that depends on `of` alone.
pub(crate) fn luck(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
