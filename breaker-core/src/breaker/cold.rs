//! The cold state of a breaker: everything for which the word has no room.
//!
//! The first transition, failure, recorded call, rejection, late outcome or listener allocates it.
//! A breaker that only counts consecutive failures and has seen none of these has no cold state.

use crate::breaker::grants::Grants;
use crate::breaker::history::History;
use crate::breaker::hung::HungCalls;
use crate::breaker::lease::Leases;
use crate::breaker::nesting::ProbesOut;
use crate::breaker::past_rows::PastRows;
use crate::breaker::snapshot::Counts;
use crate::breaker::totals::CallTotals;
use crate::clock::Tick;
use crate::event::listeners::Listeners;
use crate::event::outbox::Outbox;
use crate::event::outcome::CallOutcome;
use crate::link::Facts;
use crate::outcome::FailureKind;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::counter::{COUNTS, StripedCounts};
use crate::sync::once::OnceBox;
use crate::sync::shard;
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

/// A count of calls. Calls that go wrong are always counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Rejections,
    Failures(FailureKind),
    /// Counted, like the two below, only if all calls are.
    Successes,
    Ignored,
    Cancelled,
}

impl Count {
    /// Returns the number of the count among the [`StripedCounts`].
    #[inline]
    pub(crate) const fn number(self) -> usize {
        match self {
            Count::Rejections => 0,
            Count::Failures(kind) => 1 + kind.index(),
            Count::Successes => 5,
            Count::Ignored => 6,
            Count::Cancelled => 7,
        }
    }
}

const _: () = assert!(Count::Cancelled.number() < COUNTS);
const _: () = assert!(Count::Failures(FailureKind::Panicked).number() < Count::Successes.number());

/// The windows come first: calls use their address, which is then also the address of the cold
/// state. Otherwise calls would need one more register.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct ColdState {
    pub(crate) windows: Windows,
    pub(crate) past: Past,
    pub(crate) history: History,
    pub(crate) leases: Leases,
    pub(crate) probes_out: ProbesOut,
    /// Made by the first timed call.
    pub(crate) hung: OnceBox<HungCalls>,
    pub(crate) outbox: Outbox<Facts>,
    /// Made when a linked breaker first needs it.
    grants: OnceBox<Grants>,
    /// The listeners for the outcomes of calls.
    pub(crate) outcomes: Listeners<CallOutcome>,
    /// The moment at which a control replaced the deadline of an open breaker, with the lowest bits
    /// of the new deadline.
    pub(crate) replaced: AtomicU64,
    /// While observing: the end of the cooldown that the breaker would be in, an
    /// [`EpisodeTick`](crate::breaker::cell::EpisodeTick).
    pub(crate) observed_until: AtomicU64,
    /// The episode in which an override's switch has last set or found its state.
    pub(crate) switched: AtomicU64,
    pub(crate) observed_rejections: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) probes: AtomicU64,
    /// By [`Count`].
    pub(crate) counts: StripedCounts,
    pub(crate) past_rows: PastRows,
}

impl ColdState {
    /// Makes the cold state of a breaker that is closed since `since`.
    pub(crate) fn new(since: Tick) -> Self {
        ColdState {
            past: Past::new(),
            history: History::new(since),
            leases: Leases::new(),
            probes_out: ProbesOut::new(),
            windows: Windows::new(),
            hung: OnceBox::new(),
            outbox: Outbox::new(),
            grants: OnceBox::new(),
            outcomes: Listeners::new(),
            replaced: AtomicU64::new(0),
            observed_until: AtomicU64::new(0),
            switched: AtomicU64::new(u64::MAX),
            observed_rejections: AtomicU64::new(0),
            late: AtomicU64::new(0),
            probes: AtomicU64::new(0),
            counts: StripedCounts::new(),
            past_rows: PastRows::new(),
        }
    }

    /// Resets all parts that name no episode, for another key of a seat, which has it from `since`
    /// on. No other thread uses it meanwhile. `row` is the number of failures that the word counts
    /// and is about to forget.
    pub(crate) fn renew(&self, since: Tick, row: u16) {
        self.history.renew(since);
        self.past_rows.renew(row);
        self.outbox.renew();
        self.counts.reset();
        for count in [&self.replaced, &self.observed_rejections, &self.late, &self.probes] {
            // Relaxed: for people to read.
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Returns the breaker's knowledge of the record, if any was needed.
    pub(crate) fn grants_if_made(&self) -> Option<&Grants> {
        self.grants.get()
    }

    pub(crate) fn grants(&self) -> &Grants {
        self.grants.get_or_init(|| Box::new(Grants::new()))
    }

    pub(crate) fn counts(&self) -> Counts {
        // Relaxed: for people to read.
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            rejections: self.counts.get(Count::Rejections.number()),
            observed_rejections: count(&self.observed_rejections),
            late: count(&self.late),
            probes: count(&self.probes),
        }
    }

    /// Returns the failures of each kind, by [`FailureKind::index`].
    pub(crate) fn failures(&self) -> [u64; FailureKind::ALL.len()] {
        FailureKind::ALL.map(|kind| self.counts.get(Count::Failures(kind).number()))
    }

    /// Returns the errors. The word counts `row` of them.
    pub(crate) fn errors(&self, row: impl Fn() -> u16) -> u64 {
        let of_word = self.past_rows.with(row);
        let errors =
            of_word.wrapping_add(self.counts.get(Count::Failures(FailureKind::Error).number()));
        // Below zero for an instant: see `past_rows`.
        if errors >> 63 == 0 { errors } else { 0 }
    }

    /// Returns the calls by outcome. `failures` of them have failed.
    pub(crate) fn calls(&self, failures: u64) -> CallTotals {
        let count = |count: Count| self.counts.get(count.number());
        CallTotals {
            successes: count(Count::Successes),
            failures,
            ignored: count(Count::Ignored),
            cancelled: count(Count::Cancelled),
        }
    }

    /// Adds a failure.
    #[inline]
    pub(crate) fn add_error(&self) {
        self.add_fast(Count::Failures(FailureKind::Error));
    }

    /// Adds a success.
    #[inline]
    pub(crate) fn add_success(&self) {
        self.add_fast(Count::Successes);
    }

    /// Adds one to a count, in the stripe of this thread if there is one.
    #[inline]
    pub(crate) fn add_fast(&self, count: Count) {
        // Read first: the compiler takes it for a function call, across which few registers are
        // kept.
        let shard = shard::number();
        if !self.counts.add_one_of(shard, count.number()) {
            self.add(count);
        }
    }

    /// Adds one to a count on the slow path: this thread has no stripe of its own, or there are
    /// none yet.
    #[cold]
    #[inline(never)]
    pub(crate) fn add(&self, count: Count) {
        match count {
            Count::Failures(_) => self.counts.add_one_rare(count.number()),
            _ => self.counts.add_one(count.number()),
        }
    }
}
