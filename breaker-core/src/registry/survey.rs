//! Reports on all breakers of a registry, and the totals of breakers that have left it.
//!
//! The totals of a name's breakers, present and departed, never fall in sum, if each breaker is
//! counted once: as present or as departed. So a [`Survey`] reports first, and then leaves out the
//! breakers that have left meanwhile.

use core::panic::Location;
use std::collections::HashSet;
use std::sync::{Arc, Weak};

use super::Registry;
use super::table::{Departed, Table};
use crate::breaker::Breaker;
use crate::breaker::report::Report;
use crate::breaker::totals::Totals;
use crate::name::Name;

/// Reports on all breakers of a registry, and the totals of breakers that have left it, from
/// [`Registry::survey`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Survey {
    /// A report on each breaker that is in the registry, by name and key.
    pub reports: Vec<Report>,
    /// The totals of breakers that have left, by the name without the key. None of them is among
    /// the reports.
    pub departed: Vec<(Name, Totals)>,
}

/// A breaker in the table, and the place of the declaration of its name.
type Listed = (Weak<Breaker>, Option<&'static Location<'static>>);

impl Registry {
    /// Returns reports on all breakers, by name and key. Each breaker is held only for its own
    /// report: a held breaker makes no room for another key.
    ///
    /// ```
    /// use breaker_core::{Config, Registry, State};
    ///
    /// let registry = Registry::new();
    /// registry.get_or_insert("llm", Config::new())?.force_open();
    /// let reports = registry.reports();
    /// assert_eq!(reports[0].snapshot.state, State::Isolated);
    /// assert!(reports[0].declared_at.is_some_and(|place| place.line() > 0));
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    #[must_use]
    pub fn reports(&self) -> Vec<Report> {
        self.survey().reports
    }

    /// Returns reports on the breaker of this name, if it has one of its own, and on its breakers
    /// by key, by key. The cost grows with the number of these breakers, and not with others.
    ///
    /// ```
    /// use breaker_core::{Config, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.get_or_insert("llm", Config::new())?;
    /// registry.get_or_insert("db", Config::new())?;
    /// let reports = registry.reports_of("llm");
    /// assert_eq!(reports.len(), 1);
    /// assert!(reports[0].declared_at.is_some());
    /// assert!(registry.reports_of("lmm").is_empty());
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    #[must_use]
    pub fn reports_of(&self, name: &str) -> Vec<Report> {
        let (listed, declared_at) = {
            let table = self.table();
            let Some(family) = table.families.get(name) else { return Vec::new() };
            let breakers = family.own.iter().chain(family.keys.breakers());
            let listed: Vec<_> = breakers.map(Arc::downgrade).collect();
            (listed, family.declared.map(|declared| declared.location))
        };
        let breakers = listed.iter().filter_map(Weak::upgrade);
        let mut reports: Vec<_> =
            breakers.map(|breaker| Report { declared_at, ..breaker.report() }).collect();
        reports.sort_by(|one, other| one.snapshot.key.cmp(&other.snapshot.key));
        reports
    }

    /// Returns the totals of the breakers that have left the registry, summed up by the name
    /// without the key: breakers by key that have made room for others, and breakers that were
    /// removed.
    ///
    /// A name that a program makes at run time is not kept here for ever: once its last breaker has
    /// left, its totals go too, unless it has had keys.
    ///
    /// Together with the totals of the present breakers, by [`survey`](Self::survey), these make
    /// counters of a name that never fall.
    #[must_use]
    pub fn departed(&self) -> Vec<(Name, Totals)> {
        self.table().departed.list()
    }

    /// Returns [`reports`](Self::reports) and [`departed`](Self::departed), and counts each breaker
    /// once, even if keys come and go meanwhile. So the sum of all totals under a name never falls
    /// from one survey to the next.
    ///
    /// ```
    /// use breaker_core::{Config, Registry, Totals};
    ///
    /// let registry = Registry::new();
    /// registry.get_or_insert("llm", Config::new())?.force_open();
    /// let mut sum = Totals::default();
    /// let survey = registry.survey();
    /// let present = survey.reports.iter().map(|report| &report.totals);
    /// let departed = survey.departed.iter().map(|(_, totals)| totals);
    /// present.chain(departed).for_each(|totals| sum += totals);
    /// assert_eq!(sum.transitions().count(), 1);
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    #[must_use]
    pub fn survey(&self) -> Survey {
        let (listed, departures) = {
            let table = self.table();
            (table.listed(), table.departed.departures())
        };
        let mut reports: Vec<(Weak<Breaker>, Report)> = Vec::with_capacity(listed.len());
        for (weak, declared_at) in listed {
            if let Some(breaker) = weak.upgrade() {
                let report = Report { declared_at, ..breaker.report() };
                drop(breaker);
                reports.push((weak, report));
            }
        }
        let table = self.table();
        if table.departed.departures() != departures {
            // A weak reference keeps the memory, so no other breaker has the same address.
            let here: HashSet<_> = table.breakers().map(Arc::as_ptr).collect();
            reports.retain(|(weak, _)| here.contains(&weak.as_ptr()));
        }
        let departed = table.departed.list();
        drop(table);
        Survey { reports: reports.into_iter().map(|(_, report)| report).collect(), departed }
    }
}

impl Table {
    fn listed(&self) -> Vec<Listed> {
        let of = |breaker: &Arc<Breaker>| {
            let family = self.families.get(breaker.family().as_str());
            let declared_at = family.and_then(|family| Some(family.declared?.location));
            (Arc::downgrade(breaker), declared_at)
        };
        self.breakers().map(of).collect()
    }
}

impl Departed {
    fn list(&self) -> Vec<(Name, Totals)> {
        self.totals().map(|(name, totals)| (name.clone(), totals.clone())).collect()
    }
}
