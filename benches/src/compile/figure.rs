//! A figure and its budget, as numbers.

use crate::costs::Cost;

pub(super) struct Figure {
    what: String,
    found: f64,
    unit: &'static str,
    digits: usize,
    /// The largest value allowed, and its reason unless the number explains itself.
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

    /// Puts the figure into words, judged by its budget.
    pub(super) fn into_cost(self) -> Cost {
        let found = self.amount(self.found);
        let (budget, verdict) = match &self.budget {
            Some((most, reason)) => {
                let verdict = if self.found <= *most { "met" } else { "missed" };
                (format!("{}{reason}", self.amount(*most)), verdict)
            }
            None => (String::new(), ""),
        };
        Cost { what: self.what, found, budget, verdict: verdict.to_owned() }
    }

    fn amount(&self, amount: f64) -> String {
        let amount = format!("{amount:.*} {}", self.digits, self.unit);
        amount.trim_end().to_owned()
    }
}

pub(super) fn float(count: usize) -> f64 {
    // Counts here are far too small to be rounded.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
