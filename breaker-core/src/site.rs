//! A call site: an annotated function's own memory of its breaker.

use core::fmt;
use core::ops::Deref;
use core::panic::Location;
use std::sync::{Arc, OnceLock};

use crate::breaker::Breaker;
use crate::config::Config;
use crate::registry::{Conflict, Registry};

/// What the attribute puts beside each function: the name and tuning it asks
/// for, and the breaker it was given. The registry is asked once.
#[derive(Debug)]
pub struct Site {
    name: &'static str,
    config: Option<Config>,
    place: &'static Location<'static>,
    breaker: OnceLock<Arc<Breaker>>,
}

impl Site {
    /// `config`: `None` if the function only names its breaker.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, config: Option<Config>) -> Self {
        Site { name, config, place: Location::caller(), breaker: OnceLock::new() }
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
    fn unless_detached(&'static self, breaker: &'static Arc<Breaker>) -> Handle {
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
        let breaker = self.look_up();
        Handle::Remembered(self.breaker.get_or_init(|| breaker))
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
    /// The breaker, if it is known without asking anybody.
    #[inline]
    fn remembered(&self) -> Option<&'static Breaker> {
        None
    }

    /// The breaker.
    fn handle(self) -> Handle;
}

impl Source for &'static Site {
    #[inline]
    fn remembered(&self) -> Option<&'static Breaker> {
        #[cfg(feature = "testing")]
        if crate::registry::entered::innermost().is_some() {
            return None;
        }
        // A detached breaker is not plainly closed, and so is looked at again.
        self.breaker.get().map(|breaker| &**breaker)
    }

    #[inline]
    fn handle(self) -> Handle {
        Site::handle(self)
    }
}

impl Source for Handle {
    #[inline]
    fn handle(self) -> Handle {
        self
    }
}

/// A breaker as its call site holds it.
#[derive(Clone)]
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
