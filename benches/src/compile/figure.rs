//! One figure, and what it may be.

use std::fmt;

pub(super) struct Figure {
    what: String,
    found: f64,
    unit: &'static str,
    digits: usize,
    /// The most it may be, and how that comes about if it is not plain.
    budget: Option<(f64, String)>,
}

impl Figure {
    pub(super) fn new(what: impl Into<String>, found: f64, unit: &'static str) -> Self {
        Figure { what: what.into(), found, unit, digits: 2, budget: None }
    }

    pub(super) fn count(what: impl Into<String>, found: usize, unit: &'static str) -> Self {
        Figure { digits: 0, ..Figure::new(what, float(found), unit) }
    }

    pub(super) fn rounded(self) -> Self {
        Figure { digits: 0, ..self }
    }

    pub(super) fn at_most(self, most: usize) -> Self {
        self.within(float(most), "")
    }

    pub(super) fn within(mut self, most: f64, reason: impl Into<String>) -> Self {
        self.budget = Some((most, reason.into()));
        self
    }

    /// The columns of a table, for another program to read.
    pub(super) fn tabbed(&self) -> String {
        let [found, budget, verdict] = self.columns();
        format!("{}\t{found}\t{budget}\t{verdict}\n", self.what)
    }

    fn columns(&self) -> [String; 3] {
        let amount = |amount: f64| {
            let amount = format!("{amount:.*} {}", self.digits, self.unit);
            amount.trim_end().to_owned()
        };
        let Some((most, reason)) = &self.budget else {
            return [amount(self.found), String::new(), String::new()];
        };
        let verdict = if self.found <= *most { "met" } else { "missed" };
        [amount(self.found), format!("{}{reason}", amount(*most)), verdict.to_owned()]
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [found, budget, verdict] = self.columns();
        if budget.is_empty() {
            write!(f, "{}: found {found}", self.what)
        } else {
            write!(f, "{}: budget {budget}, found {found}: {verdict}", self.what)
        }
    }
}

pub(super) fn float(count: usize) -> f64 {
    // Counts here are far below where this would round.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
