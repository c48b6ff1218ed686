//! The latest events, as all streams read them.

use std::collections::VecDeque;

use bytes::Bytes;

/// The largest number of events in the log, and the largest number of bytes, unless the events of
/// the last three seconds are larger.
const EVENTS: usize = 4_096;
const BYTES: usize = 4 << 20;

/// Numbered events. The log drops the oldest.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: VecDeque<Bytes>,
    /// The number of the first event.
    first: u64,
    bytes: usize,
    /// The number of bytes that the log may hold.
    room: usize,
}

/// The log's answer for a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Event(Bytes),
    NotYet,
    Forgotten,
}

impl Log {
    /// The number of the next event.
    pub(super) fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    pub(super) fn get(&self, number: u64) -> Found {
        let Some(at) = number.checked_sub(self.first) else { return Found::Forgotten };
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.events.get(at).map_or(Found::NotYet, |event| Found::Event(event.clone()))
    }

    /// Adds the events of one moment.
    pub(super) fn push(&mut self, events: Vec<Bytes>) {
        let size: usize = events.iter().map(Bytes::len).sum();
        // Even if all breakers change each second, a reader can be three seconds behind.
        self.room = BYTES.max(3 * size).max(self.room / 2);
        self.bytes += size;
        self.events.extend(events);
        while self.events.len() > EVENTS || self.bytes > self.room {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.len();
            self.first += 1;
        }
    }

    /// Drops all events, so that every reader gets a list.
    pub(super) fn clear(&mut self) {
        // A reader may wait for the number of the next event, so that number is skipped.
        self.first = self.next() + 1;
        self.events = VecDeque::new();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(count: usize, size: usize) -> Vec<Bytes> {
        vec![Bytes::from(vec![b'x'; size]); count]
    }

    #[test]
    fn oldest_events_are_forgotten_over_the_bytes_or_the_number() {
        let mut log = Log::default();
        for _ in 0..10 {
            log.push(events(1, BYTES / 4));
        }
        assert_eq!((log.get(5), log.next()), (Found::Forgotten, 10));
        assert!(matches!(log.get(6), Found::Event(_)));
        assert_eq!(log.get(10), Found::NotYet);

        log.push(events(EVENTS + 10, 0));
        assert_eq!(log.get(19), Found::Forgotten);
        assert!(matches!(log.get(20), Found::Event(_)));
    }

    #[test]
    fn events_of_one_moment_are_kept_together() {
        let mut log = Log::default();
        log.push(events(4, BYTES));
        assert!(matches!(log.get(0), Found::Event(_)));
        for _ in 0..100 {
            log.push(events(1, BYTES / 2));
        }
        assert!(log.bytes <= BYTES * 3 / 2, "the room shrinks again: {}", log.bytes);
    }

    #[test]
    fn cleared_log_has_forgotten_what_was_to_come() {
        let mut log = Log::default();
        log.push(events(3, 1));
        let to_come = log.next();
        log.clear();
        assert_eq!(log.get(to_come), Found::Forgotten);
        assert_eq!(log.get(log.next()), Found::NotYet);
    }
}
