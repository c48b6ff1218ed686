//! Logs in JSON lines.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::source::Bytes;
use super::{Fields, Lines, Texts, Verdict};
use crate::call::{Call, Fault, Kind, shown};
use crate::columns::{Column, Columns, Field};

/// A log in JSON lines.
pub(crate) struct Json {
    bytes: Bytes,
    line: Vec<u8>,
    number: u64,
    names: Names,
}

impl Json {
    pub(crate) fn new(bytes: Bytes, columns: &Columns) -> Self {
        let names = Names { columns: columns.clone(), last: Vec::new() };
        Self { bytes, line: Vec::new(), number: 0, names }
    }
}

impl Lines for Json {
    fn next(&mut self, fields: &mut Fields) -> io::Result<Option<Result<Call, Fault>>> {
        loop {
            self.line.clear();
            if self.bytes.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let (line, text) = (self.number, self.line.trim_ascii());
        let mut members = Members::default();
        let mut json = serde_json::Deserializer::from_slice(text);
        let object = Object { names: &mut self.names, members: &mut members, at: 0, inside: "" };
        let read = (&mut json).deserialize_map(object);
        if read.and_then(|_| json.end()).is_err() {
            return Ok(Some(Err(Fault::new(line, Kind::Fields, text))));
        }
        let call = members.call(line, self.names.columns.prefers_status(), fields);
        Ok(Some(call.map_err(|fault| with_names(fault, text))))
    }
}

/// Adds the names that the line has, if its fault is that one is missing.
fn with_names(mut fault: Fault, line: &[u8]) -> Fault {
    if fault.found.is_empty() {
        if let Ok(value) = serde_json::from_slice(line) {
            let mut names = Vec::new();
            add_names(&mut names, "", &value);
            fault.names = names.join(", ");
        }
    }
    fault
}

/// Adds the names of an object, and of those inside it as `--columns` takes them.
fn add_names(names: &mut Vec<String>, inside: &str, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        if value.is_object() {
            add_names(names, &format!("{inside}{name}."), value);
        } else {
            names.push(format!("`{}`", shown(format!("{inside}{name}").as_bytes())));
        }
    }
}

/// The members of an object that a call is read from, each with its column.
#[derive(Default)]
struct Members<'a>([Option<(Column, &'a RawValue)>; 5]);

impl<'a> Members<'a> {
    /// Notes a member, unless a preferred one of its field is known.
    fn note(&mut self, column: Column, raw: &'a RawValue) {
        let known = &mut self.0[column.field as usize];
        if known.is_none_or(|(known, _)| column.rank < known.rank) {
            *known = Some((column, raw));
        }
    }

    fn call(&self, line: u64, prefers_status: bool, fields: &mut Fields) -> Result<Call, Fault> {
        let text = |field: Field| self.0[field as usize].map(|(_, raw)| text(raw));
        let [time, duration, outcome, status, key] = Field::ALL.map(text);
        let unit = self.0[Field::Duration as usize].and_then(|(column, _)| column.unit);
        let verdict = match (&outcome, &status) {
            (Some(outcome), None) => Verdict::Outcome(outcome.as_bytes()),
            (Some(outcome), _) if !prefers_status => Verdict::Outcome(outcome.as_bytes()),
            (_, Some(status)) => Verdict::Status(status.as_bytes()),
            (_, None) if prefers_status => Verdict::Status(b""),
            (_, None) => Verdict::Outcome(b""),
        };
        fields.call(&Texts {
            line,
            time: time.as_deref().unwrap_or("").as_bytes(),
            duration: duration.as_deref().unwrap_or("").as_bytes(),
            unit,
            verdict,
            key: key.as_deref().unwrap_or("").as_bytes(),
        })
    }
}

/// Returns the contents of a string, nothing for `null`, and the text of anything else.
fn text(raw: &RawValue) -> Cow<'_, str> {
    let text = raw.get();
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(contents) if !contents.contains('\\') => Cow::Borrowed(contents),
        // A lone surrogate is no text.
        Some(_) => serde_json::from_str(text).map_or(Cow::Borrowed(text), Cow::Owned),
        None if text == "null" => Cow::Borrowed(""),
        None => Cow::Borrowed(text),
    }
}

/// The meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Column(Column),
    /// A column is inside the object of this name.
    Object,
    Nothing,
}

/// The meaning of names. Neighbouring lines have the same names in the same order, so each name is
/// compared with the one at its place in the line before.
struct Names {
    columns: Columns,
    last: Vec<(String, Meaning)>,
}

/// The most names that are kept.
const KEPT: usize = 256;

impl Names {
    /// Finds the meaning of the name at a place of the line; `inside` has the names of the objects
    /// around it, and ends with a dot.
    fn find(&mut self, place: usize, inside: &str, name: &str) -> Meaning {
        match self.last.get(place) {
            Some((known, meaning)) if known.strip_prefix(inside) == Some(name) => return *meaning,
            _ => {}
        }
        let whole = format!("{inside}{name}");
        let meaning = match self.columns.find(&whole) {
            Some(column) => Meaning::Column(column),
            None if self.columns.is_inside(&whole) => Meaning::Object,
            None => Meaning::Nothing,
        };
        if place < self.last.len() {
            self.last[place] = (whole, meaning);
        } else if place < KEPT {
            self.last.push((whole, meaning));
        }
        meaning
    }

    /// Reads the members of an object whose name is the last one before the place `at`. Returns the
    /// number of names up to its end.
    fn read_inside<'de>(
        &mut self,
        at: usize,
        raw: &'de RawValue,
        members: &mut Members<'de>,
    ) -> usize {
        let Some((name, _)) = at.checked_sub(1).and_then(|last| self.last.get(last)) else {
            return at;
        };
        let inside = format!("{name}.");
        let object = Object { names: self, members, at, inside: &inside };
        // Other values than objects have no names.
        serde_json::Deserializer::from_str(raw.get()).deserialize_map(object).unwrap_or(at)
    }
}

/// Reads an object, and those inside it that have columns.
struct Object<'n, 'm, 'de> {
    names: &'n mut Names,
    members: &'m mut Members<'de>,
    /// The number of names of the line before this object's.
    at: usize,
    inside: &'n str,
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    /// The number of names of the line up to the object's end.
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let Self { names, members, mut at, inside } = self;
        while let Some(meaning) = map.next_key_seed(Name { names, at, inside })? {
            at += 1;
            match meaning {
                Meaning::Column(column) => members.note(column, map.next_value()?),
                Meaning::Nothing => _ = map.next_value::<IgnoredAny>()?,
                Meaning::Object => {
                    let raw = map.next_value::<&RawValue>()?;
                    at = names.read_inside(at, raw, members);
                }
            }
        }
        Ok(at)
    }
}

/// Reads a name.
struct Name<'n> {
    names: &'n mut Names,
    at: usize,
    inside: &'n str,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Meaning;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Meaning, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Meaning;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Meaning, E> {
        Ok(self.names.find(self.at, self.inside, name))
    }
}
