//! The listeners of a breaker, or of a registry.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};

pub(crate) type Listener<E> = Arc<dyn Fn(&E) + Send + Sync>;

/// The listeners of one breaker, or of a registry: to events, or to outcomes.
pub(crate) struct Listeners<E = Event> {
    all: Mutex<Vec<(u64, Listener<E>)>>,
    /// Their number, which is read without the lock.
    count: AtomicU64,
    next_id: AtomicU64,
}

impl<E> Listeners<E> {
    pub(crate) fn new() -> Self {
        Listeners {
            all: Mutex::new(Vec::new()),
            count: AtomicU64::new(0),
            next_id: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Relaxed: a listener that subscribes while something happens may miss it.
        self.count.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn subscribe(&self, listener: Listener<E>) -> u64 {
        // Relaxed: the number is all that is taken.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut all = lock(&self.all);
        all.push((id, listener));
        // Relaxed: see `is_empty`.
        self.count.store(all.len() as u64, Ordering::Relaxed);
        id
    }

    pub(crate) fn unsubscribe(&self, id: u64) {
        let mut all = lock(&self.all);
        let at = all.iter().position(|(known, _)| *known == id);
        let removed = at.map(|at| all.remove(at));
        // Relaxed: see `is_empty`.
        self.count.store(all.len() as u64, Ordering::Relaxed);
        drop(all);
        // A value that the listener owns may call us when it is dropped: not under the lock.
        drop(removed);
    }

    /// Removes all of them.
    pub(crate) fn clear(&self) {
        let mut all = lock(&self.all);
        let removed = core::mem::take(&mut *all);
        // Relaxed: see `is_empty`.
        self.count.store(0, Ordering::Relaxed);
        drop(all);
        // As in `unsubscribe`. Dropping one may panic, too.
        for (_, listener) in removed {
            catch_panic(|| drop(listener));
        }
    }

    /// Calls each of them, with no lock held.
    pub(crate) fn notify(&self, event: &E) {
        if self.is_empty() {
            return;
        }
        let all = lock(&self.all).clone();
        for (id, listener) in all {
            // One before it may have unsubscribed it.
            if !lock(&self.all).iter().any(|(known, _)| *known == id) {
                continue;
            }
            catch_panic(|| listener(event));
            // Ours may be its last reference, and dropping it may panic too.
            catch_panic(|| drop(listener));
        }
    }
}

/// Runs foreign code and catches its panic, which the panic hook has reported. The code only
/// reads values of ours, so it can leave none of them broken.
pub(crate) fn catch_panic(foreign: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(foreign)) else { return };
    // Dropping the payload is foreign code too.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // This could go on without end, so the second payload stays.
        core::mem::forget(payload);
    }
}

impl<E> fmt::Debug for Listeners<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").field("count", &self.count).finish_non_exhaustive()
    }
}
