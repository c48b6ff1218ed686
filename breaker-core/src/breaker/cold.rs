//! The cold state of a breaker: everything that the word has no room for.
//!
//! The first transition, recorded call, rejection, late outcome or listener allocates it. A
//! breaker that only counts consecutive failures and has never tripped has none.

use crate::breaker::hung::HungCalls;
use crate::breaker::lease::Leases;
use crate::breaker::nesting::ProbesOut;
use crate::breaker::snapshot::Counts;
use crate::event::listeners::Listeners;
use crate::event::outbox::Outbox;
use crate::event::outcome::CallOutcome;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::counter::StripedCounter;
use crate::sync::once::OnceBox;
use crate::window::Windows;

/// Numbers of past episodes; the orderings are in [`crate::breaker::cell`].
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) opened: AtomicU64,
    pub(crate) openings: AtomicU64,
    pub(crate) held: AtomicU64,
    pub(crate) fresh: AtomicU64,
    pub(crate) recording: AtomicU64,
    /// An [`EpisodeTick`](crate::breaker::cell::EpisodeTick).
    pub(crate) began: AtomicU64,
}

impl Past {
    fn new() -> Self {
        let none = || AtomicU64::new(0);
        Past {
            opened: none(),
            openings: none(),
            held: none(),
            fresh: none(),
            recording: none(),
            began: none(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct ColdState {
    pub(crate) past: Past,
    pub(crate) leases: Leases,
    pub(crate) probes_out: ProbesOut,
    pub(crate) windows: Windows,
    /// Made by the first timed call.
    pub(crate) hung: OnceBox<HungCalls>,
    pub(crate) outbox: Outbox,
    /// Those who listen to the outcomes of calls.
    pub(crate) outcomes: Listeners<CallOutcome>,
    /// When a control has replaced the deadline of an open breaker, with the lowest bits of the
    /// new one.
    pub(crate) replaced: AtomicU64,
    /// While observing: the end of the cooldown that the breaker would be in, an
    /// [`EpisodeTick`](crate::breaker::cell::EpisodeTick).
    pub(crate) observed_until: AtomicU64,
    pub(crate) observed_rejections: AtomicU64,
    pub(crate) rejections: StripedCounter,
    pub(crate) late: AtomicU64,
}

impl ColdState {
    pub(crate) fn new() -> Self {
        ColdState {
            past: Past::new(),
            leases: Leases::new(),
            probes_out: ProbesOut::new(),
            windows: Windows::new(),
            hung: OnceBox::new(),
            outbox: Outbox::new(),
            outcomes: Listeners::new(),
            replaced: AtomicU64::new(0),
            observed_until: AtomicU64::new(0),
            observed_rejections: AtomicU64::new(0),
            rejections: StripedCounter::new(),
            late: AtomicU64::new(0),
        }
    }

    /// Makes as new what names no episode, for another key of a seat. No other thread uses it.
    pub(crate) fn renew(&self) {
        self.outbox.renew();
        self.rejections.reset();
        for count in [&self.replaced, &self.observed_rejections, &self.late] {
            // Relaxed: for people to read.
            count.store(0, Ordering::Relaxed);
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
