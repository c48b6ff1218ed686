//! The error of a parameter that breaks its rule.

use core::fmt;
use core::time::Duration;

/// A parameter outside its range, or in conflict with another parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfigError {
    pub(super) key: &'static str,
    pub(super) found: Found,
    pub(super) rule: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    Number(u64),
    Share(f64),
    Length(Duration),
}

impl ConfigError {
    /// Returns the parameter's name, as the attribute spells it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the broken rule, in words that begin with the parameter.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, found `", self.rule)?;
        match self.found {
            Found::Number(found) => write!(f, "{found}`"),
            Found::Share(found) => write!(f, "{found}`"),
            Found::Length(found) => write!(f, "{found:?}`"),
        }
    }
}

impl std::error::Error for ConfigError {}
