//! Breakers by name.

use core::fmt;
use core::panic::Location;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::breaker::Breaker;
use crate::clock::Clock;
use crate::config::Config;
use crate::name::{Name, NameError};

/// A set of breakers by name. Cloning gives another handle to the same set.
///
/// Functions that carry the attribute use [`Registry::global`], one for the
/// whole process: the health of a service is a fact of the host, not of one of
/// its users. Two versions of this crate in one program have one each.
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
    entries: RwLock<BTreeMap<Name, Entry>>,
    conflicts: RwLock<Vec<Conflict>>,
}

#[derive(Debug)]
struct Entry {
    breaker: Arc<Breaker>,
    /// Who said what the tuning is. Nobody, if the breaker was made by a call
    /// site that gives only its name.
    declared: Option<Declaration>,
}

#[derive(Clone, Copy, Debug)]
struct Declaration {
    config: Config,
    place: &'static Location<'static>,
}

static GLOBAL: Inner = Inner::new(Clock::system());

impl Inner {
    const fn new(clock: Clock) -> Self {
        Inner { clock, entries: RwLock::new(BTreeMap::new()), conflicts: RwLock::new(Vec::new()) }
    }
}

impl Registry {
    /// An empty registry of its own, on the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// An empty registry whose breakers read this clock.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Registry(Set::Own(Arc::new(Inner::new(clock))))
    }

    /// The registry of the process. Inside a
    /// test scope (feature `testing`) it is that scope's.
    #[must_use]
    pub fn global() -> Self {
        #[cfg(feature = "testing")]
        if let Some(registry) = crate::testing::current() {
            return registry;
        }
        Registry(Set::Global)
    }

    /// The breaker of that name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Breaker>> {
        self.entries().get(name).map(|entry| Arc::clone(&entry.breaker))
    }

    /// The breaker of that name. Makes one if there is none; of callers that
    /// race to be first, all get the same.
    ///
    /// # Errors
    /// - The name breaks a rule, see [`Name::check`].
    /// - The name has been given other tuning before. Its breaker keeps the
    ///   tuning it has, and the conflict is listed in [`conflicts`](Self::conflicts).
    #[track_caller]
    pub fn get_or_insert(&self, name: &str, config: Config) -> Result<Arc<Breaker>, RegistryError> {
        let make_name = || Name::try_from(name);
        let (breaker, conflict) =
            self.resolve(name, make_name, Some(config), Location::caller())?;
        conflict.map_or(Ok(breaker), |conflict| Err(RegistryError::Conflict(conflict)))
    }

    /// Removes a breaker from the registry. Who still holds it may go on using
    /// it; the next look-up of the name, by an annotated function too, makes a
    /// new one.
    #[allow(clippy::must_use_candidate, reason = "removing is the point")]
    pub fn remove(&self, name: &str) -> Option<Arc<Breaker>> {
        let entry = self.entries_mut().remove(name)?;
        entry.breaker.detach();
        Some(entry.breaker)
    }

    /// All breakers, by name.
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
        let all: Vec<_> = self.entries().values().map(|entry| Arc::clone(&entry.breaker)).collect();
        all.into_iter()
    }

    /// How many breakers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names that were given two tunings, with the places that gave them;
    /// each pair of places once. The breaker works by the first.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        self.inner().conflicts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The breaker of that name for a call site whose name has been checked,
    /// and whether its tuning contradicts another's.
    pub(crate) fn for_site(
        &self,
        name: &'static str,
        config: Option<Config>,
        place: &'static Location<'static>,
    ) -> (Arc<Breaker>, Option<Conflict>) {
        let make_name = || Ok::<_, core::convert::Infallible>(Name::from_static(name));
        match self.resolve(name, make_name, config, place) {
            Ok(found) => found,
            Err(never) => match never {},
        }
    }

    fn resolve<E>(
        &self,
        name: &str,
        make_name: impl FnOnce() -> Result<Name, E>,
        config: Option<Config>,
        place: &'static Location<'static>,
    ) -> Result<(Arc<Breaker>, Option<Conflict>), E> {
        let declared = config.map(|config| Declaration { config, place });
        let mut entries = self.entries_mut();
        if let Some(entry) = entries.get_mut(name) {
            let conflict = entry.declare(declared);
            let breaker = Arc::clone(&entry.breaker);
            drop(entries);
            if let Some(conflict) = &conflict {
                self.list(conflict);
            }
            return Ok((breaker, conflict));
        }
        let name = make_name()?;
        let clock = self.inner().clock.clone();
        let breaker = Breaker::build(name.clone(), config.unwrap_or_default(), Clock::system());
        let breaker = Arc::new(breaker.with_clock(clock));
        entries.insert(name, Entry { breaker: Arc::clone(&breaker), declared });
        Ok((breaker, None))
    }

    fn list(&self, conflict: &Conflict) {
        let mut all = self.inner().conflicts.write().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(conflict) {
            all.push(conflict.clone());
        }
    }

    fn inner(&self) -> &Inner {
        match &self.0 {
            Set::Global => &GLOBAL,
            Set::Own(inner) => inner,
        }
    }

    // No user code runs under the lock, so a poisoned map is whole all the same.
    fn entries(&self) -> RwLockReadGuard<'_, BTreeMap<Name, Entry>> {
        self.inner().entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<Name, Entry>> {
        self.inner().entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Entry {
    /// The first declaration rules, also over the defaults of a site that ran
    /// before it and declared nothing.
    fn declare(&mut self, new: Option<Declaration>) -> Option<Conflict> {
        let new = new?;
        match self.declared {
            Some(old) if old.config == new.config => None,
            Some(old) => Some(Conflict {
                name: self.breaker.name().clone(),
                ruling: old.place,
                other: new.place,
            }),
            None => {
                self.breaker.reconfigure(new.config);
                self.declared = Some(new);
                None
            }
        }
    }
}

/// One name, two tunings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The breaker's name.
    pub name: Name,
    /// Who came first: its tuning rules.
    pub ruling: &'static Location<'static>,
    /// Who gave other tuning later.
    pub other: &'static Location<'static>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ruling, other } = self;
        write!(f, "circuit breaker `{name}` is declared with different tuning at {ruling} ")?;
        write!(f, "(which rules) and at {other}; declare it once and give only the name elsewhere")
    }
}

/// Why a registry has no breaker to give.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryError {
    /// The name breaks a rule.
    Name(NameError),
    /// The name has been given other tuning before.
    Conflict(Conflict),
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Conflict(conflict) => conflict.fmt(f),
        }
    }
}

impl std::error::Error for RegistryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name(error) => Some(error),
            Self::Conflict(_) => None,
        }
    }
}

impl From<NameError> for RegistryError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}
