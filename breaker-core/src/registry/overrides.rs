//! Tuning that the program lays over what its functions declare.

use super::table::{Entry, Stock};
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
    /// and [`misfits`](Self::misfits) tells.
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
        let mut stock = self.stock_mut();
        let before = stock.tunings.insert(name.clone(), tuning);
        let concerned =
            |entry: &Entry| entry.breaker.name() == &name || entry.family == Some(name.as_str());
        let checked = stock.check(tuning, concerned);
        match checked {
            Ok(()) => stock.apply(concerned),
            Err(_) => {
                match before {
                    Some(before) => stock.tunings.insert(name, before),
                    None => stock.tunings.remove(&name),
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
        let mut stock = self.stock_mut();
        let before = core::mem::replace(&mut stock.tuning_of_all, tuning);
        let checked = stock.check(tuning, |_| true);
        match checked {
            Ok(()) => stock.apply(|_| true),
            Err(_) => stock.tuning_of_all = before,
        }
        checked.map_err(RegistryError::Config)
    }

    /// The names given to [`configure`](Self::configure) that no breaker has (yet):
    /// if it stays so, they are misspelt.
    #[must_use]
    pub fn unused_tunings(&self) -> Vec<Name> {
        let stock = self.stock();
        let used = |name: &Name| {
            stock.entries.contains_key(name)
                || stock.entries.values().any(|entry| entry.family == Some(name.as_str()))
        };
        stock.tunings.keys().filter(|name| !used(name)).cloned().collect()
    }

    /// The breakers whose declared tuning does not go with what the program asked
    /// for by [`configure`](Self::configure) or [`configure_all`](Self::configure_all),
    /// and the rule that the two break together.
    #[must_use]
    pub fn misfits(&self) -> Vec<(Name, ConfigError)> {
        self.stock().misfits.clone()
    }
}

impl Stock {
    /// Whether the tuning as it is now goes with the breakers concerned, and by itself.
    fn check(
        &self,
        tuning: ConfigBuilder,
        concerned: impl Fn(&Entry) -> bool,
    ) -> Result<(), ConfigError> {
        tuning.check_each()?;
        let misfits = |name: &Name| self.misfits.iter().any(|(misfit, _)| misfit == name);
        self.entries
            .values()
            .filter(|entry| concerned(entry))
            // One that did not fit before does not stand in the way of the others.
            .filter(|entry| !misfits(&entry.reported_as()))
            .try_for_each(|entry| entry.tuned(self.tuning_of(entry)).map(drop))
    }

    fn apply(&mut self, concerned: impl Fn(&Entry) -> bool) {
        let (mut misfits, mut fitting) = (Vec::new(), Vec::new());
        for entry in self.entries.values().filter(|entry| concerned(entry)) {
            match entry.tune(self.tuning_of(entry)) {
                Ok(()) => fitting.push(entry.reported_as()),
                Err(error) => misfits.push((entry.reported_as(), error)),
            }
        }
        self.misfits.retain(|(name, _)| !fitting.contains(name));
        for (name, error) in misfits {
            self.note_misfit(name, error);
        }
    }
}
