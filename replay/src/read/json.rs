//! Logs in JSON lines.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::source::Bytes;
use super::{Fields, Lines, Texts, Verdict};
use crate::call::{Call, Fault, Kind};
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
        let mut json = serde_json::Deserializer::from_slice(text);
        let members = (&mut json).deserialize_map(Object(&mut self.names));
        let members = members.and_then(|members| json.end().map(|()| members));
        let Ok(members) = members else {
            return Ok(Some(Err(Fault::new(line, Kind::Fields, text))));
        };
        Ok(Some(members.call(line, self.names.columns.prefers_status(), fields)))
    }
}

/// The members of an object that a call is read from, each with its column.
#[derive(Default)]
struct Members<'a>([Option<(Column, &'a RawValue)>; 5]);

impl Members<'_> {
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

/// The meaning of names. Neighbouring lines have the same names in the same order, so each name is
/// compared with the one at its place in the line before.
struct Names {
    columns: Columns,
    last: Vec<(String, Option<Column>)>,
}

/// The most names that are kept.
const KEPT: usize = 256;

impl Names {
    fn find(&mut self, place: usize, name: &str) -> Option<Column> {
        match self.last.get(place) {
            Some((known, column)) if known == name => return *column,
            _ => {}
        }
        let column = self.columns.find(name);
        if place < self.last.len() {
            self.last[place] = (name.to_owned(), column);
        } else if place < KEPT {
            self.last.push((name.to_owned(), column));
        }
        column
    }
}

/// Reads an object.
struct Object<'n>(&'n mut Names);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        let mut place = 0;
        while let Some(column) = map.next_key_seed(Name { names: self.0, place })? {
            place += 1;
            let Some(column) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&RawValue>()?;
            let known = &mut members.0[column.field as usize];
            if known.is_none_or(|(known, _)| column.rank < known.rank) {
                *known = Some((column, raw));
            }
        }
        Ok(members)
    }
}

/// Reads a name.
struct Name<'n> {
    names: &'n mut Names,
    place: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<Column>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<Column>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.names.find(self.place, name))
    }
}
