//! The overrides of all sources, and the order in which they lie over the declarations.
//!
//! An override for a key beats one for its name, which beats one for all breakers. Between two
//! overrides for one key, for one name or for all, the later [`OverrideSource`] wins.

use std::sync::Arc;

use super::overrides::{Override, OverrideSource, Overrides, Switch};
use crate::breaker::Breaker;
use crate::breaker::control::Switched;
use crate::config::{Config, ConfigError};
use crate::name::Name;

/// The overrides of each source, the weakest first.
pub(super) type Sources<'a> = [&'a Overrides; OverrideSource::COUNT];

#[derive(Debug)]
pub(super) struct Layers {
    sources: [Overrides; OverrideSource::COUNT],
    /// Overrides that would make a config invalid, each with the rule that it breaks.
    pub(super) invalid: Vec<(Name, ConfigError)>,
    /// Breakers that were switched under the table's lock. Their listeners are told when the lock
    /// has been released.
    pub(super) switched: Vec<Switched>,
    /// Breakers that were made under the table's lock. The link, if any, attaches them once the
    /// lock has been released.
    pub(super) made: Vec<Arc<Breaker>>,
}

impl Layers {
    pub(super) const fn new() -> Self {
        let sources = [const { Overrides::new() }; OverrideSource::COUNT];
        Layers { sources, invalid: Vec::new(), switched: Vec::new(), made: Vec::new() }
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        self.sources.each_ref()
    }

    pub(super) fn of(&mut self, source: OverrideSource) -> &mut Overrides {
        &mut self.sources[source as usize]
    }

    /// The names and keys for which any source has an override, each at least once.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.sources.iter().flat_map(|source| source.by_name.keys())
    }

    /// Returns the declared config with the overrides laid over it.
    pub(super) fn effective(
        &self,
        declared: Option<Config>,
        name: &Name,
    ) -> Result<Config, ConfigError> {
        effective(&over(self.sources(), name), declared)
    }

    /// Like [`effective`](Self::effective), with the switch that is in force. If the overrides
    /// conflict with the declaration, all their parameters are left out, and they are listed as
    /// invalid.
    pub(super) fn applied(
        &mut self,
        declared: Option<Config>,
        name: &Name,
    ) -> (Config, Option<Switch>) {
        let over = over(self.sources(), name);
        let config = effective(&over, declared).unwrap_or_else(|error| {
            self.note_invalid(name, error);
            declared.unwrap_or_default()
        });
        (config, over.switch)
    }

    /// Puts a breaker that has just been made into the state of the switch.
    pub(super) fn switch(&mut self, made: &Arc<Breaker>, switch: Option<Switch>) {
        self.switched.extend(switch.and_then(|switch| made.switch(switch.input())));
    }

    /// Returns the breaker's name for the list of invalid overrides: the key's if the key has an
    /// override, else the family's. So the list grows with what is configured and declared, not
    /// with the number of keys.
    pub(super) fn listed_as<'a>(&self, name: &'a Name) -> &'a Name {
        let is_given = self.sources.iter().any(|source| source.by_name.contains_key(name));
        if is_given { name } else { name.family() }
    }

    /// Lists the override as invalid, once for each name and rule.
    pub(super) fn note_invalid(&mut self, name: &Name, error: ConfigError) {
        let listed = self.listed_as(name);
        let is_known =
            |(name, rule): &(Name, ConfigError)| name == listed && rule.key() == error.key();
        if !self.invalid.iter().any(is_known) {
            self.invalid.push((listed.clone(), error));
        }
    }

    /// Takes the breaker off the list of those with an invalid override.
    pub(super) fn note_valid(&mut self, name: &Name) {
        if !self.invalid.is_empty() {
            // The breaker may still be listed under its key, which has lost its override.
            let listed = self.listed_as(name).clone();
            self.invalid.retain(|(invalid, _)| *invalid != listed && invalid != name);
        }
    }
}

/// Returns the override that all sources together give the breaker of that name.
pub(super) fn over<const N: usize>(sources: [&Overrides; N], name: &Name) -> Override {
    let strongest_first = || sources.into_iter().rev();
    let of_key = || strongest_first().filter_map(|source| source.by_name.get(name));
    let of_key = name.key().is_some().then(of_key).into_iter().flatten();
    let of_name = strongest_first().flat_map(|source| source.of_name(name.family()));
    let for_all = strongest_first().filter_map(|source| source.for_all.as_ref());
    let all = of_key.chain(of_name).chain(for_all);
    all.fold(Override::new(), |over, under| over.or(*under))
}

/// Returns the declared config with an override laid over it.
pub(super) fn effective(over: &Override, declared: Option<Config>) -> Result<Config, ConfigError> {
    let declared = declared.map_or(Config::builder(), Config::to_builder);
    over.config.or(declared).build()
}
