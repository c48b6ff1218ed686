//! The events that a breaker has told its listener, and numbers that follow from them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use breakerbox::{Event, EventKind, Reason, State};

/// One thing that happened to the breaker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    Transition {
        from: State,
        to: State,
        reason: Reason,
        /// If it has opened.
        cooldown: Option<Duration>,
    },
    Rejection,
    /// A listener's own call was rejected, which the case knows nothing of: takes
    /// back one rejection.
    OwnRejection,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Vec<Entry>>,
    /// The number of entries that have been forgotten.
    forgotten: AtomicUsize,
}

impl Log {
    pub(crate) fn note(&self, event: &Event) {
        match event.kind {
            EventKind::Transition { from, to, reason } => {
                let cooldown = event.remaining_cooldown;
                self.push(Entry::Transition { from, to, reason, cooldown });
            }
            EventKind::Rejected { .. } => self.push(Entry::Rejection),
            _ => {}
        }
    }

    pub(crate) fn push(&self, entry: Entry) {
        self.lock().push(entry);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self) {
        self.forgotten.store(self.all().len(), Ordering::Relaxed);
    }

    /// Everything that ever happened.
    pub(crate) fn all(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// Returns the entries that have not been forgotten.
    pub(crate) fn remembered(&self) -> Vec<Entry> {
        self.all().split_off(self.forgotten.load(Ordering::Relaxed))
    }
}

/// `closed>open,open>half_open`, or `-`. A reset of a closed breaker is no transition.
pub(crate) fn transitions(entries: &[Entry]) -> String {
    let moves = entries.iter().filter_map(|entry| match entry {
        Entry::Transition { from, to, .. } if from != to => {
            Some(format!("{}>{}", name(*from), name(*to)))
        }
        _ => None,
    });
    let moves: Vec<_> = moves.collect();
    if moves.is_empty() { "-".to_owned() } else { moves.join(",") }
}

pub(crate) fn since_transition(entries: &[Entry]) -> &[Entry] {
    let is_move = |entry: &Entry| matches!(entry, Entry::Transition { from, to, .. } if from != to);
    let start = entries.iter().rposition(is_move).map_or(0, |at| at + 1);
    &entries[start..]
}

pub(crate) fn rejections(entries: &[Entry]) -> u64 {
    let count = |wanted: fn(&&Entry) -> bool| entries.iter().filter(wanted).count() as u64;
    let own = count(|entry| matches!(entry, Entry::OwnRejection));
    count(|entry| matches!(entry, Entry::Rejection)).saturating_sub(own)
}

/// Returns the number of openings since the breaker was last closed.
pub(crate) fn attempts(entries: &[Entry]) -> u64 {
    let count = |openings, entry: &Entry| match entry {
        Entry::Transition { to: State::Closed | State::Observing, .. } => 0,
        Entry::Transition { from: State::HalfOpen, to: State::Open, .. } => openings + 1,
        Entry::Transition { to: State::Open, .. } => 1,
        _ => openings,
    };
    entries.iter().fold(0, count)
}

/// The cooldown of the last opening.
pub(crate) fn last_cooldown(entries: &[Entry]) -> Option<Duration> {
    entries.iter().rev().find_map(|entry| match entry {
        Entry::Transition { to: State::Open, cooldown, .. } => *cooldown,
        _ => None,
    })
}

/// A state as the format calls it.
pub(crate) fn name(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half_open",
        State::Isolated => "forced_open",
        State::Disabled => "disabled",
        State::Observing => "metrics_only",
        _ => "a state without a name",
    }
}
