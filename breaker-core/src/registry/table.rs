//! What a registry keeps under one lock: breakers, who declared them, and the
//! tuning asked for.

use core::panic::Location;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Conflict;
use crate::breaker::Breaker;
use crate::config::{Config, ConfigBuilder, ConfigError};
use crate::name::Name;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) entries: BTreeMap<Name, Entry>,
    /// Of `configure`: for names that may have no breaker yet.
    pub(super) overrides: BTreeMap<Name, ConfigBuilder>,
    /// Of `configure_all`.
    pub(super) override_of_all: ConfigBuilder,
    /// What `configure` or `configure_all` asked for and a breaker could not take.
    pub(super) invalid_overrides: Vec<(Name, ConfigError)>,
    /// Most keys under a name.
    pub(super) max_keys: usize,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) breaker: Arc<Breaker>,
    /// Who said what the tuning is. Nobody, if the breaker was made by a call
    /// site that gives only its name.
    pub(super) declared: Option<Declaration>,
    /// Of a breaker by key, the name that it is under.
    pub(super) family: Option<&'static str>,
    /// When a breaker by key was last asked for, in ticks of the registry's clock.
    pub(super) used: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) config: Config,
    pub(super) location: &'static Location<'static>,
}

impl Table {
    pub(super) const fn new() -> Self {
        Table {
            entries: BTreeMap::new(),
            overrides: BTreeMap::new(),
            override_of_all: Config::builder(),
            invalid_overrides: Vec::new(),
            max_keys: 1_000,
        }
    }

    /// The breaker of that name, if there is one, now declared so; and the
    /// declaration it contradicts.
    pub(super) fn declare(
        &mut self,
        name: &str,
        declared: Option<Declaration>,
    ) -> Option<(Arc<Breaker>, Option<Conflict>)> {
        let Table { entries, overrides, override_of_all, .. } = self;
        let entry = entries.get_mut(name)?;
        let tuning = effective_override(overrides, *override_of_all, name, entry.family);
        let (breaker, reported_as) = (Arc::clone(&entry.breaker), entry.reported_as());
        match entry.declare(declared, tuning) {
            Ok(conflict) => Some((breaker, conflict)),
            Err(invalid) => {
                self.note_invalid_override(reported_as, invalid);
                Some((breaker, None))
            }
        }
    }

    pub(super) fn override_of(&self, entry: &Entry) -> ConfigBuilder {
        effective_override(
            &self.overrides,
            self.override_of_all,
            entry.breaker.name().as_str(),
            entry.family,
        )
    }

    /// Each name once for each rule.
    pub(super) fn note_invalid_override(&mut self, name: Name, error: ConfigError) {
        if !self
            .invalid_overrides
            .iter()
            .any(|(known, rule)| *known == name && rule.key() == error.key())
        {
            self.invalid_overrides.push((name, error));
        }
    }
}

impl Entry {
    /// Whether that tuning is no news.
    pub(super) fn agrees_with(&self, config: Option<Config>) -> bool {
        match (&self.declared, config) {
            (_, None) => true,
            (Some(old), Some(new)) => old.config == new,
            (None, Some(_)) => false,
        }
    }

    /// The name a breaker's tuning is known by: of a breaker by key, that it is under.
    pub(super) fn reported_as(&self) -> Name {
        self.family.map_or_else(|| self.breaker.name().clone(), Name::from_static)
    }

    /// The first declaration rules, also over the defaults of a site that ran
    /// before it and declared nothing.
    fn declare(
        &mut self,
        new: Option<Declaration>,
        tuning: ConfigBuilder,
    ) -> Result<Option<Conflict>, ConfigError> {
        let Some(new) = new else { return Ok(None) };
        match self.declared {
            Some(old) if old.config == new.config => Ok(None),
            Some(old) => Ok(Some(Conflict {
                name: self.reported_as(),
                first: old.location,
                second: new.location,
            })),
            None => {
                self.declared = Some(new);
                let tuned = self.tune(tuning);
                if tuned.is_err() {
                    self.breaker.reconfigure(new.config);
                }
                tuned.map(|()| None)
            }
        }
    }

    /// What the breaker's tuning is with this laid over its declaration.
    pub(super) fn tuned(&self, tuning: ConfigBuilder) -> Result<Config, ConfigError> {
        let base = self.declared.map_or(Config::builder(), |old| old.config.to_builder());
        tuning.or(base).build()
    }

    pub(super) fn tune(&self, tuning: ConfigBuilder) -> Result<(), ConfigError> {
        self.breaker.reconfigure(self.tuned(tuning)?);
        Ok(())
    }
}

/// The tuning that the program has asked for by `configure` and `configure_all`:
/// that of the name itself before that of the name it is under, before that of all.
pub(super) fn effective_override(
    overrides: &BTreeMap<Name, ConfigBuilder>,
    of_all: ConfigBuilder,
    name: &str,
    family: Option<&str>,
) -> ConfigBuilder {
    let of = |name: &str| overrides.get(name).copied().unwrap_or(Config::builder());
    let of_family = family.map_or(Config::builder(), of);
    of(name).or(of_family).or(of_all)
}
