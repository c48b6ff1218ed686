//! Mistakes in a file or a variable, and how they are displayed.

use std::fmt;

use breaker_core::written::Fault;

use crate::text::{Place, Spot};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    wrong: String,
    help: String,
    spot: Box<Spot>,
}

impl Mistake {
    pub(crate) fn new(wrong: impl Into<String>, help: impl Into<String>, spot: Spot) -> Self {
        Mistake { wrong: wrong.into(), help: help.into(), spot: Box::new(spot) }
    }

    pub(crate) fn of_fault(fault: Fault, spot: Spot) -> Self {
        Mistake { wrong: fault.wrong, help: fault.help, spot: Box::new(spot) }
    }

    /// Returns the message, in the words of the attribute.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.wrong
    }

    /// Returns a remedy; empty if none is known.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Returns the place of the mistake.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.spot.place
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n{}", self.wrong, self.spot)?;
        let mut lines = self.help.lines();
        if let Some(first) = lines.next() {
            write!(f, "\nhelp: {first}")?;
        }
        lines.try_for_each(|line| write!(f, "\n      {line}"))
    }
}

/// All mistakes that were found: at least one. Nothing has been applied.
///
/// `Display` shows each with its line and a mark, like a compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

/// The most mistakes that are shown.
const MOST: usize = 50;

impl Mistakes {
    pub(crate) fn none_of(list: Vec<Mistake>) -> Result<(), Self> {
        if list.is_empty() { Ok(()) } else { Err(Self(list)) }
    }

    pub(crate) fn of(list: Vec<Mistake>) -> Self {
        Self(list)
    }

    /// Returns the mistakes, in the order in which they stand.
    #[must_use]
    pub fn list(&self) -> &[Mistake] {
        &self.0
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().take(MOST).enumerate() {
            let gap = if at == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{mistake}")?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl std::error::Error for Mistakes {}
