//! An exporter's memory of the keys that are shown one by one.
//!
//! A key that gets a row of its own would take its counts out of the row of the other keys, and a
//! key that loses its row would bring them back. A scraper reads a falling counter as a restart of
//! the program, and a jump as a burst of calls. So the row of the other keys holds the counts that
//! keys have gathered while they were *not* shown.

use std::collections::HashMap;
use std::sync::Arc;

use breaker_core::Name;

use crate::counts::Counts;

/// The exported values, by name. It holds the names of the last reading.
#[derive(Debug, Default)]
pub(crate) struct Memory(HashMap<Name, Past>);

/// The exported values of one name.
#[derive(Debug)]
struct Past {
    /// The sum over all breakers of the name, including removed ones.
    all: Counts,
    /// The counts that breakers gathered while they were shown.
    of_shown: Counts,
    last_shown: Vec<Shown>,
}

/// A breaker with a row of its own.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// `None` for the name's own breaker.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) counts: Counts,
}

impl Memory {
    pub(crate) fn forget_all_but(&mut self, is_there: impl Fn(&Name) -> bool) {
        self.0.retain(|name, _| is_there(name));
    }

    /// Returns true if the keys of the name have been shown one by one.
    pub(crate) fn knows(&self, name: &Name) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the row of the other keys: the counts of all breakers of the name, minus the counts
    /// that those with a row of their own gathered since they got it.
    pub(crate) fn rest(&mut self, name: &Name, all: Counts, shown: Vec<Shown>) -> Counts {
        match self.0.get_mut(name) {
            // A sum falls only if the name was removed and has come again.
            Some(past) if !all.falls_below(&past.all) => past.update(all, shown),
            _ => {
                self.0.insert(name.clone(), Past::new(all, shown));
            }
        }
        self.0.get(name).map_or(Counts::ZERO, Past::rest)
    }
}

impl Past {
    /// Nothing has been exported yet, so the other keys can begin without the counts of the shown
    /// ones.
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
            // The counts from before a key was shown have been exported with the other keys.
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
