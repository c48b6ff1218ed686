//! Breakers by key: one for each model, host or tenant under a name.
//!
//! A name has at most `max_keys` of them. [`keys`](super::keys) says which of them make room for a
//! new key. If none can, calls with a new key share the breaker of the name.

use core::fmt::Display;
use core::panic::Location;
use std::sync::Arc;

use super::kept_key::{KeptKey, text_of};
use super::table::{self, Declaration, Family, Table};
use super::{Conflict, Registry, RegistryError};
use crate::breaker::Breaker;
use crate::breaker::seat::held::KeyedRef;
use crate::clock::Tick;
use crate::config::Config;
use crate::name::Name;

impl Registry {
    /// Sets how many breakers by key each name may have; 0 counts as 1. The default is 1,000.
    /// Existing breakers stay until room is needed.
    pub fn set_max_keys(&self, keys: usize) {
        let mut table = self.table_mut();
        table.max_keys = keys.max(1);
        table.families.values_mut().for_each(|family| family.keys.look_again());
    }

    /// The breaker with this key under this name. `None` for a key that has had no call, was
    /// removed, or shares the breaker of the name because it found no room. The key is the value
    /// that a call gives to the attribute's `key`, or the text that [`Breaker::key`] returns.
    ///
    /// ```
    /// # use breaker_core as breakerbox;
    /// use breakerbox::{Registry, State};
    ///
    /// if let Some(breaker) = Registry::global().get_key("llm", "gpt 4") {
    ///     println!("{} is {}", breaker.name(), breaker.state()); // llm/gpt\u{20}4 is closed
    /// }
    /// ```
    #[must_use]
    pub fn get_key(&self, name: &str, key: impl Display) -> Option<Arc<Breaker>> {
        let key = KeptKey::wanted(&key);
        self.table().families.get(name)?.keys.get(key.as_bytes()).map(Arc::clone)
    }

    /// The breaker with this key under this name, even before the key's first call: to hold it
    /// open, to observe it, or to see what other processes know of it. Makes one if there is none,
    /// as a call does. If the key finds no room, this is the breaker of the name.
    ///
    /// ```
    /// use breaker_core::Registry;
    ///
    /// let registry = Registry::new();
    /// registry.breaker_by_key("llm", "gpt-4")?.force_open();
    /// assert!(registry.get_key("llm", "gpt-4").is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    pub fn breaker_by_key(
        &self,
        name: &str,
        key: impl Display,
    ) -> Result<Arc<Breaker>, RegistryError> {
        let key = KeptKey::wanted(&key);
        let now = self.inner().clock.coarse();
        let (call, _) = self.make_for_key(&Name::try_from(name)?, key.as_bytes(), None, now);
        let made = self.table().families.get(name).and_then(|family| {
            family.keys.get(key.as_bytes()).or(family.own.as_ref()).map(Arc::clone)
        });
        // Until here the breaker makes room for no other key.
        drop(call);
        made.map_or_else(|| self.breaker(name), Ok)
    }

    /// Removes the breaker with this key from the registry, as [`remove`](Self::remove) does with
    /// the breaker of a name. The next call with the key makes a new one.
    #[allow(clippy::must_use_candidate, reason = "removing is the point")]
    pub fn remove_key(&self, name: &str, key: impl Display) -> Option<Arc<Breaker>> {
        let key = KeptKey::wanted(&key);
        let removed = self.table_mut().take(name, |family| family.keys.remove(key.as_bytes()))?;
        removed.leave_registry();
        Some(removed)
    }

    /// Returns the breaker for a key under a name that has been checked. If the breaker exists, or
    /// the key shares the breaker of the name, nothing is allocated.
    pub(crate) fn for_key(
        &self,
        name: &'static str,
        key: &[u8],
        config: Option<&'static Config>,
        location: &'static Location<'static>,
    ) -> (KeyedRef, Option<Conflict>) {
        let now = self.inner().clock.coarse();
        {
            let table = self.table();
            let family = table.families.get(name).filter(|family| family.agrees_with(config));
            let found = family.and_then(|it| it.known_or_shared(key, table.max_keys, now));
            if let Some(breaker) = found {
                return (held(breaker), None);
            }
        }
        let declared =
            config.map(|config| Declaration { config: *config, location, at: Some(config) });
        self.for_key_slow(name, key, declared, now)
    }

    /// Declares a name whose calls all have keys, before its first call. If an earlier declaration
    /// differs, lists the conflict.
    #[cfg(feature = "inventory")]
    pub(crate) fn declare(
        &self,
        name: &'static str,
        config: Option<&'static Config>,
        location: &'static Location<'static>,
    ) {
        let declared =
            config.map(|config| Declaration { config: *config, location, at: Some(config) });
        let mut table = self.table_mut();
        let Table { families, layers, families_made, .. } = &mut *table;
        let new = || Family::new(Name::from_static(name), families_made);
        let family = families.entry(name.into()).or_insert_with(new);
        family.declare(declared, layers);
        let conflict = family.conflict_with(declared);
        table::release(table);
        self.push_conflict(conflict.as_ref());
    }

    /// Finds or makes the breaker of a function that gives other tuning.
    #[cold]
    fn for_key_slow(
        &self,
        name: &'static str,
        key: &[u8],
        declared: Option<Declaration>,
        now: Tick,
    ) -> (KeyedRef, Option<Conflict>) {
        let find = |table: &Table| {
            let family = table.families.get(name).filter(|family| !family.lacks(declared))?;
            let breaker = family.known_or_shared(key, table.max_keys, now)?;
            Some((held(breaker), family.conflict_with(declared)))
        };
        let found = find(&self.table());
        let (breaker, conflict) = found
            .unwrap_or_else(|| self.make_for_key(&Name::from_static(name), key, declared, now));
        self.push_conflict(conflict.as_ref());
        (breaker, conflict)
    }

    /// Declares the name, and makes a breaker for the key if there is room.
    fn make_for_key(
        &self,
        name: &Name,
        key: &[u8],
        declared: Option<Declaration>,
        now: Tick,
    ) -> (KeyedRef, Option<Conflict>) {
        let mut table = self.table_mut();
        let Table { families, layers, max_keys, families_made, departed } = &mut *table;
        let new = || Family::new(name.clone(), families_made);
        let family = families.entry(name.as_str().into()).or_insert_with(new);
        family.declare(declared, layers);
        let conflict = family.conflict_with(declared);
        if let Some(known) = family.keys.used(key, now) {
            return (held(known), conflict);
        }
        let config = family.declared_config();
        let cooldown = || layers.effective(config, &family.name).unwrap_or_default().cooldown();
        let Some(gone) = family.keys.make_room(*max_keys, now, cooldown) else {
            let make = || self.make(layers, name.clone(), config, None);
            let call = held(family.own.get_or_insert_with(make));
            table::release(table);
            return (call, conflict);
        };
        for breaker in &gone {
            departed.add(breaker, false);
        }
        let name = Name::keyed(family.name.clone(), text_of(key));
        let breaker = self.make_keyed(layers, name, config, family.number);
        let call = held(&breaker);
        family.keys.insert(breaker, now);
        table::release(table);
        // Their listeners may call the registry, so the lock is released.
        for breaker in gone {
            breaker.leave_registry();
        }
        (call, conflict)
    }
}

/// Returns a call's reference to a breaker. The caller has the table's lock, so the breaker's seat
/// has not passed to another breaker.
fn held(breaker: &Arc<Breaker>) -> KeyedRef {
    match breaker.seat() {
        Some(seat) => KeyedRef::Seat(seat.start()),
        None => KeyedRef::owned(Arc::clone(breaker)),
    }
}

impl Family {
    /// Returns the breaker of a known key, or the breaker of the name if a new key finds no room.
    fn known_or_shared(&self, key: &[u8], max_keys: usize, now: Tick) -> Option<&Arc<Breaker>> {
        if let Some(known) = self.keys.used(key, now) {
            return Some(known);
        }
        let own = self.own.as_ref()?;
        if self.keys.may_have_room(max_keys, now) { None } else { Some(own) }
    }
}
