//! The overrides that an operator sets by the page. They are lost when the program ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use breaker_core::{
    InvalidOverrides, Name, NameError, Override, OverrideSource, Overrides, Registry,
};
use serde::Serialize;

use crate::time::Millis;

/// An override, with the text that the operator gave.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Laid {
    /// The keys and values, as they were written.
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) note: Option<String>,
    pub(crate) at_ms: Millis,
    #[serde(skip)]
    pub(crate) over: Override,
}

/// A name, or a key of it.
type Target = (String, Option<String>);

type All = BTreeMap<Target, Arc<Laid>>;

#[derive(Debug, Default)]
pub(crate) struct Operator {
    /// The registry takes all overrides of a source at once, so requests take turns. Listeners run
    /// during a turn, and may look at the page.
    turn: Mutex<()>,
    all: Mutex<All>,
}

/// The reason why an override is not in force.
#[derive(Debug)]
pub(crate) enum Refused {
    Name(NameError),
    Invalid(InvalidOverrides),
}

impl Operator {
    /// Sets the override of a key's breaker, or of a name's breaker and those of its keys. It
    /// replaces an earlier override; `None` removes that.
    pub(crate) fn lay(
        &self,
        registry: &Registry,
        name: &str,
        key: Option<&str>,
        laid: Option<Laid>,
    ) -> Result<(), Refused> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = self.all().clone();
        let target = (name.to_owned(), key.map(str::to_owned));
        match laid {
            Some(laid) => changed.insert(target, Arc::new(laid)),
            None => changed.remove(&target),
        };
        let overrides = overrides(&changed).map_err(Refused::Name)?;
        registry
            .replace_overrides(OverrideSource::Operator, overrides)
            .map_err(Refused::Invalid)?;
        *self.all() = changed;
        Ok(())
    }

    /// Returns the override of a breaker: of its key, or else of its name.
    pub(crate) fn over(&self, name: &Name) -> Option<Arc<Laid>> {
        let all = self.all();
        if all.is_empty() {
            return None;
        }
        let family = name.family().to_string();
        let of_key = name.key().map(|key| (family.clone(), Some(key.to_string())));
        let found = of_key.and_then(|target| all.get(&target));
        found.or_else(|| all.get(&(family, None))).cloned()
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn overrides(all: &All) -> Result<Overrides, NameError> {
    let mut overrides = Overrides::new();
    for ((name, key), laid) in all {
        match key {
            Some(key) => overrides.set_for_key(name, key, laid.over)?,
            None => overrides.set(name, laid.over)?,
        }
    }
    Ok(overrides)
}
