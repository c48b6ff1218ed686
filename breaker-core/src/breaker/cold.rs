//! What a breaker keeps beside its word once something has happened to it: a
//! transition, a recorded call, a rejection, a late outcome, a listener. One that
//! counts failures in a row and has never tripped has none of it.

use once_cell::race::OnceBox;

use crate::breaker::lease::Leases;
use crate::breaker::snapshot::Counts;
use crate::event::outbox::Outbox;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::counter::Tally;
use crate::window::Windows;

/// Of the episodes so far, what the word has no room for.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) opened: AtomicU64,
    pub(crate) openings: AtomicU64,
    pub(crate) recording: AtomicU64,
}

impl Past {
    fn new() -> Self {
        let none = || AtomicU64::new(0);
        Past { opened: none(), openings: none(), recording: none() }
    }
}

#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) past: Past,
    pub(crate) leases: Leases,
    pub(crate) windows: OnceBox<Windows>,
    pub(crate) outbox: Outbox,
    /// While observing: until when it would have been open.
    pub(crate) observed_until: AtomicU64,
    pub(crate) observed_rejections: AtomicU64,
    pub(crate) rejections: Tally,
    pub(crate) late: AtomicU64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Ledger {
            past: Past::new(),
            leases: Leases::new(),
            windows: OnceBox::new(),
            outbox: Outbox::new(),
            observed_until: AtomicU64::new(0),
            observed_rejections: AtomicU64::new(0),
            rejections: Tally::new(),
            late: AtomicU64::new(0),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        // Relaxed: for people to read.
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            rejections: self.rejections.get(),
            observed_rejections: count(&self.observed_rejections),
            late: count(&self.late),
        }
    }
}
