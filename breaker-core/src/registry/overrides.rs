//! Overrides: what the program lays over the configs that its functions declare.

use std::collections::BTreeMap;

use crate::config::{Config, ConfigBuilder, ConfigError};
use crate::name::Name;

#[derive(Debug)]
pub(super) struct Overrides {
    /// Given by `configure` and `configure_key`, for names and keys that may have no breaker yet.
    pub(super) by_name: BTreeMap<Name, ConfigBuilder>,
    /// Given by `configure_all`.
    pub(super) for_all: ConfigBuilder,
    /// Overrides that a breaker could not take.
    pub(super) invalid: Vec<(Name, ConfigError)>,
}

impl Overrides {
    pub(super) const fn new() -> Self {
        Overrides { by_name: BTreeMap::new(), for_all: Config::builder(), invalid: Vec::new() }
    }

    /// Returns the declared config with the overrides laid over it. The override of the name
    /// comes first, then that of the family, then the one for all.
    pub(super) fn effective(
        &self,
        declared: Option<Config>,
        name: &Name,
    ) -> Result<Config, ConfigError> {
        let of = |name: &Name| self.by_name.get(name).copied().unwrap_or(Config::builder());
        let declared = declared.map_or(Config::builder(), Config::to_builder);
        of(name).or(of(name.family())).or(self.for_all).or(declared).build()
    }

    /// Like [`effective`](Self::effective). An override that does not go with the declaration is
    /// left out, and listed as invalid.
    pub(super) fn applied(&mut self, declared: Option<Config>, name: &Name) -> Config {
        self.effective(declared, name).unwrap_or_else(|error| {
            self.note_invalid(name, error);
            declared.unwrap_or_default()
        })
    }

    /// Returns the name under which an invalid override of this breaker is listed: that of the
    /// key if an override was given for it, else that of the family. So the list is no longer
    /// than what the program has configured and declared, however many keys there are.
    pub(super) fn listed_as<'a>(&self, name: &'a Name) -> &'a Name {
        if self.by_name.contains_key(name) { name } else { name.family() }
    }

    /// Lists the override as invalid, each name once for each rule.
    pub(super) fn note_invalid(&mut self, name: &Name, error: ConfigError) {
        let listed = self.listed_as(name);
        let is_known =
            |(name, rule): &(Name, ConfigError)| name == listed && rule.key() == error.key();
        if !self.invalid.iter().any(is_known) {
            self.invalid.push((listed.clone(), error));
        }
    }
}
