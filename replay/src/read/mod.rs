//! Reads the lines of a log into calls.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod source;

use std::io;

use breaker_core::Outcome;

use crate::args::{Args, Moment};
use crate::call::{Call, Fault, Keys, Kind};
use crate::value::outcome::Statuses;
use crate::value::time::Times;
use crate::value::{Unit, duration, outcome};

/// A log that is read line by line.
pub(crate) trait Lines {
    /// Reads the next line that is not empty. `None` at the end of the log.
    fn next(&mut self, reader: &mut Fields) -> io::Result<Option<Result<Call, Fault>>>;
}

/// The text for a call's outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict<'a> {
    Outcome(&'a [u8]),
    Status(&'a [u8]),
}

/// The fields of one line, as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'a> {
    pub(crate) line: u64,
    pub(crate) time: &'a [u8],
    pub(crate) duration: &'a [u8],
    /// The unit by which the duration's name ends.
    pub(crate) unit: Option<Unit>,
    pub(crate) verdict: Verdict<'a>,
    /// Empty if the log has no keys.
    pub(crate) key: &'a [u8],
}

/// The reader of fields, which all forms of a log share.
#[derive(Debug)]
pub(crate) struct Fields {
    times: Times,
    keys: Keys,
    unit: Unit,
    moment: Moment,
    statuses: Statuses,
}

impl Fields {
    pub(crate) fn new(args: &Args) -> Self {
        Self {
            times: Times::default(),
            keys: Keys::default(),
            unit: args.duration_unit,
            moment: args.time,
            statuses: args.statuses(),
        }
    }

    /// Reads a call.
    fn call(&mut self, texts: &Texts<'_>) -> Result<Call, Fault> {
        let fault = |kind, found| Fault::new(texts.line, kind, found);
        let text = texts.time.trim_ascii();
        let time = self.times.read(text).ok_or_else(|| fault(Kind::Time, text))?;
        let text = texts.duration.trim_ascii();
        let duration = match text {
            b"" | b"-" => 0,
            _ => duration::read(text, texts.unit.unwrap_or(self.unit))
                .ok_or_else(|| fault(Kind::Duration, text))?,
        };
        let outcome = self.outcome(texts)?;
        let start = match self.moment {
            Moment::Start => time.checked_add_unsigned(duration).map(|_| time),
            Moment::End => time.checked_sub_unsigned(duration),
        };
        let start = start.ok_or_else(|| fault(Kind::Time, texts.time))?;
        let key = self.keys.number(texts.key);
        Ok(Call { start, duration, line: texts.line, key, outcome })
    }

    fn outcome(&self, texts: &Texts<'_>) -> Result<Outcome, Fault> {
        let (kind, text, outcome) = match texts.verdict {
            Verdict::Outcome(text) => {
                let text = text.trim_ascii();
                (Kind::Outcome, text, outcome::read(text))
            }
            Verdict::Status(text) => {
                let text = text.trim_ascii();
                (Kind::Status, text, self.statuses.read(text))
            }
        };
        outcome.ok_or_else(|| Fault::new(texts.line, kind, text))
    }
}
