//! Costs at compile time, which `compile` measures for `report`.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

pub(crate) struct Costs(pub(crate) Vec<Cost>);

/// A figure and its budget, in words. Without a budget there is no verdict.
#[derive(Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) what: String,
    pub(crate) found: String,
    pub(crate) budget: String,
    pub(crate) verdict: String,
}

impl Costs {
    pub(crate) fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let text: String = self.0.iter().map(Cost::tabbed).collect();
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
        written.map_err(|error| format!("{}: {error}", path.display()).into())
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
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

    pub(crate) fn with_budget(&self) -> impl Iterator<Item = &Cost> {
        self.0.iter().filter(|cost| !cost.budget.is_empty())
    }
}

impl Cost {
    fn tabbed(&self) -> String {
        let Cost { what, found, budget, verdict } = self;
        format!("{what}\t{found}\t{budget}\t{verdict}\n")
    }

    fn parse(line: &str) -> Option<Self> {
        let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let [what, found, budget, verdict] = columns.try_into().ok()?;
        Some(Cost { what, found, budget, verdict })
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { what, found, budget, verdict } = self;
        if budget.is_empty() {
            write!(f, "{what}: found {found}")
        } else {
            write!(f, "{what}: budget {budget}, found {found}: {verdict}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cost;

    fn cost(budget: &str, verdict: &str) -> Cost {
        let [what, found] = ["bytes added", "40"].map(str::to_owned);
        Cost { what, found, budget: budget.to_owned(), verdict: verdict.to_owned() }
    }

    #[test]
    fn cost_that_was_written_is_read() {
        for cost in [cost("48", "met"), cost("", "")] {
            let line = cost.tabbed();
            assert_eq!(Cost::parse(line.trim_end_matches('\n')), Some(cost));
        }
    }

    #[test]
    fn line_of_another_form_is_refused() {
        for line in ["", "bytes added", "bytes added\t40\t48", "bytes added\t40\t48\tmet\tmore"] {
            assert_eq!(Cost::parse(line), None, "{line}");
        }
    }

    #[test]
    fn cost_without_a_budget_has_no_verdict() {
        assert_eq!(cost("", "").to_string(), "bytes added: found 40");
        assert_eq!(cost("48", "met").to_string(), "bytes added: budget 48, found 40: met");
    }
}
