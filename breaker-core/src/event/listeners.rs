//! The listeners of a breaker, or of a registry.
//!
//! They are in one list, in the order of subscription. A listener hears either everything or only
//! transitions. A call does nothing for listeners unless some of them hear calls, whose number it
//! reads.
//!
//! Calls come often and on many threads at once. So each [shard] has a copy of the list for them,
//! under a lock that other threads seldom take: a delivery locks its own shard's copy, counts a
//! reference to it, unlocks, and calls the listeners. A change of the list takes the copies away;
//! the next delivery in a shard makes another. When the change returns, the only old copies are
//! those that deliveries hold at that moment and free afterwards.
//!
//! A listener may drop another's subscription while a delivery is about to call that other. So each
//! change raises a number once it has taken the copies away. A delivery reads the number before it
//! takes its copy, and again before each listener; if the number has changed, the delivery asks the
//! list itself.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
use crate::sync::once::OnceBox;
use crate::sync::shard;

pub(crate) type Listener<E> = Arc<dyn Fn(&E) + Send + Sync>;

/// The events that a listener hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hears {
    /// Transitions, lengthened cooldowns and removal.
    Transitions,
    /// Also calls: rejections, late outcomes, or the outcomes of all calls.
    Everything,
}

/// The listeners of one breaker or of a registry, for events or for outcomes.
pub(crate) struct Listeners<E = Event> {
    all: Mutex<Vec<Entry<E>>>,
    /// The number of listeners, which is read without the lock.
    count: AtomicU64,
    /// The number of listeners that hear calls, which is read without the lock.
    of_calls: AtomicU64,
    next_id: AtomicU64,
    /// The number of changes that have taken their copies away.
    changes: AtomicU64,
    /// The listeners that hear calls, for each shard, and for the threads without one.
    copies: OnceBox<Box<[ShardCopy<E>]>>,
}

struct Entry<E> {
    id: u64,
    hears: Hears,
    listener: Listener<E>,
}

/// A shard's copy, padded to two cache lines, since the prefetcher loads cache lines in pairs.
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

    /// Returns whether somebody hears calls.
    #[inline]
    pub(crate) fn hear_calls(&self) -> bool {
        // Relaxed: see `is_empty`.
        self.of_calls.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn subscribe(&self, hears: Hears, listener: Listener<E>) -> u64 {
        // Relaxed: only the number matters.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.change(|all| all.push(Entry { id, hears, listener }));
        id
    }

    pub(crate) fn unsubscribe(&self, id: u64) {
        let removed = self.change(|all| {
            let at = all.iter().position(|known| known.id == id);
            at.map(|at| all.remove(at))
        });
        // The drop of a value that the listener owns may call us, so no lock is held.
        drop(removed);
    }

    /// Removes all listeners.
    pub(crate) fn clear(&self) {
        let removed = self.change(core::mem::take);
        // No lock is held, as in `unsubscribe`. A listener's drop may also panic.
        for entry in removed {
            catch_panic(|| drop(entry));
        }
    }

    /// Changes the list, and takes its copies away.
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
            // The list still has its own references, unless another change has removed one.
            catch_panic(|| drop(outdated));
        }
        // Relaxed: see `notify_of_call`.
        self.changes.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// Notifies each listener, with no lock held.
    pub(crate) fn notify(&self, event: &E) {
        if self.is_empty() {
            return;
        }
        let all = lock(&self.all).clone();
        for entry in all {
            // A listener before it may have unsubscribed it.
            if self.has(entry.id) {
                catch_panic(|| (entry.listener)(event));
            }
            // This may be its last reference, and its drop may panic too.
            catch_panic(|| drop(entry));
        }
    }

    /// Notifies the listeners that hear calls, with no lock held.
    pub(crate) fn notify_of_call(&self, event: &E) {
        if !self.hear_calls() {
            return;
        }
        // Relaxed: a change raises the number after it has locked and taken away this shard's copy.
        // So if this thread reads the raised number, that copy is gone. Had this thread locked the
        // copy first, it would have read the number before.
        let changes = self.changes.load(Ordering::Relaxed);
        let copy = self.copy();
        for entry in &*copy {
            // Relaxed: a change for which one of the listeners has waited is seen, and no other
            // must be.
            let is_same = self.changes.load(Ordering::Relaxed) == changes;
            if is_same || self.has(entry.id) {
                catch_panic(|| (entry.listener)(event));
            }
        }
        // The drop may panic, as in `notify`.
        catch_panic(|| drop(copy));
    }

    /// Returns this shard's copy, and makes it if need be.
    fn copy(&self) -> Arc<[Entry<E>]> {
        let copies = self.copies.get_or_init(|| {
            Box::new((0..=shard::count()).map(|_| ShardCopy(Mutex::new(None))).collect())
        });
        let ShardCopy(copy) = &copies[shard::current().unwrap_or(shard::count())];
        let mut copy = lock(copy);
        // A change after this look at the list waits for this copy's lock.
        let of_calls = |all: &Vec<Entry<E>>| {
            all.iter().filter(|entry| entry.hears == Hears::Everything).cloned().collect()
        };
        Arc::clone(copy.get_or_insert_with(|| of_calls(&lock(&self.all))))
    }

    fn has(&self, id: u64) -> bool {
        lock(&self.all).iter().any(|known| known.id == id)
    }
}

/// Runs foreign code and catches its panic, which the panic hook has reported. The code only reads
/// our values, so it can break none of them.
pub(crate) fn catch_panic(foreign: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(foreign)) else { return };
    // The drop of the payload is foreign code too.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // This could go on without end, so the second payload is leaked.
        core::mem::forget(payload);
    }
}

impl<E> fmt::Debug for Listeners<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").field("count", &self.count).finish_non_exhaustive()
    }
}
