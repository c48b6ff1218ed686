//! The calls of a log, and the lines that are none.

use breaker_core::Outcome;
use std::collections::HashMap;

/// A call of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Its start in nanoseconds since 1970.
    pub(crate) start: i64,
    /// Its length in nanoseconds. Its end is an `i64` too.
    pub(crate) duration: u64,
    /// The number of its line, or of its first line.
    pub(crate) line: u64,
    /// The number of its key.
    pub(crate) key: u32,
    pub(crate) outcome: Outcome,
}

/// The mistake of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fields,
    Time,
    Duration,
    Outcome,
    Status,
    OutOfOrder,
    TooFar,
}

impl Kind {
    pub(crate) const ALL: [Kind; 7] = [
        Kind::Fields,
        Kind::Time,
        Kind::Duration,
        Kind::Outcome,
        Kind::Status,
        Kind::OutOfOrder,
        Kind::TooFar,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::Fields => "fields",
            Kind::Time => "time",
            Kind::Duration => "duration",
            Kind::Outcome => "outcome",
            Kind::Status => "status",
            Kind::OutOfOrder => "out of order",
            Kind::TooFar => "too far",
        }
    }

    /// The remedy, if the lines lack a member of JSON that the kind is about.
    pub(crate) const fn remedy_of_name(self) -> &'static str {
        match self {
            Kind::Time => "name it by `--columns time=NAME`",
            Kind::Duration => "name it by `--columns duration=NAME`",
            _ => {
                "name it by `--columns outcome=NAME`, or an HTTP status by `--columns status=NAME`"
            }
        }
    }

    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Kind::Fields => {
                "each line needs as many fields as the header (`--delimiter` sets another \
                 separator), or to be one JSON object (`jq -c .` writes an object on a line, \
                 `jq -c '.[]'` those of an array)"
            }
            Kind::Time => {
                "write RFC 3339 (`2026-01-31T09:30:00.25Z`), a Unix time (nginx: `$msec`), or a date \
                 with its zone as access logs have it (`31/Jan/2026:09:30:00 +0000`)"
            }
            Kind::Duration => {
                "write a number with a decimal point, in the unit of the column's name or of \
                 `--duration-unit`, or with a unit: `120ms`"
            }
            Kind::Outcome => {
                "write `success`, `failure` or `ignored`; name the column of an HTTP status by \
                 `--columns status=NAME`"
            }
            Kind::Status => {
                "write an HTTP status of three digits; name a column of words by \
                 `--columns outcome=NAME`; if the log has `0` or `-` for a call without an answer, add \
                 that: `--failure-status 5xx,408,429,0`"
            }
            Kind::OutOfOrder => {
                "the line starts before calls that are already played; allow more by \
                 `--disorder 10m` (by `--time end` at least the longest call), or sort the log"
            }
            Kind::TooFar => {
                "it ends more than 30 years after the log's first call; one of the two times is wrong"
            }
        }
    }
}

/// A line that is no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) kind: Kind,
    /// The text that was found, shortened.
    pub(crate) found: String,
    /// The names that a line of JSON has, if it lacks one.
    pub(crate) names: String,
}

impl Fault {
    pub(crate) fn new(line: u64, kind: Kind, found: &[u8]) -> Self {
        Self { line, kind, found: shown(found), names: String::new() }
    }
}

/// Returns a text of a log as messages show it: its beginning, without control characters.
pub(crate) fn shown(text: &[u8]) -> String {
    const MOST: usize = 60;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * MOST)]);
    let escape = |character: char| match character {
        '"' | '\'' => character.to_string(),
        _ => character.escape_debug().to_string(),
    };
    let mut shown: String = text.chars().take(MOST).map(escape).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// The keys of a log, by number.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    numbers: HashMap<Box<[u8]>, u32>,
    last: (Box<[u8]>, u32),
}

impl Keys {
    /// Returns the number of a key. The first key has 0.
    pub(crate) fn number(&mut self, key: &[u8]) -> u32 {
        if *self.last.0 == *key && !self.numbers.is_empty() {
            return self.last.1;
        }
        let number = match self.numbers.get(key) {
            Some(number) => *number,
            None => {
                // Four billion keys do not fit into memory.
                let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                self.numbers.insert(key.into(), number);
                number
            }
        };
        if self.last.0.len() == key.len() {
            self.last.0.copy_from_slice(key);
            self.last.1 = number;
        } else {
            self.last = (key.into(), number);
        }
        number
    }
}
