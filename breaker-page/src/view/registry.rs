//! The faults of the registry as a whole, and the breakers that have left it.

use breaker_core::{Name, Registry, Totals};
use serde::Serialize;

use super::totals::TotalsView;

/// The largest number of faults of one kind that are listed.
const MOST: usize = 20;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RegistryView {
    conflicts: Vec<String>,
    conflicts_count: usize,
    invalid_overrides: Vec<String>,
    invalid_overrides_count: usize,
    unused_overrides: Vec<String>,
    unused_overrides_count: usize,
}

impl RegistryView {
    pub(crate) fn new(registry: &Registry) -> Self {
        let conflicts = registry.conflicts();
        let invalid = registry.invalid_overrides();
        let unused = registry.unused_overrides();
        RegistryView {
            conflicts_count: conflicts.len(),
            conflicts: first(conflicts.iter().map(ToString::to_string)),
            invalid_overrides_count: invalid.len(),
            invalid_overrides: first(
                invalid.iter().map(|(name, error)| format!("override for `{name}`: {error}")),
            ),
            unused_overrides_count: unused.len(),
            unused_overrides: first(unused.iter().map(ToString::to_string)),
        }
    }
}

fn first(all: impl Iterator<Item = String>) -> Vec<String> {
    all.take(MOST).collect()
}

/// The things that a reader can do with the page.
#[derive(Serialize)]
pub(crate) struct PageView<'a> {
    pub(crate) actions: bool,
    pub(crate) vital: &'a [String],
}

/// The totals of breakers that have left the registry.
#[derive(Serialize)]
pub(crate) struct Departed {
    name: String,
    totals: TotalsView,
}

impl Departed {
    pub(crate) fn new(name: &Name, totals: &Totals) -> Self {
        Departed { name: name.to_string(), totals: TotalsView::new(totals) }
    }
}
