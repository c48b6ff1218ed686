//! The errors of a registry.

use core::fmt;
use core::panic::Location;

use crate::config::ConfigError;
use crate::name::{Name, NameError};

/// A disagreement between two functions about one name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The breaker's name.
    pub name: Name,
    /// The place that came first. For [`Tuning`](ConflictKind::Tuning), its config is in force.
    pub first: &'static Location<'static>,
    /// A later declaration that differs.
    pub second: &'static Location<'static>,
    /// The subject of the disagreement.
    pub kind: ConflictKind,
}

/// The kind of a [`Conflict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictKind {
    /// They declare different configs for the name. The first one is in force.
    Tuning,
    /// Two functions without a `name` have one path, or a function gives the path of such a
    /// function as its name. Both work, each with its own breaker; the conflict's name is the name
    /// that the second to run got. This kind never panics.
    DefaultName,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, first, second, kind } = self;
        match kind {
            ConflictKind::Tuning => write!(
                f,
                "circuit breaker `{name}` is declared with different tuning at {first} \
                 (which rules) and at {second}; declare it once and give only the name elsewhere"
            ),
            ConflictKind::DefaultName => write!(
                f,
                "the functions at {first} and at {second} have one name, which is the default \
                 name of one at least, so the circuit breaker of the second is named `{name}`; \
                 give each of them a `name`"
            ),
        }
    }
}

impl std::error::Error for Conflict {}

/// The reason why a registry refuses a look-up or an override.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RegistryError {
    /// The name breaks a rule.
    Name(NameError),
    /// The name has been declared with another tuning.
    Conflict(Conflict),
    /// The tuning breaks a rule.
    Config(ConfigError),
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RegistryError {
    /// Returns the source of the inner error, whose text this error displays as its own.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name(error) => error.source(),
            Self::Conflict(conflict) => conflict.source(),
            Self::Config(error) => error.source(),
        }
    }
}

impl From<NameError> for RegistryError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl From<Conflict> for RegistryError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<ConfigError> for RegistryError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// An override that [`Registry::replace_overrides`](super::Registry::replace_overrides) refuses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InvalidOverride {
    /// The name or key that the override is for, or the breaker that cannot take it; `None` if it
    /// is for all.
    pub name: Option<Name>,
    /// The rule that is broken.
    pub error: ConfigError,
    /// The declaration that breaks the rule together with the override. `None` if the overrides
    /// alone break it.
    pub declared: Option<&'static Location<'static>>,
}

impl InvalidOverride {
    pub(super) fn alone(name: Option<Name>, error: ConfigError) -> Self {
        Self { name, error, declared: None }
    }
}

impl fmt::Display for InvalidOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "override for `{name}`: {}", self.error)?,
            None => write!(f, "override for all: {}", self.error)?,
        }
        match self.declared {
            Some(place) => write!(f, " (with what is declared at {place})"),
            None => Ok(()),
        }
    }
}

/// All overrides that [`Registry::replace_overrides`](super::Registry::replace_overrides) refuses.
/// Nothing was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidOverrides(Vec<InvalidOverride>);

impl InvalidOverrides {
    /// Returns an error unless the list is empty.
    pub(super) fn none_of(list: Vec<InvalidOverride>) -> Result<(), Self> {
        if list.is_empty() { Ok(()) } else { Err(Self(list)) }
    }

    /// The overrides that are refused, at least one.
    #[must_use]
    pub fn list(&self) -> &[InvalidOverride] {
        &self.0
    }
}

impl fmt::Display for InvalidOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.0.iter().enumerate() {
            write!(f, "{}{one}", if at == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidOverrides {}
