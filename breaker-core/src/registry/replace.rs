//! Replaces all overrides of one source at once.

use std::sync::Arc;

use super::Registry;
use super::error::{InvalidOverride, InvalidOverrides};
use super::layers::{self, Layers, Sources};
use super::overrides::{Override, OverrideSource, Overrides};
use super::table::{self, Family, Table};
use crate::breaker::Breaker;
use crate::config::{Config, ConfigError};

impl Registry {
    /// Replaces all earlier overrides of this source: all of them or none. The overrides of other
    /// sources stay. A name that is no longer among `overrides` goes back to its declared config,
    /// under the other sources' overrides.
    ///
    /// Overrides for a key beat those for its name, and these beat those for all. Of two for the
    /// same name or key, the later [`OverrideSource`] beats the earlier one, parameter by
    /// parameter. A breaker whose tuning does not change is not touched, even if the program has
    /// given it other tuning by [`Breaker::reconfigure`]. A breaker whose tuning changes keeps its
    /// state and its counts, and its window if that has an equal size.
    ///
    /// A [`Switch`](super::Switch) that is new for a breaker puts it into the switch's state, even
    /// if the breaker is made later. A switch that stays does nothing: a breaker that an operator
    /// has meanwhile reset stays reset. A switch that is taken back resets a breaker, unless the
    /// breaker has left the switch's state since: if an operator has reset it and put it into that
    /// state again, it stays there. Handles of [`Breaker::isolate`] hold on.
    ///
    /// # Errors
    /// An override breaks a rule: by itself, together with others of this source, or together with
    /// a breaker's declared config. The error lists every such override, and nothing is changed. A
    /// breaker that is declared later and then breaks a rule keeps its declared config, and
    /// [`invalid_overrides`](Self::invalid_overrides) lists it.
    ///
    /// ```
    /// use breaker_core::{Config, Override, OverrideSource, Overrides, Registry, State, Switch};
    ///
    /// let registry = Registry::new();
    /// let llm = registry.get_or_insert("llm", Config::new())?;
    /// let mut file = Overrides::new();
    /// file.set("llm", Config::builder().threshold(2))?;
    /// file.set("db", Override::new().switch(Switch::Observing))?;
    /// registry.replace_overrides(OverrideSource::File, file)?;
    /// assert_eq!(llm.config().threshold(), Some(2));
    /// assert_eq!(registry.breaker("db")?.state(), State::Observing);
    ///
    /// registry.replace_overrides(OverrideSource::File, Overrides::new())?;
    /// assert_eq!(llm.config().threshold(), Some(5));
    /// assert_eq!(registry.breaker("db")?.state(), State::Closed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace_overrides(
        &self,
        source: OverrideSource,
        overrides: Overrides,
    ) -> Result<(), InvalidOverrides> {
        overrides.check()?;
        let mut table = self.table_mut();
        let changes = table.changes(source, &overrides);
        InvalidOverrides::none_of(Change::refused(&changes))?;
        let replaced = core::mem::replace(table.layers.of(source), overrides);
        let layers = &mut table.layers;
        let invalid: Vec<_> = changes
            .iter()
            .filter_map(|change| Some((change, change.tune(layers).err()?)))
            .collect();
        for (change, error) in invalid {
            layers.note_invalid(change.breaker.name(), error);
        }
        for change in &changes {
            change.switch(layers);
        }
        table::release(table);
        // Dropped outside the lock: it may be long, and no look-up waits for it.
        drop(replaced);
        Ok(())
    }
}

/// A breaker whose overrides change.
struct Change {
    breaker: Arc<Breaker>,
    declared: Option<table::Declaration>,
    before: Override,
    after: Override,
}

impl Table {
    /// Returns the breakers for which it makes a difference that `overrides` replace the source's
    /// earlier ones.
    fn changes(&self, source: OverrideSource, overrides: &Overrides) -> Vec<Change> {
        let before = self.layers.sources();
        let mut after = before;
        after[source as usize] = overrides;
        let of = |family: &Family, breaker: &Arc<Breaker>| {
            let over = |sources: Sources<'_>| layers::over(sources, breaker.name());
            let (before, after) = (over(before), over(after));
            let (breaker, declared) = (Arc::clone(breaker), family.declared);
            (before != after).then_some(Change { breaker, declared, before, after })
        };
        let families = self.families.values();
        families
            .flat_map(|family| {
                let breakers = family.own.iter().chain(family.keys.breakers());
                breakers.filter_map(move |breaker| of(family, breaker))
            })
            .collect()
    }
}

impl Change {
    /// Returns the changes that break a rule together with a declaration, each name once for each
    /// rule: a family may have many keys. An override that was invalid before is already listed.
    fn refused(changes: &[Self]) -> Vec<InvalidOverride> {
        let mut refused: Vec<InvalidOverride> = Vec::new();
        for change in changes {
            let Err(error) = change.effective(&change.after) else { continue };
            let family = change.breaker.family();
            let is_known = |one: &InvalidOverride| {
                one.error == error && one.name.as_ref().is_some_and(|name| name.family() == family)
            };
            if change.effective(&change.before) == Err(error) || refused.iter().any(is_known) {
                continue;
            }
            let name = Some(change.breaker.name().clone());
            let declared = change.declared.map(|declared| declared.location);
            refused.push(InvalidOverride { name, error, declared });
        }
        refused
    }

    /// Gives the breaker its config. Returns an error if the breaker keeps the declared one, as
    /// before.
    fn tune(&self, layers: &mut Layers) -> Result<(), ConfigError> {
        let config = self.effective(&self.after)?;
        layers.note_valid(self.breaker.name());
        let declared = || self.declared.map_or(Config::new(), |declared| declared.config);
        let before = self.effective(&self.before).unwrap_or_else(|_| declared());
        if config != before {
            self.breaker.reconfigure(config);
        }
        Ok(())
    }

    fn switch(&self, layers: &mut Layers) {
        let switched = match self.after.switch {
            after if after == self.before.switch => return,
            Some(switch) => self.breaker.switch(switch.input()),
            None => self.breaker.withdraw_switch(),
        };
        layers.switched.extend(switched);
    }

    fn effective(&self, over: &Override) -> Result<Config, ConfigError> {
        layers::effective(over, self.declared.map(|declared| declared.config))
    }
}

#[cfg(test)]
mod tests;
