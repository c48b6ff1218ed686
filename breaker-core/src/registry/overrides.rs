//! Tuning that the program lays over what its functions declare.

use super::table::{Entry, Table};
use super::{Registry, RegistryError};
use crate::config::{ConfigBuilder, ConfigError};
use crate::name::Name;

impl Registry {
    /// Lays tuning over that of the breaker of this name, and of those by key
    /// under it: over what its function declares and over
    /// [`configure_all`](Self::configure_all). What `tuning` does not set stays as
    /// it is. The breaker need not be there yet; if it is, it keeps its state, and
    /// its window if that has the same size. So a program can load its tuning from
    /// a file of its own, before or after the first call.
    ///
    /// # Errors
    /// The name or the tuning breaks a rule, by itself or with what the breaker
    /// declares; then nothing is changed. If the breaker is not there yet, and it
    /// then turns out that the two do not go together, the declaration rules alone,
    /// and [`invalid_overrides`](Self::invalid_overrides) tells.
    ///
    /// ```
    /// use breaker_core::{Config, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.configure("llm", Config::builder().threshold(2))?;
    /// let llm = registry.get_or_insert("llm", Config::new())?;
    /// llm.try_acquire().unwrap().failure();
    /// llm.try_acquire().unwrap().failure();
    /// assert!(llm.try_acquire().is_err());
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    pub fn configure(&self, name: &str, tuning: ConfigBuilder) -> Result<(), RegistryError> {
        let name = Name::try_from(name)?;
        let mut table = self.table_mut();
        let before = table.overrides.insert(name.clone(), tuning);
        let concerned =
            |entry: &Entry| entry.breaker.name() == &name || entry.family == Some(name.as_str());
        let checked = table.check(tuning, concerned);
        match checked {
            Ok(()) => table.apply(concerned),
            Err(_) => {
                match before {
                    Some(before) => table.overrides.insert(name, before),
                    None => table.overrides.remove(&name),
                };
            }
        }
        checked.map_err(RegistryError::Config)
    }

    /// Lays tuning over that of every breaker, those to come included, unless
    /// [`configure`](Self::configure) says otherwise for its name.
    ///
    /// # Errors
    /// The tuning breaks a rule, by itself or with that of a breaker that is there;
    /// then nothing is changed.
    pub fn configure_all(&self, tuning: ConfigBuilder) -> Result<(), RegistryError> {
        let mut table = self.table_mut();
        let before = core::mem::replace(&mut table.override_of_all, tuning);
        let checked = table.check(tuning, |_| true);
        match checked {
            Ok(()) => table.apply(|_| true),
            Err(_) => table.override_of_all = before,
        }
        checked.map_err(RegistryError::Config)
    }

    /// The names given to [`configure`](Self::configure) that no breaker has (yet):
    /// if it stays so, they are misspelt.
    #[must_use]
    pub fn unused_overrides(&self) -> Vec<Name> {
        let table = self.table();
        let used = |name: &Name| {
            table.entries.contains_key(name)
                || table.entries.values().any(|entry| entry.family == Some(name.as_str()))
        };
        table.overrides.keys().filter(|name| !used(name)).cloned().collect()
    }

    /// The breakers whose declared tuning does not go with what the program asked
    /// for by [`configure`](Self::configure) or [`configure_all`](Self::configure_all),
    /// and the rule that the two break together.
    #[must_use]
    pub fn invalid_overrides(&self) -> Vec<(Name, ConfigError)> {
        self.table().invalid_overrides.clone()
    }
}

impl Table {
    /// Whether the tuning as it is now goes with the breakers concerned, and by itself.
    fn check(
        &self,
        tuning: ConfigBuilder,
        concerned: impl Fn(&Entry) -> bool,
    ) -> Result<(), ConfigError> {
        tuning.check_each()?;
        let invalid_overrides =
            |name: &Name| self.invalid_overrides.iter().any(|(invalid, _)| invalid == name);
        self.entries
            .values()
            .filter(|entry| concerned(entry))
            // One that did not fit before does not stand in the way of the others.
            .filter(|entry| !invalid_overrides(&entry.reported_as()))
            .try_for_each(|entry| entry.tuned(self.override_of(entry)).map(drop))
    }

    fn apply(&mut self, concerned: impl Fn(&Entry) -> bool) {
        let (mut invalid_overrides, mut fitting) = (Vec::new(), Vec::new());
        for entry in self.entries.values().filter(|entry| concerned(entry)) {
            match entry.tune(self.override_of(entry)) {
                Ok(()) => fitting.push(entry.reported_as()),
                Err(error) => invalid_overrides.push((entry.reported_as(), error)),
            }
        }
        self.invalid_overrides.retain(|(name, _)| !fitting.contains(name));
        for (name, error) in invalid_overrides {
            self.note_invalid_override(name, error);
        }
    }
}
