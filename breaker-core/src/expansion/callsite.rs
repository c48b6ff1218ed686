//! A call site: an annotated function's own memory of its breaker.

use core::fmt;
use core::ops::Deref;
use core::panic::{Location, RefUnwindSafe};
use core::ptr;
use std::sync::{Arc, OnceLock};

use once_cell::race::OnceRef;

use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::sealed::Sealed;
use crate::breaker::{Breaker, BreakerRef};
use crate::call::source::Source;
use crate::config::Config;
use crate::outcome::Outcome;
use crate::registry::{Conflict, Registry};
use crate::state::word::Word;
use crate::sync::atomic::const_unless_loom;

/// What the attribute puts beside each function: the name and tuning it asks
/// for, and the breaker it was given. The registry is asked once.
///
/// While the breaker is closed, a call looks at its word alone. That lies here if the
/// breaker was made for this function, else where it is shared from.
#[derive(Debug)]
pub struct Callsite {
    word: AtomicWord,
    shared: OnceRef<'static, AtomicWord>,
    name: &'static str,
    config: Option<Config>,
    location: &'static Location<'static>,
    cached: OnceLock<Arc<Breaker>>,
}

/// A call that panics leaves it whole; of `OnceRef` the compiler does not know it.
impl RefUnwindSafe for Callsite {}

impl Callsite {
    const_unless_loom! {
        /// `config`: `None` if the function only names its breaker.
        #[must_use]
        #[track_caller]
        pub fn new(name: &'static str, config: Option<Config>) -> Self {
            Callsite {
                word: AtomicWord::absent(),
                shared: OnceRef::new(),
                name,
                config,
                location: Location::caller(),
                cached: OnceLock::new(),
            }
        }
    }

    /// The breaker, as the registry gives it for this name.
    ///
    /// # Panics
    /// In builds with debug assertions, if another place has given this name
    /// other tuning.
    #[inline]
    pub fn resolve(&'static self) -> BreakerHandle {
        if is_in_scope() || self.cached().is_detached() {
            return BreakerHandle::owned(self.look_up(&Registry::global(), None));
        }
        BreakerHandle::Cached(self)
    }

    /// The one found first, outside any test scope.
    #[inline]
    fn cached(&'static self) -> &'static Breaker {
        match self.cached.get() {
            Some(breaker) => breaker,
            None => self.first_call(),
        }
    }

    /// The breaker for a key under this name.
    ///
    /// # Panics
    /// As [`handle`](Self::handle).
    pub fn keyed(&'static self, key: &dyn core::fmt::Display) -> BreakerHandle {
        let registry = Registry::global();
        let (breaker, conflict) = registry.for_key(self.name, key, self.config, self.location);
        refuse(conflict);
        BreakerHandle::owned(breaker)
    }

    /// Outside any test scope; or of a call that was let in there.
    ///
    /// The breaker's word may be seen at the site before the breaker is seen here: who
    /// then needs the breaker comes here too, and is given it by the registry.
    #[cold]
    fn first_call(&'static self) -> &'static Breaker {
        // Looked up before, as the registry may panic.
        let found = self.look_up(&Registry::of_process(), Some(&self.word));
        let kept = self.cached.get_or_init(|| found);
        let stored = kept.cell.atomic_word();
        if !ptr::eq(stored, &raw const self.word) {
            // An error says that another thread was first, with the same one.
            let _ = self.shared.set(stored);
        }
        kept
    }

    /// Whatever registry a test has entered since the call began.
    #[cold] // A success comes first: so it is laid out, and saves a jump.
    #[inline(never)]
    fn settle_closed(&'static self, closed: Word, outcome: Outcome) {
        self.cached().settle_closed(closed, outcome);
    }

    #[cold]
    fn look_up(&self, registry: &Registry, word: Option<&'static AtomicWord>) -> Arc<Breaker> {
        let (breaker, conflict) = registry.for_site(self.name, self.config, self.location, word);
        refuse(conflict);
        breaker
    }
}

/// Whether a test has entered a registry of its own.
#[inline]
fn is_in_scope() -> bool {
    #[cfg(feature = "testing")]
    return crate::registry::scope::innermost().is_some();
    #[cfg(not(feature = "testing"))]
    false
}

/// A mistake of the program's, loud while it is being written.
fn refuse(conflict: Option<Conflict>) {
    if let (true, Some(conflict)) = (cfg!(debug_assertions), conflict) {
        panic!("{conflict}");
    }
}

/// A site as a call has it. A type without a lifetime: of a reference that an
/// async block keeps, the compiler forgets that it is for ever.
#[derive(Clone, Copy, Debug)]
pub struct CallsiteRef(pub &'static Callsite);

impl CallsiteRef {
    /// Unless a test has entered a registry of its own.
    #[inline]
    fn breaker(self) -> Option<&'static Breaker> {
        if is_in_scope() {
            return None;
        }
        // A detached breaker is not plainly closed, and so is looked at again.
        self.0.cached.get().map(|kept| &**kept)
    }
}

impl Source for CallsiteRef {
    type Held = BreakerHandle;

    #[inline]
    fn closed_word(&self) -> Option<Word> {
        if is_in_scope() {
            return None;
        }
        self.0.word.closed_word_or(|| self.0.shared.get())
    }

    #[inline]
    fn is_unchanged(&self, closed: Word) -> bool {
        self.0.word.equals_or(closed, || self.0.shared.get())
    }

    #[inline]
    fn cached(&self) -> Option<&Breaker> {
        self.breaker()
    }

    #[inline]
    fn settle_closed(&self, closed: Word, outcome: Outcome) {
        self.0.settle_closed(closed, outcome);
    }

    #[inline]
    fn cached_handle(self) -> BreakerHandle {
        BreakerHandle::Cached(self.0)
    }

    #[inline]
    fn resolve(self) -> BreakerHandle {
        self.0.resolve()
    }
}

/// A breaker as its call site holds it.
#[derive(Clone)]
pub enum BreakerHandle {
    /// The one that the site remembers, as long as the program runs.
    Cached(&'static Callsite),
    /// Looked up for this call: the remembered one was removed from the registry, or a
    /// test has a registry of its own, or there is one for each key.
    Owned(OwnedHandle),
}

/// `None` once it has been let go.
#[derive(Clone)]
pub struct OwnedHandle(Option<Arc<Breaker>>);

impl BreakerHandle {
    fn owned(breaker: Arc<Breaker>) -> Self {
        BreakerHandle::Owned(OwnedHandle(Some(breaker)))
    }
}

impl Deref for BreakerHandle {
    type Target = Breaker;

    #[inline]
    fn deref(&self) -> &Breaker {
        match self {
            BreakerHandle::Cached(site) => site.cached(),
            BreakerHandle::Owned(OwnedHandle(Some(breaker))) => breaker,
            BreakerHandle::Owned(OwnedHandle(None)) => unreachable!("it is let go last of all"),
        }
    }
}

impl BreakerRef for BreakerHandle {}

impl Sealed for BreakerHandle {
    #[inline]
    fn is_unchanged(&self, closed: Word) -> bool {
        matches!(self, BreakerHandle::Cached(site) if CallsiteRef(site).is_unchanged(closed))
    }
}

/// By value: whose address is handed on is kept in memory all the time.
impl Drop for OwnedHandle {
    #[inline]
    fn drop(&mut self) {
        if let Some(breaker) = self.0.take() {
            drop_cold(breaker);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_cold(_: Arc<Breaker>) {}

impl fmt::Debug for BreakerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Breaker::fmt(self, f)
    }
}
