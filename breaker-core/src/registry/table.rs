//! The table of a registry, under one lock: its breakers, their declarations, and the overrides.

use core::panic::Location;
use core::ptr;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLockWriteGuard};

use super::keys::Keys;
use super::layers::Layers;
use super::{Conflict, ConflictKind};
use crate::breaker::Breaker;
use crate::breaker::control::Switched;
use crate::breaker::totals::Totals;
use crate::config::Config;
use crate::name::Name;

#[derive(Debug)]
pub(super) struct Table {
    /// The families by name. Each has at least one breaker, or is declared before its first call.
    pub(super) families: BTreeMap<Box<str>, Family>,
    pub(super) layers: Layers,
    /// The most keys under one name.
    pub(super) max_keys: usize,
    /// The number of families there have ever been.
    pub(super) families_made: u64,
    pub(super) departed: Departed,
}

/// The totals of breakers that have left, by the name of their family.
#[derive(Debug)]
pub(super) struct Departed {
    totals: BTreeMap<Name, Totals>,
    departures: u64,
}

/// A registry's breakers under one name: the breaker of the name, and its breakers by key. The keys
/// have a map of their own, so that no key reaches another name.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: Name,
    /// A number that no other family of this registry has, not even a past one of this name.
    pub(super) number: u64,
    /// The declaration for all of them. A name has none yet if only call sites without tuning and
    /// [`Registry::breaker`](super::Registry::breaker) have used it.
    pub(super) declared: Option<Declaration>,
    /// The breaker of the name. A name whose calls all have keys has none.
    pub(super) own: Option<Arc<Breaker>>,
    pub(super) keys: Keys,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) config: Config,
    pub(super) location: &'static Location<'static>,
    /// The static config of a function with a key.
    pub(super) at: Option<&'static Config>,
}

impl Table {
    pub(super) const fn new() -> Self {
        Table {
            families: BTreeMap::new(),
            layers: Layers::new(),
            max_keys: 1_000,
            families_made: 0,
            departed: Departed { totals: BTreeMap::new(), departures: 0 },
        }
    }

    /// Returns all breakers, by name, and within a name by key.
    pub(super) fn breakers(&self) -> impl Iterator<Item = &Arc<Breaker>> {
        self.families.values().flat_map(|family| {
            let mut by_key: Vec<_> = family.keys.breakers().collect();
            by_key.sort_unstable_by_key(|breaker| breaker.key());
            family.own.iter().chain(by_key)
        })
    }

    /// Takes out the breaker that `take` takes out of a family, and also the family if nothing is
    /// left in it.
    pub(super) fn take(
        &mut self,
        name: &str,
        take: impl FnOnce(&mut Family) -> Option<Arc<Breaker>>,
    ) -> Option<Arc<Breaker>> {
        let family = self.families.get_mut(name)?;
        let taken = take(family)?;
        let is_over = family.own.is_none() && family.keys.len() == 0;
        if is_over {
            self.families.remove(name);
        }
        self.departed.add(&taken, is_over);
        Some(taken)
    }
}

impl Departed {
    /// Adds the totals of a breaker that leaves, and perhaps is the last of its name. A program may
    /// make any number of names at run time, so the totals of such a name are dropped with its last
    /// breaker. The names of functions are only as many as the functions.
    pub(super) fn add(&mut self, breaker: &Breaker, is_last: bool) {
        self.departures += 1;
        let family = breaker.family();
        let ends = is_last && breaker.key().is_none() && family.as_static().is_none();
        if !ends || self.totals.contains_key(family) {
            *self.totals.entry(family.clone()).or_default() += &breaker.totals();
        }
    }

    /// Returns how many breakers have left.
    pub(super) fn departures(&self) -> u64 {
        self.departures
    }

    pub(super) fn totals(&self) -> impl Iterator<Item = (&Name, &Totals)> {
        self.totals.iter()
    }
}

/// Releases the lock, tells listeners of the breakers that were switched under it, and introduces
/// the breakers that were made under it to the link.
pub(super) fn release(mut table: RwLockWriteGuard<'_, Table>) {
    let Layers { switched, made, .. } = &mut table.layers;
    let (switched, made) = (core::mem::take(switched), core::mem::take(made));
    drop(table);
    switched.into_iter().for_each(Switched::announce);
    made.iter().for_each(Breaker::meet_link);
}

impl Family {
    /// Makes a family. `made` is the number of families so far, which is raised.
    pub(super) fn new(name: Name, made: &mut u64) -> Self {
        *made += 1;
        Family { name, number: *made, declared: None, own: None, keys: Keys::new() }
    }

    /// Returns true if `config` equals the declaration, or declares nothing.
    #[inline]
    pub(super) fn agrees_with(&self, config: Option<&'static Config>) -> bool {
        match (&self.declared, config) {
            (_, None) => true,
            // A comparison of whole configs takes longer than the rest of a look-up.
            (Some(old), Some(new)) => {
                old.at.is_some_and(|old| ptr::eq(old, new)) || old.config == *new
            }
            (None, Some(_)) => false,
        }
    }

    /// Returns whether `new` would be the first declaration.
    pub(super) fn lacks(&self, new: Option<Declaration>) -> bool {
        self.declared.is_none() && new.is_some()
    }

    /// Returns the conflict, if an earlier declaration differs.
    pub(super) fn conflict_with(&self, new: Option<Declaration>) -> Option<Conflict> {
        let (first, second) = (self.declared?, new?);
        if first.config == second.config {
            return None;
        }
        let (name, first, second) = (self.name.clone(), first.location, second.location);
        Some(Conflict { name, first, second, kind: ConflictKind::Tuning })
    }

    /// Takes the first declaration. It tunes the breakers that exist without one.
    pub(super) fn declare(&mut self, new: Option<Declaration>, layers: &mut Layers) {
        if !self.lacks(new) {
            return;
        }
        self.declared = new;
        for breaker in self.own.iter().chain(self.keys.breakers()) {
            breaker.reconfigure(layers.applied(self.declared_config(), breaker.name()).0);
        }
    }

    pub(super) fn declared_config(&self) -> Option<Config> {
        self.declared.map(|declared| declared.config)
    }
}
