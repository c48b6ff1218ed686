//! One breaker.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::cell::Cell;
use crate::clock::Clock;
use crate::config::{Config, Tuning, is_watchful};
use crate::lease::Leases;
use crate::listeners::Listeners;
use crate::name::Name;
use crate::nesting;
use crate::outbox::Outbox;
use crate::snapshot::{Counts, Snapshot, State};
use crate::tally::Tally;
use crate::window::{Sums, Windows};
use crate::word::{Phase, Status};

/// A circuit breaker.
///
/// Closed, it lets calls through and counts failures in a row. At `threshold`
/// of them it opens and rejects for the length of `cooldown`. Then it is
/// half-open: up to `probes` calls at a time are let through, `success_threshold`
/// of them close it, and the first that fails opens it again.
///
/// It is shared by reference, needs no lock, and can be a `static`:
///
/// ```
/// use breaker_core::{Breaker, BreakerError, Config};
///
/// static DB: Breaker = Breaker::new("db", Config::builder().threshold(2).build_const());
///
/// #[derive(Debug)]
/// enum Error { Refused, Rejected(BreakerError) }
/// impl From<BreakerError> for Error {
///     fn from(error: BreakerError) -> Self { Error::Rejected(error) }
/// }
///
/// let query = || DB.call(|| Err::<(), _>(Error::Refused));
/// assert!(matches!(query(), Err(Error::Refused)));
/// assert!(matches!(query(), Err(Error::Refused)), "the caller that trips it gets its own error");
/// assert!(matches!(query(), Err(Error::Rejected(_))), "and the next one is turned away");
/// ```
///
/// An outcome counts only in the episode its call was admitted in. One that
/// arrives after the breaker has moved on is dropped, and counted as late.
pub struct Breaker {
    pub(crate) name: Name,
    pub(crate) clock: Clock,
    pub(crate) tuning: Tuning,
    pub(crate) cell: Cell,
    pub(crate) leases: Leases,
    pub(crate) windows: OnceBox<Windows>,
    pub(crate) outbox: OnceBox<Outbox>,
    /// Those of the registry, if it is in one.
    pub(crate) listeners_of_all: Option<Arc<Listeners>>,
    /// While observing: until when it would have been open.
    pub(crate) observed_until: AtomicU64,
    pub(crate) observed_rejections: AtomicU64,
    pub(crate) rejections: Tally,
    pub(crate) late: AtomicU64,
}

impl Breaker {
    const_unless_loom! {
        /// A closed breaker that belongs to no registry. The name is for errors
        /// and snapshots, and is not checked; a [`Registry`](crate::Registry)
        /// checks its own.
        #[must_use]
        pub fn new(name: &'static str, config: Config) -> Self {
            Self::build(Name::from_static(name), config, Clock::system())
        }
    }

    const_unless_loom! {
        pub(crate) fn build(name: Name, config: Config, clock: Clock) -> Self {
            Self {
                name,
                clock,
                tuning: Tuning::new(config),
                cell: Cell::new(is_watchful(config)),
                leases: Leases::new(),
                windows: windows_of(config),
                outbox: outbox(),
                listeners_of_all: None,
                observed_until: AtomicU64::new(0),
                observed_rejections: AtomicU64::new(0),
                rejections: Tally::new(),
                late: AtomicU64::new(0),
            }
        }
    }

    /// The same breaker on another clock. For a breaker that is not yet shared.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.cell.start_at(clock.stamp());
        self.clock = clock;
        self
    }

    /// The same breaker, with its registry's listeners.
    pub(crate) fn with_listeners(mut self, of_all: Arc<Listeners>) -> Self {
        self.listeners_of_all = Some(of_all);
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Whether a call made now would be let through. Has no effect: it takes no
    /// probe's slot and changes no state. A router asks it to pass over a
    /// tripped back end. Not a gate: by the time of the call, others may have
    /// taken the slots.
    #[must_use]
    pub fn is_call_permitted(&self) -> bool {
        let status = self.cell.status();
        match status.phase {
            Phase::Closed { .. } | Phase::Disabled | Phase::Observing { .. } => true,
            Phase::Open { until } => self.clock.read() >= until,
            Phase::HalfOpen { in_flight, .. } => {
                let timeout = self.tuning.probe_timeout();
                in_flight < self.tuning.limits().probes
                    || nesting::is_inside(self, status.episode)
                    || self.leases.any_run_out(status.episode, self.clock.read(), timeout)
            }
            Phase::Isolated { .. } => false,
        }
    }

    /// The state. Reading it changes nothing: an open breaker whose cooldown is
    /// over stays open until a call comes (as in resilience4j and Polly 8).
    #[must_use]
    pub fn state(&self) -> State {
        State::from(self.cell.status().phase)
    }

    /// Failures in a row, if the breaker is closed.
    pub(crate) fn failures_if_closed(&self) -> Option<u16> {
        match self.cell.status().phase {
            Phase::Closed { failures } => Some(failures),
            _ => None,
        }
    }

    /// State and counters at one moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut status = self.cell.status();
        loop {
            let (since, now) = (self.cell.since(), self.clock.now());
            let sums = self.sums(status);
            let again = self.cell.status();
            if again == status {
                // Relaxed: counts for people to read.
                let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
                let counts = Counts {
                    rejections: self.rejections.get(),
                    observed_rejections: count(&self.observed_rejections),
                    late: count(&self.late),
                };
                let min_calls = self.tuning.rates().min_calls;
                let name = self.name.clone();
                return Snapshot::new(name, status, now, since, counts, sums, min_calls);
            }
            status = again;
        }
    }

    /// What the window shows: while closed, what it holds; while open, what it
    /// held when it opened; nothing otherwise.
    fn sums(&self, status: Status) -> Option<Sums> {
        let shape = self.tuning.shape()?;
        let window = Windows::find_existing(&self.windows, shape);
        let sums = match (status.phase, window) {
            (Phase::Closed { .. } | Phase::Observing { .. }, Some(window)) => {
                window.recount(status.episode, || self.clock.read())
            }
            (Phase::Open { .. }, Some(window)) => {
                window.recount(self.cell.recording(), || self.cell.since())
            }
            _ => Sums::default(),
        };
        Some(sums)
    }
}

/// Made when first needed.
#[cfg(not(breaker_loom))]
const fn windows_of(_: Config) -> OnceBox<Windows> {
    OnceBox::new()
}

#[cfg(not(breaker_loom))]
const fn outbox() -> OnceBox<Outbox> {
    OnceBox::new()
}

/// In a model it is there from the start: loom does not follow `OnceBox`.
#[cfg(breaker_loom)]
fn windows_of(config: Config) -> OnceBox<Windows> {
    let list = OnceBox::new();
    if let Some(shape) = Tuning::new(config).shape() {
        Windows::find(&list, shape, crate::word::Episode(0));
    }
    list
}

#[cfg(breaker_loom)]
fn outbox() -> OnceBox<Outbox> {
    OnceBox::with_value(Box::new(Outbox::new(None)))
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

/// How a permit holds its breaker: by reference, by [`Arc`], or as a call site does.
pub trait Hold: Deref<Target = Breaker> {}

impl<B: Deref<Target = Breaker>> Hold for B {}
