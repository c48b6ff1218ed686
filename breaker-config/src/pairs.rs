//! Reads single settings, each a key and a text. `breaker-page` uses it.

use breaker_core::written::{self, Fault};
use breaker_core::{Config, Override};

use crate::keys::{self, Setting};
use crate::settings::{laid, remedy, words};
use crate::variables;

/// Reads the keys of a table with their values, which are written as in variables. Not for users:
/// it may change in any release.
///
/// # Errors
/// Every unknown key and every value that breaks a rule by itself. If there are none, the first
/// rule that the values break together.
#[doc(hidden)]
pub fn read_pairs<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Override, Vec<Fault>> {
    let (mut config, mut over, mut faults) = (Config::builder(), Override::new(), Vec::new());
    for (key, text) in pairs {
        match variables::setting(key, text) {
            Some(Ok(Setting::State(switch))) => over = over.switch(switch),
            Some(Ok(setting)) => config = laid(config, setting),
            Some(Err(fault)) => faults.push(fault),
            None => faults.push(keys::unknown(key, false)),
        }
    }
    if let (true, Err(error)) = (faults.is_empty(), written::check_together(config)) {
        faults.push(Fault { wrong: words(error), help: remedy(error).to_owned() });
    }
    if faults.is_empty() { Ok(over.config(config)) } else { Err(faults) }
}
