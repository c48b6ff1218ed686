//! Finds the breaker of a name, or makes it.

use core::panic::Location;
use std::sync::Arc;

use super::layers::Layers;
use super::table::{self, Declaration, Family, Table};
use super::{Conflict, Registry, Set};
use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::seat;
use crate::config::Config;
use crate::name::Name;

impl Registry {
    /// Returns the breaker of this name for a call site whose name has been checked, and whether
    /// its tuning contradicts another's. If the breaker is made for this site in the registry of
    /// the process, `site_word` stores its word.
    pub(crate) fn for_site(
        &self,
        name: &'static str,
        config: Option<Config>,
        location: &'static Location<'static>,
        site_word: Option<&'static AtomicWord>,
    ) -> (Arc<Breaker>, Option<Conflict>) {
        let make_name = || Ok::<_, core::convert::Infallible>(Name::from_static(name));
        let declared = config.map(|config| Declaration { config, location, at: None });
        let site_word = site_word.filter(|_| matches!(self.0, Set::Global));
        match self.resolve(name, make_name, declared, site_word) {
            Ok(found) => found,
            Err(never) => match never {},
        }
    }

    pub(super) fn resolve<E>(
        &self,
        name: &str,
        make_name: impl FnOnce() -> Result<Name, E>,
        declared: Option<Declaration>,
        site_word: Option<&'static AtomicWord>,
    ) -> Result<(Arc<Breaker>, Option<Conflict>), E> {
        let find = |table: &Table| {
            let family = table.families.get(name)?;
            let own = family.own.as_ref()?;
            (!family.lacks(declared)).then(|| (Arc::clone(own), family.conflict_with(declared)))
        };
        let found = find(&self.table());
        let (breaker, conflict) = match found {
            Some(found) => found,
            None => self.make_for_name(make_name()?, declared, site_word),
        };
        self.push_conflict(conflict.as_ref());
        Ok((breaker, conflict))
    }

    /// Declares the name, and makes its breaker if there is none.
    fn make_for_name(
        &self,
        name: Name,
        declared: Option<Declaration>,
        site_word: Option<&'static AtomicWord>,
    ) -> (Arc<Breaker>, Option<Conflict>) {
        let mut table = self.table_mut();
        let Table { families, layers, families_made, .. } = &mut *table;
        let new = || Family::new(name.clone(), families_made);
        let family = families.entry(name.as_str().into()).or_insert_with(new);
        family.declare(declared, layers);
        let config = family.declared_config();
        let make = || self.make(layers, name, config, site_word);
        let breaker = Arc::clone(family.own.get_or_insert_with(make));
        let conflict = family.conflict_with(declared);
        table::release(table);
        (breaker, conflict)
    }

    /// Makes a breaker. The caller lists it under the table's lock.
    pub(super) fn make(
        &self,
        layers: &mut Layers,
        name: Name,
        declared: Option<Config>,
        site_word: Option<&'static AtomicWord>,
    ) -> Arc<Breaker> {
        let (config, switch) = layers.applied(declared, &name);
        let shared = Arc::clone(self.inner().shared());
        let mut breaker = Breaker::named(name, config).in_registry(shared);
        if breaker.is_heard() {
            breaker.time_for_listeners();
        }
        // A word that is already claimed belongs to a breaker that has been removed.
        let tracking = breaker.cell.status().tracking;
        let claims = |word: &&AtomicWord| word.claim(tracking);
        if let Some(claimed) = site_word.filter(claims) {
            breaker.cell.move_to(claimed);
        }
        let breaker = Arc::new(breaker);
        layers.switch(&breaker, switch);
        self.note_made(layers, &breaker);
        breaker
    }

    /// Makes a breaker by key. The caller lists it under the table's lock. In the registry of the
    /// process it is the face of a seat.
    pub(super) fn make_keyed(
        &self,
        layers: &mut Layers,
        name: Name,
        declared: Option<Config>,
        family: u64,
    ) -> Arc<Breaker> {
        if let Set::Global = self.0 {
            let (config, switch) = layers.applied(declared, &name);
            let face = seat::take(name.clone(), family, config, self.inner().shared());
            if let Some(face) = face {
                if face.is_heard() {
                    face.time_for_listeners();
                }
                layers.switch(&face, switch);
                self.note_made(layers, &face);
                return face;
            }
        }
        self.make(layers, name, declared, None)
    }
}
