//! A reading of a registry: its rows, family by family.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use breaker_core::{Name, Registry, Report, State, Totals};

use crate::counts::Counts;
use crate::instrument::{Attribute, Instrument};
use crate::memory::{Memory, Shown};
use crate::row::Row;
use crate::value::{Sample, Value};

/// The value of [`Attribute::Key`] for the keys that are not shown one by one.
pub(crate) const OTHER: &str = "other";

/// The length in bytes from which a key is cut.
const LONGEST_KEY: usize = 128;

/// A registry at one moment.
#[derive(Debug)]
pub(crate) struct Reading {
    families: Vec<(Name, Family)>,
    conflicts: usize,
    invalid_overrides: usize,
    unused_overrides: usize,
}

/// The reports of one name.
#[derive(Debug)]
struct Family {
    rows: Vec<Row>,
    /// The number of keys, if there are any.
    keys: Option<u64>,
}

/// The breakers of one name.
#[derive(Default)]
struct Parts {
    own: Option<Report>,
    by_key: Vec<Report>,
    departed: Option<Totals>,
}

impl Reading {
    /// Reads the registry. `memory` holds the last reading. At most `per_key` keys of each name get
    /// a row of their own.
    pub(crate) fn of(registry: &Registry, per_key: Option<usize>, memory: &mut Memory) -> Self {
        let mut families = BTreeMap::<Name, Parts>::new();
        // Each breaker is in one of the two lists, even if it is removed meanwhile, so no sum
        // falls.
        let survey = registry.survey();
        for (name, departed) in survey.departed {
            families.entry(name).or_default().departed = Some(departed);
        }
        for report in survey.reports {
            let parts = families.entry(report.snapshot.family.clone()).or_default();
            match report.snapshot.key {
                Some(_) => parts.by_key.push(report),
                None => parts.own = Some(report),
            }
        }
        memory.forget_all_but(|name| families.contains_key(name));
        let read = |(name, parts): (Name, Parts)| {
            let family = parts.into_family(&name, per_key, memory);
            (name, family)
        };
        Reading {
            families: families.into_iter().map(read).collect(),
            conflicts: registry.conflicts().len(),
            invalid_overrides: registry.invalid_overrides().len(),
            unused_overrides: registry.unused_overrides().len(),
        }
    }

    /// Calls `each` with the measurements of one instrument, by name and key.
    pub(crate) fn measure(&self, instrument: Instrument, each: &mut dyn FnMut(Sample<'_>)) {
        let mut registry_has = |number: usize| {
            let value = Value::Count(number as u64);
            each(Sample { instrument, attributes: &[], value });
        };
        match instrument {
            Instrument::Conflicts => registry_has(self.conflicts),
            Instrument::InvalidOverrides => registry_has(self.invalid_overrides),
            Instrument::UnusedOverrides => registry_has(self.unused_overrides),
            Instrument::Keys => {
                for (name, family) in &self.families {
                    let Some(keys) = family.keys else { continue };
                    let attributes = &[(Attribute::Name, name.as_str())];
                    each(Sample { instrument, attributes, value: Value::Count(keys) });
                }
            }
            _ => {
                for (name, family) in &self.families {
                    for row in &family.rows {
                        row.measure(instrument, name.as_str(), each);
                    }
                }
            }
        }
    }
}

impl Parts {
    fn into_family(self, name: &Name, per_key: Option<usize>, memory: &mut Memory) -> Family {
        let keys = self.by_key.len() as u64;
        let rows = match per_key {
            Some(limit) if keys > 0 || memory.knows(name) => self.rows_by_key(name, limit, memory),
            _ => vec![self.folded()],
        };
        Family { rows, keys: (keys > 0).then_some(keys) }
    }

    /// Returns a single row for all breakers of the name.
    fn folded(self) -> Row {
        let mut row = Row::new(None);
        for report in self.own.iter().chain(&self.by_key) {
            row.add(report);
            row.counts.add(&Counts::of(&report.totals));
        }
        if let Some(departed) = &self.departed {
            row.add_departed(departed);
            row.counts.add(&Counts::of(departed));
        }
        row
    }

    /// Returns a row for the name's own breaker, one for each shown key, and one for the other keys
    /// and the removed ones.
    fn rows_by_key(mut self, name: &Name, limit: usize, memory: &mut Memory) -> Vec<Row> {
        // The sort keeps the order of the keys within a rank.
        self.by_key.sort_by_key(|report| rank(report.snapshot.state));
        let (mut rows, mut other) = (Vec::new(), Row::new(Some(OTHER.into())));
        let mut all = Counts::ZERO;
        // Prometheus treats an empty label as absent, and the name's own row has none.
        let mut labels = HashSet::<Arc<str>>::from([OTHER.into(), "".into()]);
        let most = labels.len().saturating_add(limit);
        for report in self.own.iter().chain(&self.by_key) {
            let counts = Counts::of(&report.totals);
            all.add(&counts);
            let key = report.snapshot.key.as_ref().map(label);
            let has_row = match &key {
                None => true,
                Some(key) => labels.len() < most && labels.insert(Arc::clone(key)),
            };
            if has_row {
                let mut row = Row::new(key);
                row.add(report);
                row.counts = counts;
                rows.push(row);
            } else {
                other.add(report);
            }
        }
        if let Some(departed) = &self.departed {
            other.add_departed(departed);
            all.add(&Counts::of(departed));
        }
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        let shown = |row: &Row| Shown { key: row.key.clone(), counts: row.counts.clone() };
        other.counts = memory.rest(name, all, rows.iter().map(shown).collect());
        rows.push(other);
        rows
    }
}

/// The order in which keys are shown, the lowest rank first: keys that reject.
fn rank(state: State) -> u8 {
    match state {
        State::Open => 0,
        State::Isolated => 1,
        State::HalfOpen => 2,
        State::Disabled => 4,
        State::Closed => 5,
        // Observing, and states that this crate does not know yet.
        _ => 3,
    }
}

/// Returns the key as the value of an attribute. The part that is cut off a long key becomes a
/// hash, so that keys which begin alike stay apart.
fn label(key: &Arc<str>) -> Arc<str> {
    if key.len() <= LONGEST_KEY {
        return Arc::clone(key);
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(key.as_bytes());
    let longest = LONGEST_KEY - 17;
    let end = (0..=longest).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
    format!("{}-{:016x}", &key[..end], hasher.finish()).into()
}
