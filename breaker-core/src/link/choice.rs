//! A [`Choice`]: the names that a link shares.

use core::fmt;
use std::sync::Arc;

use super::Id;

/// The names that are shared: all that somebody has given, unless the user says otherwise.
#[derive(Clone, Default)]
pub struct Choice {
    only: Option<Only>,
    default_names: bool,
}

type Only = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl Choice {
    /// Shares only the names that `only` accepts.
    pub fn set_only(&mut self, only: impl Fn(&str) -> bool + Send + Sync + 'static) {
        self.only = Some(Arc::new(only));
    }

    /// Shares also the names of functions that give none.
    pub fn add_default_names(&mut self) {
        self.default_names = true;
    }

    /// Returns whether the breaker is shared.
    #[must_use]
    pub fn takes(&self, id: &Id) -> bool {
        (self.default_names || !id.is_default_name())
            && self.only.as_ref().is_none_or(|only| only(id.name()))
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice")
            .field("only", &self.only.is_some())
            .field("default_names", &self.default_names)
            .finish()
    }
}
