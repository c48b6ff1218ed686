//! Events as text (`text/event-stream`), and rows of JSON in parts.

use breaker_core::Name;
use bytes::Bytes;
use serde::Serialize;

use crate::answer::to_json;

/// The approximate size of a part. A reader that does not read keeps one of them in memory.
const PART: usize = 16 << 10;

/// A comment that is sent now and then, so that proxies do not drop the stream as dead.
pub(super) const COMMENT: &[u8] = b": still here\n\n";

/// Returns an event. JSON has no line breaks of its own, so the data are one line.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Bytes {
    event_of(name, &[&to_json(data)])
}

/// Returns an event whose data are these pieces of JSON.
pub(super) fn event_of(name: &str, data: &[&[u8]]) -> Bytes {
    [&[b"event: ", name.as_bytes(), b"\ndata: "], data, &[b"\n\n"]].concat().concat().into()
}

/// Rows of JSON, with commas between them, in parts.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Each part, with the name of its last row.
    full: Vec<(Vec<u8>, Name)>,
    rest: Vec<u8>,
}

impl Rows {
    pub(super) fn push(&mut self, name: &Name, row: &impl Serialize) {
        if !self.rest.is_empty() {
            self.rest.push(b',');
        }
        self.rest.extend(to_json(row));
        if self.rest.len() >= PART {
            self.full.push((std::mem::take(&mut self.rest), name.clone()));
        }
    }

    /// Returns the parts, and then the rest, which may be empty.
    pub(super) fn finish(self) -> (Vec<(Vec<u8>, Name)>, Vec<u8>) {
        (self.full, self.rest)
    }
}
