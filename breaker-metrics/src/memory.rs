//! What an exporter remembers of keys that are shown one by one.
//!
//! A key that gets a row of its own would take its counts out of the row of the other keys, and a
//! key that loses it would bring them back. A scraper takes a counter that falls for one of a
//! program that has been started again, and one that jumps for a burst of calls. So the row of the
//! other keys has what keys have counted while they were *not* shown.

use std::collections::HashMap;
use std::sync::Arc;

use breaker_core::Name;

use crate::counts::Counts;

/// What has been exported, by name. It has names that were in the last reading.
#[derive(Debug, Default)]
pub(crate) struct Memory(HashMap<Name, Past>);

/// What has been exported under one name.
#[derive(Debug)]
struct Past {
    /// The sum over all breakers of the name, those that are gone included.
    all: Counts,
    /// What breakers have counted while they were shown.
    of_shown: Counts,
    last_shown: Vec<Shown>,
}

/// A breaker with a row of its own.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// `None` for the breaker of the name.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) counts: Counts,
}

impl Memory {
    pub(crate) fn forget_all_but(&mut self, is_there: impl Fn(&Name) -> bool) {
        self.0.retain(|name, _| is_there(name));
    }

    /// Returns whether the keys of a name have been shown one by one.
    pub(crate) fn knows(&self, name: &Name) -> bool {
        self.0.contains_key(name)
    }

    /// Returns what belongs to the row of the other keys: all that the breakers of the name have
    /// counted, without what those with a row of their own have counted since they got it.
    pub(crate) fn rest(&mut self, name: &Name, all: Counts, shown: Vec<Shown>) -> Counts {
        match self.0.get_mut(name) {
            // A sum that falls is that of a name which was removed, and has come again.
            Some(past) if !all.falls_below(&past.all) => past.update(all, shown),
            _ => {
                self.0.insert(name.clone(), Past::new(all, shown));
            }
        }
        self.0.get(name).map_or(Counts::ZERO, Past::rest)
    }
}

impl Past {
    /// Nothing has been exported yet, so the other keys can begin without the counts of those that
    /// are shown.
    fn new(all: Counts, shown: Vec<Shown>) -> Self {
        let mut of_shown = Counts::ZERO;
        for shown in &shown {
            of_shown.add(&shown.counts);
        }
        Past { all, of_shown, last_shown: shown }
    }

    fn update(&mut self, all: Counts, shown: Vec<Shown>) {
        let last: HashMap<_, _> =
            self.last_shown.iter().map(|last| (&last.key, &last.counts)).collect();
        for Shown { key, counts } in &shown {
            // What a key had counted before it was shown has been exported with the others.
            if let Some(last) = last.get(key) {
                self.of_shown.add(&counts.growth_since(last));
            }
        }
        (self.all, self.last_shown) = (all, shown);
    }

    fn rest(&self) -> Counts {
        self.all.less(&self.of_shown)
    }
}
