//! The table that a registry keeps under one lock: its breakers, their declarations, and the
//! overrides.

use core::panic::Location;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Conflict;
use super::overrides::Overrides;
use crate::breaker::Breaker;
use crate::config::{Config, ConfigError};
use crate::name::Name;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) entries: BTreeMap<Name, Entry>,
    pub(super) overrides: Overrides,
    /// The most keys under one name.
    pub(super) max_keys: usize,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) breaker: Arc<Breaker>,
    /// The declaration that holds. A breaker that was made by a call site which gives only
    /// its name has none yet.
    pub(super) declared: Option<Declaration>,
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
        Table { entries: BTreeMap::new(), overrides: Overrides::new(), max_keys: 1_000 }
    }

    /// Declares the breaker of that name, if there is one. Returns it with the conflict, if
    /// an earlier declaration differs.
    pub(super) fn declare(
        &mut self,
        name: &str,
        declared: Option<Declaration>,
    ) -> Option<(Arc<Breaker>, Option<Conflict>)> {
        let Table { entries, overrides, .. } = self;
        let entry = entries.get_mut(name)?;
        let breaker = Arc::clone(&entry.breaker);
        match entry.declare(declared, overrides) {
            Ok(conflict) => Some((breaker, conflict)),
            Err(invalid) => {
                overrides.note_invalid(breaker.family(), invalid);
                Some((breaker, None))
            }
        }
    }
}

impl Entry {
    /// Returns true if `config` equals what was declared, or declares nothing.
    pub(super) fn agrees_with(&self, config: Option<Config>) -> bool {
        match (&self.declared, config) {
            (_, None) => true,
            (Some(old), Some(new)) => old.config == new,
            (None, Some(_)) => false,
        }
    }

    /// Takes the first declaration, also after calls of a site that declared nothing.
    fn declare(
        &mut self,
        new: Option<Declaration>,
        overrides: &Overrides,
    ) -> Result<Option<Conflict>, ConfigError> {
        let Some(new) = new else { return Ok(None) };
        let breaker = &self.breaker;
        match self.declared {
            Some(old) if old.config == new.config => Ok(None),
            Some(old) => Ok(Some(Conflict {
                name: breaker.family().clone(),
                first: old.location,
                second: new.location,
            })),
            None => {
                self.declared = Some(new);
                let effective = overrides.effective(Some(new.config), breaker.name());
                // An override that does not go with the declaration is left out.
                breaker.reconfigure(*effective.as_ref().unwrap_or(&new.config));
                effective.map(|_| None)
            }
        }
    }

    pub(super) fn declared_config(&self) -> Option<Config> {
        self.declared.map(|declared| declared.config)
    }
}
