//! Breakers by key: one for each model, host or tenant under a name.
//!
//! A breaker by key is in the same table as all others, under `name/key`. A name has at most
//! `max_keys` of them. If another is needed, closed breakers are removed: those with no
//! failure counted before the others, the longest unused first. A breaker that is not closed
//! is never removed; if none can be, calls with a new key share the breaker of the name.

use core::fmt::{self, Display, Write};
use core::ops::Bound;
use core::panic::Location;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::table::{Declaration, Entry, Table};
use super::{Conflict, Registry};
use crate::breaker::Breaker;
use crate::config::Config;
use crate::name::Name;

impl Registry {
    /// Sets how many breakers by key there may be under one name; at least one.
    /// The default is 1,000. Those there are stay until room is needed.
    pub fn set_max_keys(&self, keys: usize) {
        self.table_mut().max_keys = keys.max(1);
    }

    /// The breaker for a key under a name whose name has been checked. Does not
    /// allocate if it is there and its name is not very long.
    pub(crate) fn for_key(
        &self,
        name: &'static str,
        key: &dyn Display,
        config: Option<Config>,
        location: &'static Location<'static>,
    ) -> (Arc<Breaker>, Option<Conflict>) {
        let full = FullName::new(name, key);
        if let Some(entry) = self.table().entries.get(full.as_str()) {
            if entry.agrees_with(config) {
                let now = self.inner().clock.coarse().bits();
                // Relaxed: it is only compared.
                entry.used.store(now, Ordering::Relaxed);
                return (Arc::clone(&entry.breaker), None);
            }
        }
        let declared = config.map(|config| Declaration { config, location });
        let mut table = self.table_mut();
        if let Some((breaker, conflict)) = table.declare(full.as_str(), declared) {
            drop(table);
            self.push_conflict(conflict.as_ref());
            return (breaker, conflict);
        }
        let (has_room, removed) = table.make_room(name);
        let made = has_room.then(|| self.make(&mut table, full.to_name(name), declared, None));
        drop(table);
        // With them go their listeners, which may call the registry.
        drop(removed);
        match made {
            Some(breaker) => (breaker, None),
            None => self.for_site(name, config, location, None),
        }
    }
}

impl Table {
    /// Makes room for one more key under the name, if need be and if it can, and
    /// returns what has made room.
    fn make_room(&mut self, family: &'static str) -> (bool, Vec<Entry>) {
        let prefix = [family, "/"].concat();
        let mut count = 0;
        let mut idle = Vec::new();
        for (name, entry) in
            self.entries.range::<str, _>((Bound::Included(&*prefix), Bound::Unbounded))
        {
            if !name.as_str().starts_with(&prefix) {
                break;
            }
            if entry.breaker.key().is_some() && *entry.breaker.family() == family {
                count += 1;
                let used = entry.used.load(Ordering::Relaxed);
                idle.extend(entry.breaker.failures_if_closed().map(|n| ((n > 0, used), name)));
            }
        }
        if count < self.max_keys {
            return (true, Vec::new());
        }
        idle.sort_unstable_by_key(|(rank, _)| *rank);
        // Several at once, so that the next new keys find room at once.
        let surplus = count + 1 - self.max_keys;
        let names = idle.into_iter().take(surplus.max(self.max_keys / 10).max(1));
        let names: Vec<Name> = names.map(|(_, name)| name.clone()).collect();
        let removed: Vec<_> =
            names.iter().filter_map(|name| self.entries.remove(name.as_str())).collect();
        for entry in &removed {
            entry.breaker.detach();
        }
        (removed.len() >= surplus, removed)
    }
}

/// `name/key`, on the stack unless it is very long. What has no place in a name,
/// white space and control characters, is written as `\u{20}`, and a backslash too.
struct FullName {
    buffer: [u8; 256],
    len: usize,
    spilled: Option<String>,
}

impl FullName {
    fn new(name: &str, key: &dyn Display) -> Self {
        let mut full = FullName { buffer: [0; 256], len: 0, spilled: None };
        full.push(name);
        full.push("/");
        // Writing here does not fail; what a key's `Display` itself refuses to
        // write is missing from the name, and no more.
        let _ = write!(Escaped(&mut full), "{key}");
        full
    }

    fn as_str(&self) -> &str {
        match &self.spilled {
            Some(text) => text,
            // Whole strings only are pushed, so it is text.
            None => core::str::from_utf8(&self.buffer[..self.len]).unwrap_or_default(),
        }
    }

    /// Makes the name of a breaker, with the key as it was before it was escaped.
    fn to_name(&self, family: &'static str) -> Name {
        let shown = self.as_str();
        let key = shown.get(family.len() + 1..).unwrap_or_default();
        Name::keyed(Name::from_static(family), &unescaped(key), shown)
    }

    fn push(&mut self, text: &str) {
        if let Some(spilled) = &mut self.spilled {
            spilled.push_str(text);
        } else if let Some(room) = self.buffer.get_mut(self.len..self.len + text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.len += text.len();
        } else {
            self.spilled = Some([self.as_str(), text].concat());
        }
    }
}

/// Turns each `\u{20}` that [`Escaped`] wrote back. No other backslash is in the text.
fn unescaped(key: &str) -> Cow<'_, str> {
    let mut parts = key.split('\\');
    let plain = parts.next().unwrap_or_default();
    if plain.len() == key.len() {
        return Cow::Borrowed(key);
    }
    let mut text = plain.to_owned();
    for part in parts {
        let escape = part.strip_prefix("u{").and_then(|part| part.split_once('}'));
        let (code, rest) = escape.unwrap_or(("", part));
        text.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        text.push_str(rest);
    }
    Cow::Owned(text)
}

struct Escaped<'a>(&'a mut FullName);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            let (fine, bad) = rest.split_at(at);
            self.0.push(fine);
            let mut chars = bad.chars();
            for escaped in chars.next().into_iter().flat_map(char::escape_unicode) {
                self.0.push(escaped.encode_utf8(&mut [0; 4]));
            }
            rest = chars.as_str();
        }
        self.0.push(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_name_escapes_what_has_no_place_in_a_name() {
        let full = |key: &str| FullName::new("llm", &key).as_str().to_owned();
        assert_eq!(full("gpt-4"), "llm/gpt-4");
        assert_eq!(full("a b\n"), "llm/a\\u{20}b\\u{a}");
        assert_eq!(full("größe"), "llm/größe");
        let long = "x".repeat(1_000);
        assert_eq!(full(&long), format!("llm/{long}"));
        assert_eq!(full(&"ü".repeat(130)).chars().count(), 134);
    }

    #[test]
    fn name_of_a_key_has_the_key_as_it_was() {
        let long = "a b\\".repeat(500);
        for key in ["gpt-4", "", "a/b", "a b\n", "\\u{20}", "\\", " ", "größe\u{a0}ü", &long] {
            let name = FullName::new("llm", &key).to_name("llm");
            assert_eq!((name.family().as_str(), name.key().map(|k| &**k)), ("llm", Some(key)));
        }
    }
}
