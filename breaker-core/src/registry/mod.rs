//! The [`Registry`] finds or makes breakers by name, and lists conflicts.

mod configure;
mod error;
mod kept_key;
mod keyed;
mod keys;
mod layers;
mod linked;
mod make;
mod overrides;
mod replace;
#[cfg(feature = "testing")]
pub(crate) mod scope;
mod survey;
mod table;

use core::panic::Location;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use crate::breaker::snapshot::Snapshot;
use crate::breaker::{Breaker, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::event::Event;
use crate::event::listeners::Hears;
use crate::event::outcome::CallOutcome;
use crate::event::subscription::Subscription;
use crate::name::Name;

pub use error::{Conflict, ConflictKind, InvalidOverride, InvalidOverrides, RegistryError};
pub(crate) use kept_key::Key;
pub use overrides::{Override, OverrideSource, Overrides, Switch};
pub use survey::Survey;

use table::{Declaration, Family, Table};

/// A set of breakers by name. Cloning gives another handle to the same set.
///
/// Functions with the attribute use [`Registry::global`], one for the whole process: a service is
/// healthy or not for the whole host, not for one of its users. If a program has two versions of
/// this crate, each has its own.
///
/// ```
/// use breaker_core::{Config, Registry};
///
/// let registry = Registry::new();
/// let llm = registry.get_or_insert("llm", Config::new())?;
/// assert!(registry.get("llm").is_some());
/// assert!(registry.get("lmm").is_none());
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registry(Set);

#[derive(Clone, Debug)]
enum Set {
    Global,
    Own(Arc<Inner>),
}

#[derive(Debug)]
struct Inner {
    clock: Clock,
    shared: OnceLock<Arc<Shared>>,
    table: RwLock<Table>,
    conflicts: RwLock<Vec<Conflict>>,
}

static GLOBAL: Inner = Inner::new(Clock::system());

impl Inner {
    const fn new(clock: Clock) -> Self {
        Inner {
            clock,
            shared: OnceLock::new(),
            table: RwLock::new(Table::new()),
            conflicts: RwLock::new(Vec::new()),
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        self.shared.get_or_init(|| Arc::new(Shared::new(self.clock.clone())))
    }
}

impl Registry {
    /// Makes an empty registry of its own, on the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// Makes an empty registry whose breakers read this clock.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Registry(Set::Own(Arc::new(Inner::new(clock))))
    }

    /// The registry of the process. Inside a test scope (feature `testing`), the scope's registry.
    #[must_use]
    pub fn global() -> Self {
        #[cfg(feature = "testing")]
        if let Some(registry) = scope::innermost() {
            return registry;
        }
        Registry(Set::Global)
    }

    /// The registry of the process, even inside a test scope.
    pub(crate) fn of_process() -> Self {
        Registry(Set::Global)
    }

    #[cfg(feature = "inventory")]
    pub(crate) fn is_of_process(&self) -> bool {
        matches!(self.0, Set::Global)
    }

    /// The breaker of this name, if there is one. A name whose calls all have keys has none: see
    /// [`get_key`](Self::get_key).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Breaker>> {
        self.table().families.get(name)?.own.clone()
    }

    /// The breaker of this name, for a program that holds it open, observes it, restores it or
    /// listens to it before a function has declared its tuning. Makes one if there is none, with
    /// the default tuning under the overrides. The first declaration then tunes it, and is no
    /// conflict.
    ///
    /// Calls of a function with `key` do not go through it, except with a new key that finds no
    /// room: holding it open holds no key open. But an override of the name, by
    /// [`configure`](Self::configure), also holds for the name's keys.
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    ///
    /// ```
    /// use breaker_core::{Config, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.breaker("llm")?.force_open();
    /// let llm = registry.get_or_insert("llm", Config::builder().threshold(1).build()?)?;
    /// assert!(llm.try_acquire().is_err());
    /// llm.reset();
    /// llm.try_acquire()?.failure();
    /// assert!(llm.try_acquire().is_err(), "by its threshold");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn breaker(&self, name: &str) -> Result<Arc<Breaker>, RegistryError> {
        let make_name = || Name::try_from(name);
        let (breaker, _) = self.resolve(name, make_name, None, None)?;
        Ok(breaker)
    }

    /// The breaker of this name. Makes one if there is none; if several callers race to be first,
    /// all get one breaker.
    ///
    /// # Errors
    /// - The name breaks a rule, see [`Name::check`].
    /// - The name has been declared with another tuning. Its breaker keeps its tuning, and
    ///   [`conflicts`](Self::conflicts) lists the conflict.
    #[track_caller]
    pub fn get_or_insert(&self, name: &str, config: Config) -> Result<Arc<Breaker>, RegistryError> {
        let make_name = || Name::try_from(name);
        let declared = Declaration { config, location: Location::caller(), at: None };
        let (breaker, conflict) = self.resolve(name, make_name, Some(declared), None)?;
        conflict.map_or(Ok(breaker), |conflict| Err(RegistryError::Conflict(conflict)))
    }

    /// Removes a breaker from the registry; the breakers of its keys stay. Its listeners are told
    /// ([`EventKind::Removed`](crate::EventKind::Removed)), and then let go. A program that still
    /// holds the breaker may go on using it; the next look-up of the name, also by an annotated
    /// function, makes a new one.
    ///
    /// A function that has called through the breaker keeps it, without its listeners, until the
    /// program ends, and its later calls take some 30 ns more. If you only want a closed breaker
    /// with nothing counted, [`Breaker::reset`] costs less.
    #[allow(clippy::must_use_candidate, reason = "removing is the point")]
    pub fn remove(&self, name: &str) -> Option<Arc<Breaker>> {
        let removed = self.table_mut().take(name, |family| family.own.take())?;
        removed.leave_registry();
        Some(removed)
    }

    /// All breakers, by name and key. While the iterator holds breakers by key, they make no room
    /// for others.
    ///
    /// ```
    /// use breaker_core::Registry;
    ///
    /// for breaker in Registry::global().iter() {
    ///     println!("{} is {}", breaker.name(), breaker.state());
    /// }
    /// ```
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl Iterator<Item = Arc<Breaker>> + use<> {
        let all: Vec<_> = self.table().breakers().map(Arc::clone).collect();
        all.into_iter()
    }

    /// The number of breakers.
    #[must_use]
    pub fn len(&self) -> usize {
        let of = |family: &Family| usize::from(family.own.is_some()) + family.keys.len();
        self.table().families.values().map(of).sum()
    }

    /// Returns true if there are no breakers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `listener` with the events of every breaker of this registry, including future ones,
    /// until the subscription is dropped. Otherwise like [`Breaker::on_event`]; events of different
    /// breakers may come at once, on different threads.
    pub fn on_event(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        Subscription::to_events(self.inner().shared(), Hears::Everything, listener)
    }

    /// Calls `listener` with the transitions of every breaker of this registry, including future
    /// ones, with their lengthened cooldowns and their removal, until the subscription is dropped.
    /// Otherwise like [`Breaker::on_transition`]; events of different breakers may come at once, on
    /// different threads.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use breaker_core::{Config, Registry};
    ///
    /// let registry = Registry::new();
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&seen);
    /// let subscription = registry.on_transition(move |event| {
    ///     log.lock().unwrap().push(event.to_string());
    /// });
    /// let llm = registry.get_or_insert("llm", Config::new())?;
    /// llm.force_open();
    /// assert!(llm.try_acquire().is_err());
    /// assert_eq!(*seen.lock().unwrap(), ["circuit breaker `llm`: closed to isolated (manual)"]);
    /// # drop(subscription);
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    pub fn on_transition(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        Subscription::to_events(self.inner().shared(), Hears::Transitions, listener)
    }

    /// Calls `listener` with the outcome of every call through a breaker of this registry,
    /// including future ones, until the subscription is dropped. Otherwise like
    /// [`Breaker::on_outcome`].
    pub fn on_outcome(
        &self,
        listener: impl Fn(&CallOutcome) + Send + Sync + 'static,
    ) -> Subscription {
        let subscription = Subscription::to_outcomes(self.inner().shared(), listener);
        // A breaker that is made from now on finds the listener.
        self.iter().for_each(|breaker| breaker.time_for_listeners());
        subscription
    }

    /// The snapshots of all breakers, by name and key.
    #[must_use]
    pub fn snapshots(&self) -> Vec<Snapshot> {
        // Each breaker is held only for its own snapshot: a held breaker makes no room.
        let all: Vec<_> = self.table().breakers().map(Arc::downgrade).collect();
        all.iter().filter_map(Weak::upgrade).map(|breaker| breaker.snapshot()).collect()
    }

    /// The names that were declared with two configs, and the default names that two functions
    /// share, with their places; each pair of places once.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        self.inner().conflicts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn push_conflict(&self, conflict: Option<&Conflict>) {
        let Some(conflict) = conflict else { return };
        // A function that gives other tuning may be called often. With a key it looks the name up
        // in each call, and its conflict is mostly listed already.
        let all = &self.inner().conflicts;
        if all.read().unwrap_or_else(PoisonError::into_inner).contains(conflict) {
            return;
        }
        let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
        if all.contains(conflict) {
            return;
        }
        all.push(conflict.clone());
        // A subscriber may call the registry, so the lock is released.
        drop(all);
        #[cfg(feature = "tracing")]
        crate::event::log::conflict(&conflict.name, &conflict.to_string());
    }

    fn inner(&self) -> &Inner {
        match &self.0 {
            Set::Global => &GLOBAL,
            Set::Own(inner) => inner,
        }
    }

    // No user code runs under the lock, so a poisoned one is whole.
    fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.inner().table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn table_mut(&self) -> RwLockWriteGuard<'_, Table> {
        self.inner().table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}
