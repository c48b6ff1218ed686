//! A full list of the breakers, in parts.

use breaker_core::Name;
use bytes::Bytes;

use super::text::{self, Rows};
use crate::time::Millis;

#[derive(Debug)]
pub(super) struct List {
    /// Each part, with the name of its last breaker.
    parts: Vec<(Bytes, Name)>,
    end: Bytes,
    /// The first event in the log that is not in the list.
    pub(super) then: u64,
}

impl List {
    pub(super) fn new(rows: Rows, registry: &[u8], now: Millis, then: u64) -> Self {
        let (full, rest) = rows.finish();
        let now = now.to_string();
        let part = |rows: &[u8], first: bool, last: bool| {
            let is = |yes| if yes { &b"true"[..] } else { b"false" };
            let registry = if first { registry } else { b"null" };
            let pieces: [&[u8]; 11] = [
                b"{\"now_ms\":",
                now.as_bytes(),
                b",\"first\":",
                is(first),
                b",\"last\":",
                is(last),
                b",\"registry\":",
                registry,
                b",\"breakers\":[",
                rows,
                b"]}",
            ];
            text::event_of("list", &pieces)
        };
        let end = part(&rest, full.is_empty(), true);
        let parts = full.into_iter().enumerate();
        let parts = parts.map(|(at, (rows, last))| (part(&rows, at == 0, false), last)).collect();
        List { parts, end, then }
    }

    /// Returns the part with the first breaker after `after`, which may begin with earlier ones,
    /// and the name of the part's last breaker; `None` if the list ends with the part. The list may
    /// be a newer one than that of the reader's last part.
    pub(super) fn part_after(&self, after: Option<&Name>) -> (Bytes, Option<&Name>) {
        let at = after.map_or(0, |after| self.parts.partition_point(|(_, last)| last <= after));
        match self.parts.get(at) {
            Some((bytes, last)) => (bytes.clone(), Some(last)),
            None => (self.end.clone(), None),
        }
    }
}
