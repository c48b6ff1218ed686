//! Call sites that are made at run time.
//!
//! An annotated function has a static that caches its breaker. A layer gets a call site that is
//! never freed, so that a call needs no reference count. Layers of one name and tuning share it: a
//! program that makes a layer for each connection keeps one call site and not thousands.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use breaker_core::Config;
use breaker_core::expansion::{Callsite, CallsiteRef};

type Sites = BTreeMap<&'static str, Vec<(Option<Config>, CallsiteRef)>>;

static SITES: Mutex<Sites> = Mutex::new(BTreeMap::new());

/// Returns the call site of a valid name, and the name.
#[track_caller]
pub(crate) fn site(name: &str, config: Option<Config>) -> (&'static str, CallsiteRef) {
    // No user code runs under the lock.
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = sites.get_key_value(name).map(|(known, _)| *known);
    let name: &'static str = known.unwrap_or_else(|| Box::leak(Box::from(name)));
    let of_name = sites.entry(name).or_default();
    if let Some((_, known)) = of_name.iter().find(|(declared, _)| *declared == config) {
        return (name, *known);
    }
    let made = CallsiteRef(Box::leak(Box::new(Callsite::new(name, config))));
    of_name.push((config, made));
    (name, made)
}
