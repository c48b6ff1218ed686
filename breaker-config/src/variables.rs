//! Reads the settings of environment variables.

use std::ops::Range;

use breaker_core::Name;
use breaker_core::written::{Fault, Literal};
use toml::de::DeValue;

use crate::file;
use crate::keys::{self, Setting};
use crate::mistake::Mistake;
use crate::settings::{Level, Settings};
use crate::text::Spot;

/// The first part of the names of variables with settings.
pub(crate) const PREFIX: &str = "BREAKERBOX__";

/// Reads a variable into `settings`. `names` are those of the existing breakers.
pub(crate) fn read(
    (variable, text): (&str, &str),
    names: &[String],
    settings: &mut Settings,
) -> Result<(), Mistake> {
    let spot = |marked: Range<usize>| Spot::variable(variable, text, marked);
    let Some(rest) = variable.strip_prefix(PREFIX) else { return Ok(()) };
    let Some((form, key)) = rest.rsplit_once("__") else {
        let wrong = "expected a name and a key, with `__` between them";
        let help = format!("write `{PREFIX}LLM__COOLDOWN`, or `{PREFIX}ALL__COOLDOWN` for all");
        return Err(Mistake::new(wrong, help, spot(PREFIX.len()..variable.len())));
    };
    let of_form = PREFIX.len()..PREFIX.len() + form.len();
    if form.is_empty() || Name::variable_form(form) != form {
        let wrong = format!("`{}` is no name in the form of a variable", form.escape_debug());
        let help = "letters and digits in capitals; each run of other characters is one `_`: \
                    `openai::complete` is `OPENAI_COMPLETE`";
        return Err(Mistake::new(wrong, help, spot(of_form)));
    }
    let key = key.to_ascii_lowercase();
    let of_value = variable.len() + 1..variable.len() + 1 + text.len();
    let of_key = variable.len() - key.len()..variable.len();
    let setting = match setting(&key, text) {
        Some(Ok(setting)) => setting,
        Some(Err(fault)) => return Err(Mistake::of_fault(fault, spot(of_value))),
        None => return Err(Mistake::of_fault(keys::unknown(&key, false), spot(of_key))),
    };
    let level = level(form, names).map_err(|(one, other)| {
        let wrong = format!("`{form}` is the form of two names, `{one}` and `{other}`");
        Mistake::new(wrong, "tune them in the file, each by its own name", spot(of_form))
    })?;
    settings.set(level, setting, spot(of_value));
    Ok(())
}

/// Returns the level that the form of a name means, or two names of that form.
fn level<'a>(form: &str, names: &'a [String]) -> Result<Level, (&'a str, &'a str)> {
    if form == "ALL" {
        return Ok(Level::All);
    }
    let mut known = names.iter().filter(|name| Name::variable_form(name) == form);
    match (known.next(), known.next()) {
        (None, _) => Ok(Level::Form(form.to_owned())),
        (Some(name), None) => Ok(Level::Name(name.clone())),
        (Some(one), Some(other)) => Err((one, other)),
    }
}

/// Reads the value of a key as in a file, except that a text needs no quotes: every value that is
/// nothing else is a text. Returns `None` if the key is not known.
pub(crate) fn setting(key: &str, text: &str) -> Option<Result<Setting, Fault>> {
    match DeValue::parse(text) {
        Ok(value) => Setting::read(key, &file::literal(text, value.get_ref())),
        Err(_) => Setting::read(key, &Literal::Text { written: text, value: text }),
    }
}
