//! The file's tuning of breakers: in its own words, and in tables of `breakerbox::config`.

use std::borrow::Cow;
use std::env;
use std::path::Path;

use breakerbox::config::Source;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::backend::FAMILY;

type Key<'i> = Spanned<Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// Returns the tuning's sources: the file, if any, and variables.
pub(crate) fn source(file: Option<&Path>) -> Source {
    let source = file.map_or(Source::new(), |file| Source::new().shared_file(file, arrange));
    source.env(env::vars_os())
}

/// Makes tables of tuning from the file's own words. A table's value beats the word's.
/// ```text
/// breaker_failure_threshold = 3        [all]
///                                      threshold = 3
/// [[backend]]
/// name = "claude"                      [breakers.backend.keys.claude]
/// breaker_cooldown_seconds = 300       cooldown = "300s"
/// ```
fn arrange(file: &mut DeTable<'_>) {
    let mut own = vec![(["all"].map(key).to_vec(), words(file))];
    if let Some(DeValue::Array(backends)) = file.remove("backend").map(Spanned::into_inner) {
        for backend in backends {
            let DeValue::Table(mut backend) = backend.into_inner() else { continue };
            let Some(name) = name(&backend) else { continue };
            let mut path = ["breakers", FAMILY, "keys"].map(key).to_vec();
            path.push(name);
            own.push((path, words(&mut backend)));
        }
    }
    let tables = ["all", "breakers"].map(|name| file.remove_entry(name));
    *file = tables.into_iter().flatten().collect();
    for (path, words) in own {
        for (word, value) in words {
            lay(file, &path, word, value);
        }
    }
}

/// Takes the file's own words for tuning out of a table.
fn words<'i>(table: &mut DeTable<'i>) -> Vec<(Key<'i>, Value<'i>)> {
    let threshold = table.remove("breaker_failure_threshold");
    let cooldown = table.remove("breaker_cooldown_seconds").map(in_seconds);
    let threshold = threshold.map(|value| (key("threshold"), value));
    threshold.into_iter().chain(cooldown.map(|value| (key("cooldown"), value))).collect()
}

/// Turns seconds into a duration. Any other value stays, and is refused later.
fn in_seconds(value: Value<'_>) -> Value<'_> {
    let number = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return value,
    };
    Spanned::new(value.span(), DeValue::String(format!("{number}s").into()))
}

/// Returns a back end's name with its span.
fn name<'i>(backend: &DeTable<'i>) -> Option<Key<'i>> {
    let name = backend.get("name")?;
    let DeValue::String(text) = name.get_ref() else { return None };
    Some(Spanned::new(name.span(), text.clone()))
}

fn key(name: &'static str) -> Key<'static> {
    Spanned::new(0..0, Cow::Borrowed(name))
}

/// Puts a value into the table at the end of the path, unless the table has one.
fn lay<'i>(root: &mut DeTable<'i>, path: &[Key<'i>], word: Key<'i>, value: Value<'i>) {
    let mut table = root;
    for name in path {
        let new = || Spanned::new(name.span(), DeValue::Table(DeTable::new()));
        let next = table.entry(name.clone()).or_insert_with(new);
        // A value that is no table is refused later.
        let DeValue::Table(inner) = next.get_mut() else { return };
        table = inner;
    }
    table.entry(word).or_insert(value);
}
