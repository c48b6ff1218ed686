//! The table that a registry keeps under one lock: its breakers, their declarations, and the
//! overrides.

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
    /// By name. Each has a breaker at least, or is declared before its first call.
    pub(super) families: BTreeMap<Box<str>, Family>,
    pub(super) layers: Layers,
    /// The most keys under one name.
    pub(super) max_keys: usize,
    /// How many families there have ever been.
    pub(super) families_made: u64,
    pub(super) departed: Departed,
}

/// The totals of breakers that have left, by the name of their family.
#[derive(Debug)]
pub(super) struct Departed {
    totals: BTreeMap<Name, Totals>,
    departures: u64,
}

/// What a registry has under one name: the breaker of the name, and those by key. The keys
/// are in a map of their own, so that no key reaches another name.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: Name,
    /// Tells the family from others of this registry, past ones of its name included.
    pub(super) number: u64,
    /// The declaration that holds for all of them. A name that only call sites without
    /// tuning and [`Registry::breaker`](super::Registry::breaker) have used has none yet.
    pub(super) declared: Option<Declaration>,
    /// The breaker of the name. A name whose calls all have keys has none.
    pub(super) own: Option<Arc<Breaker>>,
    pub(super) keys: Keys,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) config: Config,
    pub(super) location: &'static Location<'static>,
    /// Where a function with a key has its config.
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

    /// Returns all breakers, by name, and those of one name by key.
    pub(super) fn breakers(&self) -> impl Iterator<Item = &Arc<Breaker>> {
        self.families.values().flat_map(|family| {
            let mut by_key: Vec<_> = family.keys.breakers().collect();
            by_key.sort_unstable_by_key(|breaker| breaker.key());
            family.own.iter().chain(by_key)
        })
    }

    /// Takes out the breaker that `take` takes out of a family, and the family if nothing is left
    /// of it.
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
    /// Adds the totals of a breaker that leaves, the last of its name perhaps. A program may make
    /// any number of names at run time, so of those that come to their end nothing is kept. The
    /// names of functions are as many as the program has functions.
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

/// Releases the lock, tells listeners of the breakers that were switched under it, and lets those
/// that were made meet the link.
pub(super) fn release(mut table: RwLockWriteGuard<'_, Table>) {
    let Layers { switched, made, .. } = &mut table.layers;
    let (switched, made) = (core::mem::take(switched), core::mem::take(made));
    drop(table);
    switched.into_iter().for_each(Switched::announce);
    made.iter().for_each(Breaker::meet_link);
}

impl Family {
    /// Makes a family. `made`: how many there have been, which is raised.
    pub(super) fn new(name: Name, made: &mut u64) -> Self {
        *made += 1;
        Family { name, number: *made, declared: None, own: None, keys: Keys::new() }
    }

    /// Returns true if `config` equals what was declared, or declares nothing.
    #[inline]
    pub(super) fn agrees_with(&self, config: Option<&'static Config>) -> bool {
        match (&self.declared, config) {
            (_, None) => true,
            // To compare all of two configs takes longer than all else that a look-up does.
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

    /// Takes the first declaration, which tunes the breakers that are there without one.
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
