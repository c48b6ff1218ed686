//! Logs in CSV.

use std::io;

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
}

impl Csv {
    /// Reads the header.
    ///
    /// # Errors
    /// The log cannot be read, or lacks a column.
    pub(crate) fn open(bytes: Bytes, delimiter: u8, columns: &Columns) -> Result<Self, Failure> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(bytes);
        let mut record = ByteRecord::new();
        let read = reader.read_byte_record(&mut record);
        read.map_err(|error| Failure::of_file("read", "the header", &error.into()))?;
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        let header: Vec<_> = record.iter().map(name).collect();
        let places = columns.of_header(&header)?;
        Ok(Self { reader, record, places, width: header.len() })
    }
}

impl Lines for Csv {
    fn next(&mut self, fields: &mut Fields) -> io::Result<Option<Result<Call, Fault>>> {
        if !self.reader.read_byte_record(&mut self.record)? {
            return Ok(None);
        }
        let record = &self.record;
        let line = record.position().map_or(0, ::csv::Position::line);
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
