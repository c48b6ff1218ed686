//! An [`Id`] names a breaker to breakers in other processes.

use std::sync::Arc;

use super::default_names;
use crate::name::Name;

/// A breaker's name and key, apart: the key `80` of `svc/eu` is not the key `eu/80` of `svc`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    name: Name,
    key: Option<Arc<str>>,
}

impl Id {
    /// Makes the id of a breaker from its name, and its key if it has one.
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    pub fn new(name: &str, key: Option<&str>) -> Result<Self, crate::NameError> {
        Ok(Id { name: Name::try_from(name)?, key: key.map(Arc::from) })
    }

    /// Returns the id of the breaker with that name.
    pub(crate) fn of(name: &Name) -> Self {
        Id { name: name.family().clone(), key: name.key().cloned() }
    }

    /// The name without the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The key, as [`Breaker::key`](crate::Breaker::key) returns it.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns `true` if this is the default name of a function that gives none: the compiler
    /// spells it, perhaps in another way in another process.
    #[must_use]
    pub fn is_default_name(&self) -> bool {
        default_names::contain(self.name.as_str())
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn name_and_key_are_told_apart_however_they_are_shown() {
        let keyed = |family: &'static str, key: &str| {
            Id::of(&Name::keyed(Name::from_static(family), key.into()))
        };
        let id = keyed("svc/eu", "80");
        assert_eq!((id.name(), id.key()), ("svc/eu", Some("80")));
        assert_ne!(id, keyed("svc", "eu/80"));
        assert_eq!(Ok(id), Id::new("svc/eu", Some("80")));
        assert_eq!(Id::of(&Name::from_static("svc")).key(), None);
        assert!(Id::new("a name", None).is_err());
    }
}
