//! Chance that is the same in every run with the same seed.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A number that depends on nothing but `of`.
pub(crate) fn luck(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
