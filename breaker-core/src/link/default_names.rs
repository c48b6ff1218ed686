//! The default names of functions that give none. The compiler spells them, so they are shared with
//! other processes only on request.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most one name for each such function of the program.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Notes that a function has this default name.
pub(crate) fn note(name: &'static str) {
    names().insert(name);
}

/// Returns whether a function has this default name.
pub(super) fn contain(name: &str) -> bool {
    names().contains(name)
}

// The set is changed in one step, so a poisoned lock guards a whole set.
fn names() -> MutexGuard<'static, BTreeSet<&'static str>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}
