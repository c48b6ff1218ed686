//! Server-sent events, one of which may say that the reply is complete or has failed.

use ::http::HeaderMap;
use ::http::header::CONTENT_TYPE;
use breaker_core::Outcome;

/// The beginning of an event that holds an error instead of content.
const ERROR: &[u8] = br#"data:{"error":{"#;

/// Reads a body of server-sent events line by line.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The beginning of the present line, without its spaces. A longer line fills the array.
    line: [u8; ERROR.len() + 1],
    length: usize,
}

impl Events {
    /// Returns `None` for a body of another type.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let name = kind.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("text/event-stream").then(Self::default)
    }

    /// Returns the outcome of the call, if a line that ends in this part of the body tells it.
    pub(super) fn read(&mut self, part: &[u8]) -> Option<Outcome> {
        let mut lines = part.split(|byte| matches!(byte, b'\n' | b'\r'));
        // The text after the last line break begins another line.
        let rest = lines.next_back().unwrap_or_default();
        for line in lines {
            self.push(line);
            let outcome = self.outcome();
            self.length = 0;
            if outcome.is_some() {
                return outcome;
            }
        }
        self.push(rest);
        None
    }

    fn push(&mut self, part: &[u8]) {
        let places = self.line[self.length..].iter_mut();
        let bytes = part.iter().filter(|byte| **byte != b' ');
        for (place, byte) in places.zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        match &self.line[..self.length] {
            b"data:[DONE]" => Some(Outcome::Success),
            b"event:error" => Some(Outcome::Failure),
            line if line.starts_with(ERROR) => Some(Outcome::Failure),
            _ => None,
        }
    }
}
