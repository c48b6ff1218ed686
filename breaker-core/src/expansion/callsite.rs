//! A [`Callsite`] is the static in which an annotated function caches its breaker.

mod handle;
mod reference;

use core::panic::{Location, RefUnwindSafe};
use core::ptr;
use std::sync::{Arc, OnceLock};

use once_cell::race::OnceRef;

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::seat::held::KeyedRef;
use crate::breaker::ticket::Ticket;
use crate::config::Config;
use crate::expansion::default_name::DefaultName;
use crate::expansion::key::Number;
use crate::expansion::known_keys::KnownKeys;
use crate::outcome::Outcome;
use crate::registry::{Conflict, Key, Registry};
use crate::state::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

pub use handle::BreakerHandle;
pub use reference::CallsiteRef;

/// The static that the attribute puts into each function: the name and config that the function
/// gives, and the breaker that the registry has returned. The registry is asked once; in a test
/// scope, and after the breaker was removed, each call asks. With a `key` it is asked once for each
/// key.
///
/// A cached breaker lives until the program ends, with its counts but without its listeners.
///
/// On the fast path a call reads only the breaker's word. The call site that created the breaker
/// stores the word; in all other call sites of the name, `shared` points to the word.
#[derive(Debug)]
pub struct Callsite {
    word: AtomicWord,
    shared: OnceRef<'static, AtomicWord>,
    /// Empty if the function gives none.
    name: &'static str,
    default_name: DefaultName,
    config: Option<Config>,
    location: &'static Location<'static>,
    cached: OnceLock<Arc<Breaker>>,
    /// Caches the next breaker, after the cached one was removed; see `resolve_removed`.
    successor: OnceLock<Box<Callsite>>,
    /// The seats of the keys that have been looked up.
    known: KnownKeys,
    /// The number of look-ups of the name because the newest cached breaker had been removed.
    look_ups: AtomicU64,
}

/// A panicking call leaves the call site consistent. `OnceRef` itself is not `RefUnwindSafe`.
impl RefUnwindSafe for Callsite {}

impl Callsite {
    const_unless_loom! {
        /// Makes the call site. `config` is `None` if the function only names its breaker.
        #[must_use]
        #[track_caller]
        pub fn new(name: &'static str, config: Option<Config>) -> Self {
            Self::at(Location::caller(), name, || "", config)
        }
    }

    const_unless_loom! {
        /// Makes the call site of a function that gives no name. `path` returns the path of a
        /// function inside its body.
        #[must_use]
        #[track_caller]
        pub fn unnamed(path: fn() -> &'static str, config: Option<Config>) -> Self {
            Self::at(Location::caller(), "", path, config)
        }
    }

    const_unless_loom! {
        fn at(
            location: &'static Location<'static>,
            name: &'static str,
            path: fn() -> &'static str,
            config: Option<Config>
        ) -> Self {
            Callsite {
                word: AtomicWord::absent(),
                shared: OnceRef::new(),
                name,
                default_name: DefaultName::new(path),
                config,
                location,
                cached: OnceLock::new(),
                successor: OnceLock::new(),
                known: KnownKeys::new(),
                look_ups: AtomicU64::new(0),
            }
        }
    }

    /// Returns the name. A clash with a default name is listed in `registry`.
    #[inline]
    fn name(&self, registry: &Registry) -> &'static str {
        self.default_name.undisputed().unwrap_or_else(|| self.make_name(registry))
    }

    #[cold]
    #[inline(never)]
    fn make_name(&self, registry: &Registry) -> &'static str {
        let (name, clash) = self.default_name.get(self.name, self.location);
        registry.push_conflict(clash);
        name
    }

    /// Returns the registry's breaker for this name, from the cache if possible.
    ///
    /// # Panics
    /// In builds with debug assertions, if another call site or `get_or_insert` has declared
    /// the name with another config.
    #[inline]
    pub fn resolve(&'static self) -> BreakerHandle {
        if is_in_scope() {
            return BreakerHandle::owned(self.look_up(&Registry::global()));
        }
        if self.cached().is_detached() {
            return self.resolve_removed();
        }
        BreakerHandle::Cached(self)
    }

    /// Resolves the breaker after the first one was removed from the registry.
    ///
    /// A call may still hold a reference to the removed breaker, so the cache cannot drop it.
    /// Instead a successor, itself a call site, caches the new breaker, and calls use the newest
    /// one that has not been removed. The n-th successor is made at the 4^n-th look-up, so that a
    /// name which is removed again and again keeps few breakers; until then calls look the name up.
    #[cold]
    fn resolve_removed(&'static self) -> BreakerHandle {
        let (mut newest, mut successors) = (self, 0_u32);
        while let Some(successor) = newest.successor.get() {
            (newest, successors) = (successor, successors + 1);
        }
        if successors > 0 && !newest.cached().is_detached() {
            return BreakerHandle::Cached(newest);
        }
        // Relaxed: the count decides nothing else.
        let look_ups = self.look_ups.fetch_add(1, Ordering::Relaxed) + 1;
        if look_ups < 1 << (2 * successors.min(31)) {
            return BreakerHandle::owned(self.look_up(&Registry::of_process()));
        }
        let registry = Registry::of_process();
        let new = || {
            let name = self.name(&registry);
            let successor = Callsite::at(self.location, name, || "", self.config);
            successor.default_name.keep(name);
            Box::new(successor)
        };
        let successor = newest.successor.get_or_init(new);
        // Looked up now, so that a conflict panics before the call is admitted.
        successor.cached();
        BreakerHandle::Cached(successor)
    }

    /// Returns the first breaker that was found in the process registry.
    #[inline]
    fn cached(&'static self) -> &'static Breaker {
        match self.cached.get() {
            Some(breaker) => breaker,
            None => self.first_call(true),
        }
    }

    /// Returns the breaker for a key under this name.
    ///
    /// # Panics
    /// Like [`resolve`](Self::resolve).
    #[inline]
    pub(crate) fn keyed(&'static self, key: Key<'_>) -> KeyedRef {
        match key {
            Key::Text(text) if text.len() <= Key::SURELY_WHOLE => {
                self.keyed_by_kept(text.as_bytes())
            }
            _ => self.keyed_by_other(key),
        }
    }

    #[inline(never)]
    pub(super) fn keyed_by_number(&'static self, number: Number) -> KeyedRef {
        number.with_text(|text| self.keyed_by_kept(text))
    }

    #[inline(never)]
    fn keyed_by_other(&'static self, key: Key<'_>) -> KeyedRef {
        key.with_kept(|kept| self.keyed_by_kept(kept))
    }

    #[inline(never)]
    fn keyed_by_kept(&'static self, key: &[u8]) -> KeyedRef {
        let known = if is_in_scope() { None } else { self.known.find(key) };
        known.map_or_else(|| self.keyed_slow(key), KeyedRef::Seat)
    }

    #[cold]
    #[inline(never)]
    fn keyed_slow(&'static self, key: &[u8]) -> KeyedRef {
        let registry = Registry::global();
        let name = self.name(&registry);
        let (breaker, conflict) = registry.for_key(name, key, self.config.as_ref(), self.location);
        if conflict.is_none() {
            // If the function disagrees with its name's config, each call looks the key up and
            // reports it.
            if let KeyedRef::Seat(call) = &breaker {
                self.known.publish(key, call.seat());
            }
        }
        refuse(conflict);
        breaker
    }

    /// Looks the breaker up in the process registry and caches it. It is called outside any test
    /// scope, or for a call that was admitted outside.
    ///
    /// A call may see the word before `cached` is set. To settle, it takes this path too and gets
    /// that breaker from the registry, whose lock orders the two. Such a look-up does not refuse a
    /// conflict: a panic while a call ends might abort the program.
    #[cold]
    fn first_call(&'static self, refuses: bool) -> &'static Breaker {
        let registry = Registry::of_process();
        let (name, config, location) = (self.name(&registry), self.config, self.location);
        let (found, conflict) = registry.for_site(name, config, location, Some(&self.word));
        if refuses {
            refuse(conflict);
        }
        self.keep(found)
    }

    /// Caches the breaker, unless one is already cached, and returns the cached one.
    fn keep(&'static self, found: Arc<Breaker>) -> &'static Breaker {
        let kept = self.cached.get_or_init(|| found);
        let stored = kept.cell.atomic_word();
        if !ptr::eq(stored, &raw const self.word) {
            // An error means that another thread has already set this very reference.
            let _ = self.shared.set(stored);
        }
        kept
    }

    /// Settles a call by the cached breaker, even if the thread has entered a test scope since the
    /// call was admitted.
    #[inline]
    fn settle_pass(&'static self, pass: Word, outcome: Outcome) {
        match self.cached.get() {
            Some(cached) => cached.settle_pass(pass, outcome),
            None => self.settle_first(pass, outcome),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_first(&'static self, pass: Word, outcome: Outcome) {
        self.first_call(false).settle_pass(pass, outcome);
    }

    /// Like [`settle_pass`](Self::settle_pass), for a held ticket.
    #[inline]
    fn settle_held_call(&'static self, ticket: Ticket, outcome: Outcome) {
        match self.cached.get() {
            Some(cached) => cached.settle_held_call(ticket, outcome),
            None => self.settle_first_held(ticket, outcome),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_first_held(&'static self, ticket: Ticket, outcome: Outcome) {
        self.first_call(false).settle_held_call(ticket, outcome);
    }

    #[cold]
    fn look_up(&self, registry: &Registry) -> Arc<Breaker> {
        let name = self.name(registry);
        let (breaker, conflict) = registry.for_site(name, self.config, self.location, None);
        refuse(conflict);
        breaker
    }
}

/// The methods for a list of all call sites.
#[cfg(feature = "inventory")]
impl Callsite {
    pub(super) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Returns the name and the tuning that the function declares.
    pub(super) fn declaration(&self) -> (&'static str, Option<Config>) {
        let (name, _) = self.default_name.get(self.name, self.location);
        (name, self.config)
    }

    /// Makes the breaker, as the first call does. A conflict is listed and does not panic. In that
    /// case the breaker is not cached, so that a call still panics in builds with debug assertions.
    pub(super) fn warm_up(&'static self, registry: &Registry) {
        let (name, word) = (self.name(registry), Some(&self.word));
        let (found, conflict) = registry.for_site(name, self.config, self.location, word);
        if conflict.is_none() && registry.is_of_process() {
            self.keep(found);
        }
    }

    /// Declares the name of a function with a key. A conflict is listed.
    pub(super) fn declare(&'static self, registry: &Registry) {
        registry.declare(self.name(registry), self.config.as_ref(), self.location);
    }
}

/// Returns whether this thread is in a test scope, which has a registry of its own.
#[inline]
fn is_in_scope() -> bool {
    #[cfg(feature = "testing")]
    return crate::registry::scope::innermost().is_some();
    #[cfg(not(feature = "testing"))]
    false
}

/// Panics on a conflict in builds with debug assertions: it is a mistake in the program.
fn refuse(conflict: Option<Conflict>) {
    if let (true, Some(conflict)) = (cfg!(debug_assertions), conflict) {
        panic!("{conflict}");
    }
}
