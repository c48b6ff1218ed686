//! The listeners of a breaker, or of a registry.
//!
//! They stand in one list, in the order in which they came. A listener hears either of
//! everything or of transitions alone, and a call asks the number of those that hear of calls
//! before it does anything for them.
//!
//! Calls come often and on many threads at once. So each [shard] has a copy of the list for them,
//! under a lock that other threads seldom take: a delivery locks its own shard's copy, counts a
//! reference to it, unlocks, and calls the listeners. A change of the list takes the copies away;
//! the next delivery in a shard makes another. When the change returns, no copy from before it is
//! left but those that a delivery holds at that moment, which frees the last.
//!
//! A listener may drop another's subscription while a delivery is on its way to that one. So
//! each change raises a number once it has taken the copies away. A delivery reads the number
//! before it takes its copy, and again before each listener; if it differs, the delivery asks the
//! list itself.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
use crate::sync::once::OnceBox;
use crate::sync::shard;

pub(crate) type Listener<E> = Arc<dyn Fn(&E) + Send + Sync>;

/// What a listener is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hears {
    /// Transitions, lengthened cooldowns and removal.
    Transitions,
    /// Calls too: rejections, late outcomes, or the outcomes of all calls.
    Everything,
}

/// The listeners of one breaker, or of a registry: to events, or to outcomes.
pub(crate) struct Listeners<E = Event> {
    all: Mutex<Vec<Entry<E>>>,
    /// Their number, which is read without the lock.
    count: AtomicU64,
    /// The number of those that hear of calls, which is read without the lock.
    of_calls: AtomicU64,
    next_id: AtomicU64,
    /// The number of changes whose copies have been taken away.
    changes: AtomicU64,
    /// Those that hear of calls, for each shard, and for the threads without one.
    copies: OnceBox<Box<[ShardCopy<E>]>>,
}

struct Entry<E> {
    id: u64,
    hears: Hears,
    listener: Listener<E>,
}

/// A shard's copy, padded to two cache lines, as the prefetcher loads cache lines in pairs.
#[repr(align(128))]
struct ShardCopy<E>(Mutex<Option<Arc<[Entry<E>]>>>);

impl<E> Clone for Entry<E> {
    fn clone(&self) -> Self {
        Entry { id: self.id, hears: self.hears, listener: Arc::clone(&self.listener) }
    }
}

impl<E> Listeners<E> {
    pub(crate) fn new() -> Self {
        Listeners {
            all: Mutex::new(Vec::new()),
            count: AtomicU64::new(0),
            of_calls: AtomicU64::new(0),
            next_id: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            copies: OnceBox::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Relaxed: a listener that subscribes while something happens may miss it.
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Returns whether somebody hears of calls.
    #[inline]
    pub(crate) fn hear_calls(&self) -> bool {
        // Relaxed: see `is_empty`.
        self.of_calls.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn subscribe(&self, hears: Hears, listener: Listener<E>) -> u64 {
        // Relaxed: the number is all that is taken.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.change(|all| all.push(Entry { id, hears, listener }));
        id
    }

    pub(crate) fn unsubscribe(&self, id: u64) {
        let removed = self.change(|all| {
            let at = all.iter().position(|known| known.id == id);
            at.map(|at| all.remove(at))
        });
        // A value that the listener owns may call us when it is dropped: not under the lock.
        drop(removed);
    }

    /// Removes all of them.
    pub(crate) fn clear(&self) {
        let removed = self.change(core::mem::take);
        // As in `unsubscribe`. Dropping one may panic, too.
        for entry in removed {
            catch_panic(|| drop(entry));
        }
    }

    /// Changes the list, and takes the copies of it away.
    fn change<R>(&self, change: impl FnOnce(&mut Vec<Entry<E>>) -> R) -> R {
        let mut all = lock(&self.all);
        let result = change(&mut all);
        let of_calls = all.iter().filter(|entry| entry.hears == Hears::Everything).count();
        // Relaxed, both: see `is_empty`.
        self.count.store(all.len() as u64, Ordering::Relaxed);
        self.of_calls.store(of_calls as u64, Ordering::Relaxed);
        drop(all);
        for ShardCopy(copy) in self.copies.get().into_iter().flatten() {
            let outdated = lock(copy).take();
            // The list's own references are there still, unless another change has removed one.
            catch_panic(|| drop(outdated));
        }
        // Relaxed: see `notify_of_call`.
        self.changes.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// Tells each of them, with no lock held.
    pub(crate) fn notify(&self, event: &E) {
        if self.is_empty() {
            return;
        }
        let all = lock(&self.all).clone();
        for entry in all {
            // One before it may have unsubscribed it.
            if self.has(entry.id) {
                catch_panic(|| (entry.listener)(event));
            }
            // Ours may be its last reference, and dropping it may panic too.
            catch_panic(|| drop(entry));
        }
    }

    /// Tells those that hear of calls, with no lock held.
    pub(crate) fn notify_of_call(&self, event: &E) {
        if !self.hear_calls() {
            return;
        }
        // Relaxed: if the number is that of a change, the change has taken this shard's copy away.
        // For it locked the copy before it raised the number, and had this thread locked the copy
        // first, it would have read the number before it was raised.
        let changes = self.changes.load(Ordering::Relaxed);
        let copy = self.copy();
        for entry in &*copy {
            // Relaxed: a change that one of the listeners has waited for is seen, and no other
            // has to be.
            let is_same = self.changes.load(Ordering::Relaxed) == changes;
            if is_same || self.has(entry.id) {
                catch_panic(|| (entry.listener)(event));
            }
        }
        // As in `notify`.
        catch_panic(|| drop(copy));
    }

    /// Returns this shard's copy, and makes it if need be.
    fn copy(&self) -> Arc<[Entry<E>]> {
        let copies = self.copies.get_or_init(|| {
            Box::new((0..=shard::count()).map(|_| ShardCopy(Mutex::new(None))).collect())
        });
        let ShardCopy(copy) = &copies[shard::current().unwrap_or(shard::count())];
        let mut copy = lock(copy);
        // A change that comes after this look at the list waits for this copy's lock.
        let of_calls = |all: &Vec<Entry<E>>| {
            all.iter().filter(|entry| entry.hears == Hears::Everything).cloned().collect()
        };
        Arc::clone(copy.get_or_insert_with(|| of_calls(&lock(&self.all))))
    }

    fn has(&self, id: u64) -> bool {
        lock(&self.all).iter().any(|known| known.id == id)
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
