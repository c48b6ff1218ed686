//! Lays overrides over the breakers of a registry.

use core::fmt::Display;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::overrides::{OverrideSource, keyed};
use super::table::Table;
use super::{Registry, RegistryError};
use crate::breaker::Breaker;
use crate::config::{Config, ConfigBuilder, ConfigError};
use crate::name::Name;

impl Registry {
    /// Lays `config` over the config of the breaker of this name, and of its breakers by key: over
    /// the config that its function declares and over [`configure_all`](Self::configure_all). It
    /// replaces the override of an earlier call for this name. A parameter that it does not set is
    /// taken from `configure_all`, or from the declaration. A parameter set by
    /// [`configure_key`](Self::configure_key) beats this one for its key. An empty builder takes
    /// the override back; [`remove`](Self::remove) does not. The breaker need not exist yet; if it
    /// does, it keeps its state, and its window if that has an equal size. So a program can load
    /// its overrides from a file of its own, before or after the first call.
    ///
    /// # Errors
    /// The name or the override breaks a rule, by itself or together with a breaker's declared
    /// config; then nothing is changed. If a breaker is declared later, and its declaration and the
    /// override break a rule together, only the declaration is in force, and
    /// [`invalid_overrides`](Self::invalid_overrides) lists the breaker. A breaker that is listed
    /// already keeps its config, and the call succeeds for the others.
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
    pub fn configure(&self, name: &str, config: ConfigBuilder) -> Result<(), RegistryError> {
        self.lay(Name::try_from(name)?, config)
    }

    /// Lays `config` over the config of the breaker with this key under this name, over the
    /// override of [`configure`](Self::configure) for the name. The key is the value that a call
    /// gives to the attribute's `key`, or the text that [`Breaker::key`] returns. Otherwise like
    /// `configure`.
    ///
    /// # Errors
    /// Like those of `configure`.
    pub fn configure_key(
        &self,
        name: &str,
        key: impl Display,
        config: ConfigBuilder,
    ) -> Result<(), RegistryError> {
        self.lay(keyed(name, key)?, config)
    }

    fn lay(&self, name: Name, config: ConfigBuilder) -> Result<(), RegistryError> {
        config.check_each()?;
        let mut table = self.table_mut();
        let program = table.layers.of(OverrideSource::Program);
        let before = program.by_name.get(&name).copied();
        // The override may have a switch, which this leaves alone.
        let over = before.unwrap_or_default().config(config);
        program.by_name.insert(name.clone(), over);
        let applied = table.apply_overrides(|breaker| {
            *breaker.name() == name || breaker.key().is_some() && *breaker.family() == name
        });
        if applied.is_err() {
            let program = table.layers.of(OverrideSource::Program);
            match before {
                Some(before) => program.by_name.insert(name, before),
                None => program.by_name.remove(&name),
            };
        }
        Ok(applied?)
    }

    /// Lays `config` over the config of every breaker, including future ones, unless
    /// [`configure`](Self::configure) overrides a parameter for its name.
    ///
    /// # Errors
    /// Like those of `configure`.
    pub fn configure_all(&self, config: ConfigBuilder) -> Result<(), RegistryError> {
        config.check_each()?;
        let mut table = self.table_mut();
        let program = table.layers.of(OverrideSource::Program);
        let before = program.for_all;
        program.for_all = Some(before.unwrap_or_default().config(config));
        let applied = table.apply_overrides(|_| true);
        if applied.is_err() {
            table.layers.of(OverrideSource::Program).for_all = before;
        }
        Ok(applied?)
    }

    /// The names given to [`configure`](Self::configure) or by
    /// [`replace_overrides`](Self::replace_overrides) that have no breaker yet, with a key or
    /// without, and the keys given to [`configure_key`](Self::configure_key) or by
    /// `replace_overrides` that have none. A name that stays in this list is misspelt.
    #[must_use]
    pub fn unused_overrides(&self) -> Vec<Name> {
        let table = self.table();
        let is_used = |name: &Name| {
            let family = table.families.get(name.family().as_str());
            family.is_some_and(|family| {
                name.key().is_none_or(|key| family.keys.get(key.as_bytes()).is_some())
            })
        };
        let unused: BTreeSet<_> = table.layers.names().filter(|name| !is_used(name)).collect();
        unused.into_iter().cloned().collect()
    }

    /// The breakers whose declared config conflicts with an override, and the rule that the two
    /// break together. Breakers by key are listed once, under their family, unless an override was
    /// given for their key.
    #[must_use]
    pub fn invalid_overrides(&self) -> Vec<(Name, ConfigError)> {
        self.table().layers.invalid.clone()
    }
}

impl Table {
    /// Gives each breaker concerned the config that is in effect for it. Fails, and changes
    /// nothing, if an override that was valid for one of them would become invalid.
    fn apply_overrides(&mut self, concerned: impl Fn(&Breaker) -> bool) -> Result<(), ConfigError> {
        let Table { families, layers, .. } = self;
        let mut effective: Vec<(Arc<Breaker>, Result<Config, ConfigError>)> = Vec::new();
        for family in families.values() {
            let all = family.own.iter().chain(family.keys.breakers());
            effective.extend(all.filter(|breaker| concerned(breaker)).map(|breaker| {
                let config = layers.effective(family.declared_config(), breaker.name());
                (Arc::clone(breaker), config)
            }));
        }
        let was_invalid = |breaker: &Breaker| {
            let listed = layers.listed_as(breaker.name());
            layers.invalid.iter().any(|(name, _)| name == listed)
        };
        for (breaker, config) in &effective {
            match config {
                Err(error) if !was_invalid(breaker) => return Err(*error),
                _ => {}
            }
        }
        for (breaker, config) in &effective {
            if let Ok(config) = config {
                breaker.reconfigure(*config);
                layers.note_valid(breaker.name());
            }
        }
        for (breaker, config) in effective {
            if let Err(error) = config {
                layers.note_invalid(breaker.name(), error);
            }
        }
        Ok(())
    }
}
