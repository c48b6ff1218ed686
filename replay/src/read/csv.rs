//! Logs in CSV.

use std::io::{self, BufRead};

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::source::Bytes;
use super::{Fields, Lines, Texts, Verdict};
use crate::call::{Call, Fault, Kind};
use crate::columns::{Columns, Judged, Places};
use crate::failure::Failure;

/// A log in CSV, behind its header.
pub(crate) struct Csv {
    reader: Reader<Bytes>,
    record: ByteRecord,
    places: Places,
    /// The number of fields of the header.
    width: usize,
    /// True if a line ends by `\r\n`. The reader takes the `\n` as the begin of the next line.
    is_crlf: bool,
}

impl Csv {
    /// Reads the header.
    ///
    /// # Errors
    /// The log cannot be read, or lacks a column.
    pub(crate) fn open(
        mut bytes: Bytes,
        delimiter: u8,
        columns: &Columns,
    ) -> Result<Self, Failure> {
        let fail = |error: &io::Error| Failure::of_file("read", "the header", error);
        let begin = bytes.fill_buf().map_err(|error| fail(&error))?;
        let end = begin.iter().position(|byte| *byte == b'\n');
        let is_crlf = end.is_some_and(|end| begin[..end].ends_with(b"\r"));
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(bytes);
        let mut record = ByteRecord::new();
        let read = reader.read_byte_record(&mut record);
        read.map_err(|error| fail(&error.into()))?;
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        let header: Vec<_> = record.iter().map(name).collect();
        let places = columns.of_header(&header)?;
        Ok(Self { reader, record, places, width: header.len(), is_crlf })
    }

    /// The number of the line on which the last record begins. The reader's own is that of the empty
    /// lines before it.
    fn line(&self) -> u64 {
        #[allow(clippy::naive_bytecount, reason = "a line is short")]
        let inside = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let line = self.reader.position().line().saturating_sub(inside + u64::from(!self.is_crlf));
        // The last line of a log may lack its end.
        line.max(self.record.position().map_or(0, ::csv::Position::line))
    }
}

impl Lines for Csv {
    fn next(&mut self, fields: &mut Fields) -> io::Result<Option<Result<Call, Fault>>> {
        if !self.reader.read_byte_record(&mut self.record)? {
            return Ok(None);
        }
        let (record, line) = (&self.record, self.line());
        if record.len() != self.width {
            let found = record.iter().collect::<Vec<_>>().join(&b',');
            return Ok(Some(Err(Fault::new(line, Kind::Fields, &found))));
        }
        let at = |place: usize| record.get(place).unwrap_or_default();
        let Places { time, duration, unit, judged, key } = self.places;
        let texts = Texts {
            line,
            time: at(time),
            duration: duration.map_or(b"", at),
            unit,
            verdict: match judged {
                Judged::Outcome(place) => Verdict::Outcome(at(place)),
                Judged::Status(place) => Verdict::Status(at(place)),
            },
            key: key.map_or(b"", at),
        };
        Ok(Some(fields.call(&texts)))
    }
}
