//! The figures of `compile`.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

use super::table::Table;

pub(super) struct Costs(Vec<Cost>);

/// A figure and what it may be, as it was printed.
pub(super) struct Cost {
    pub(super) what: String,
    pub(super) found: String,
    pub(super) budget: String,
    pub(super) verdict: String,
}

impl Costs {
    pub(super) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}; run `cargo xtask cost`", path.display()))?;
        let parse = |line: &str| {
            Cost::parse(line).ok_or_else(|| {
                let path = path.display();
                format!("{path}: expected `what, found, budget, verdict`, found `{line}`")
            })
        };
        Ok(Costs(text.lines().map(parse).collect::<Result<_, _>>()?))
    }

    /// Those that have a budget.
    pub(super) fn with_budget(&self) -> impl Iterator<Item = &Cost> {
        self.0.iter().filter(|cost| !cost.budget.is_empty())
    }
}

impl Cost {
    fn parse(line: &str) -> Option<Self> {
        let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let [what, found, budget, verdict] = columns.try_into().ok()?;
        Some(Cost { what, found, budget, verdict })
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["", "found", "budget", ""]);
        for Cost { what, found, budget, verdict } in &self.0 {
            table.row([what, found, budget, verdict].map(Clone::clone));
        }
        table.fmt(f)
    }
}
