//! A call site: an annotated function's own memory of its breaker.

use core::fmt;
use core::ops::Deref;
use core::panic::Location;
use std::sync::{Arc, OnceLock};

use once_cell::race::OnceRef;

use crate::breaker::{Breaker, Hold};
use crate::config::Config;
use crate::registry::{Conflict, Registry};
use crate::word::Word;

/// What the attribute puts beside each function: the name and tuning it asks
/// for, and the breaker it was given. The registry is asked once.
#[derive(Debug)]
pub struct Site {
    name: &'static str,
    config: Option<Config>,
    place: &'static Location<'static>,
    /// What keeps the breaker alive, and where it is: one load less on each call.
    kept: OnceLock<Arc<Breaker>>,
    breaker: OnceRef<'static, Breaker>,
}

impl Site {
    /// `config`: `None` if the function only names its breaker.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, config: Option<Config>) -> Self {
        let place = Location::caller();
        Site { name, config, place, kept: OnceLock::new(), breaker: OnceRef::new() }
    }

    /// The breaker, as the registry gives it for this name.
    ///
    /// # Panics
    /// In builds with debug assertions, if another place has given this name
    /// other tuning.
    #[inline]
    pub fn handle(&'static self) -> Handle {
        #[cfg(feature = "testing")]
        if crate::registry::entered::innermost().is_some() {
            return Handle::Looked(self.look_up());
        }
        match self.breaker.get() {
            Some(breaker) => self.unless_detached(breaker),
            None => self.first_call(),
        }
    }

    #[inline]
    fn unless_detached(&'static self, breaker: &'static Breaker) -> Handle {
        if breaker.is_detached() {
            return Handle::Looked(self.look_up());
        }
        Handle::Remembered(breaker)
    }

    /// The breaker for a key under this name.
    ///
    /// # Panics
    /// As [`handle`](Self::handle).
    pub fn keyed(&'static self, key: &dyn core::fmt::Display) -> Handle {
        let registry = Registry::global();
        let (breaker, conflict) = registry.for_key(self.name, key, self.config, self.place);
        refuse(conflict);
        Handle::Looked(breaker)
    }

    #[cold]
    fn first_call(&'static self) -> Handle {
        // Looked up before, as the registry may panic.
        let found = self.look_up();
        let kept = self.kept.get_or_init(|| found);
        // An error says that another thread was first, with the same one.
        let _ = self.breaker.set(kept);
        Handle::Remembered(kept)
    }

    #[cold]
    fn look_up(&self) -> Arc<Breaker> {
        let (breaker, conflict) = Registry::global().for_site(self.name, self.config, self.place);
        refuse(conflict);
        breaker
    }
}

/// A mistake of the program's, loud while it is being written.
fn refuse(conflict: Option<Conflict>) {
    if let (true, Some(conflict)) = (cfg!(debug_assertions), conflict) {
        panic!("{conflict}");
    }
}

/// Where a call finds its breaker.
pub trait Source {
    /// How the call holds it.
    type Held: Hold;

    /// The breaker, if it is known without asking anybody.
    #[inline]
    fn remembered(&self) -> Option<&Breaker> {
        None
    }

    /// That which [`remembered`](Self::remembered) gave before.
    #[inline]
    fn kept(&self) -> Option<&Breaker> {
        self.remembered()
    }

    /// The breaker, if it lets a call in on the spot, and its word.
    #[inline]
    fn at_once(&self) -> Option<(Self::Held, Word)> {
        None
    }

    /// The breaker.
    fn handle(self) -> Self::Held;
}

/// A site as a call has it. A type without a lifetime: of a reference that an
/// async block keeps, the compiler forgets that it is for ever.
#[derive(Clone, Copy, Debug)]
pub struct At(pub &'static Site);

impl At {
    /// Unless a test has entered a registry of its own.
    #[inline]
    fn breaker(self) -> Option<&'static Breaker> {
        #[cfg(feature = "testing")]
        if crate::registry::entered::innermost().is_some() {
            return None;
        }
        // A detached breaker is not plainly closed, and so is looked at again.
        self.0.breaker.get()
    }
}

impl Source for At {
    type Held = Handle;

    #[inline]
    fn remembered(&self) -> Option<&Breaker> {
        self.breaker()
    }

    /// Whatever registry a test has entered meanwhile.
    #[inline]
    fn kept(&self) -> Option<&Breaker> {
        self.0.breaker.get()
    }

    #[inline]
    fn at_once(&self) -> Option<(Handle, Word)> {
        let breaker = self.breaker()?;
        Some((Handle::Remembered(breaker), breaker.admit_if_closed()?))
    }

    #[inline]
    fn handle(self) -> Handle {
        self.0.handle()
    }
}

impl Source for Handle {
    type Held = Self;

    #[inline]
    fn remembered(&self) -> Option<&Breaker> {
        Some(self)
    }

    #[inline]
    fn handle(self) -> Self {
        self
    }
}

/// A breaker of the user's own.
impl Source for &Breaker {
    type Held = Self;

    #[inline]
    fn remembered(&self) -> Option<&Breaker> {
        Some(self)
    }

    #[inline]
    fn at_once(&self) -> Option<(Self, Word)> {
        Some((*self, self.admit_if_closed()?))
    }

    #[inline]
    fn handle(self) -> Self {
        self
    }
}

/// The same, shared.
impl Source for Arc<Breaker> {
    type Held = Self;

    #[inline]
    fn remembered(&self) -> Option<&Breaker> {
        Some(self)
    }

    #[inline]
    fn handle(self) -> Self {
        self
    }
}

/// A breaker as its call site holds it.
pub enum Handle {
    /// Found once, and kept as long as the program runs.
    Remembered(&'static Breaker),
    /// Looked up for this call: the remembered one was removed from the
    /// registry, or a test has a registry of its own.
    Looked(Arc<Breaker>),
}

impl Deref for Handle {
    type Target = Breaker;

    #[inline]
    fn deref(&self) -> &Breaker {
        match self {
            Handle::Remembered(breaker) => breaker,
            Handle::Looked(breaker) => breaker,
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Breaker::fmt(self, f)
    }
}
