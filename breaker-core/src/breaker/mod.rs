//! [`Breaker`]: its fields and constructors. The files below hold its readings and operations.

pub(crate) mod admission;
pub(crate) mod atomic_word;
pub(crate) mod breaker_ref;
pub(crate) mod cell;
pub(crate) mod cold;
pub(crate) mod control;
pub(crate) mod cooldown;
mod counting;
pub(crate) mod grants;
pub(crate) mod history;
pub(crate) mod hung;
pub(crate) mod lease;
mod linked;
#[cfg(all(test, not(breaker_loom)))]
mod litmus;
pub(crate) mod nesting;
pub(crate) mod notify;
pub(crate) mod openings;
pub(crate) mod outcomes;
pub(crate) mod owned;
pub(crate) mod past_rows;
mod readings;
pub(crate) mod recording;
pub(crate) mod removal;
pub(crate) mod report;
pub(crate) mod restore;
#[cfg(feature = "serde")]
mod saved;
pub(crate) mod seat;
#[cfg(feature = "serde")]
mod serialized;
pub(crate) mod settlement;
pub(crate) mod snapshot;
pub(crate) mod ticket;
mod timing;
pub(crate) mod totals;
pub(crate) mod transition;
pub(crate) mod tuning;

use std::sync::Arc;

use crate::breaker::cell::StateCell;
use crate::breaker::tuning::{Tuning, tracking};
use crate::clock::{Clock, Tick};
use crate::config::Config;
use crate::event::listeners::Listeners;
use crate::event::outcome::CallOutcome;
use crate::event::subscription::HasListeners;
use crate::link::LinkSlot;
use crate::name::Name;
use crate::state::State;
use crate::state::status::Episode;
use crate::sync::atomic::const_unless_loom;

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
///
/// # Control by hand
/// | method | gives the state | until |
/// |---|---|---|
/// | [`open`](Self::open) | [`State::Open`] | the cooldown is over |
/// | [`open_for`](Self::open_for) | [`State::Open`] | the given time is over |
/// | [`half_open`](Self::half_open) | [`State::HalfOpen`] | probes decide |
/// | [`close`](Self::close), [`reset`](Self::reset) | [`State::Closed`] | it trips |
/// | [`force_open`](Self::force_open) | [`State::Isolated`] | `reset`, or another of these |
/// | [`isolate`](Self::isolate) | [`State::Isolated`] | the last handle is dropped |
/// | [`disable`](Self::disable) | [`State::Disabled`] | `reset`, or another of these |
/// | [`observe`](Self::observe) | [`State::Observing`] | `reset`, or another of these |
pub struct Breaker {
    pub(crate) cell: StateCell,
    pub(crate) name: Name,
    /// `None` if the breaker is in no registry, and on the system's clock.
    shared: Option<Arc<Shared>>,
    pub(crate) tuning: Tuning,
}

/// Two cache lines. [`ColdState`] has what only some breakers need.
#[cfg(not(breaker_loom))]
const _: () = assert!(size_of::<Breaker>() <= 128);

/// The parts that all breakers of a registry share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    /// The registry's listeners.
    pub(crate) listeners: Listeners,
    /// The listeners for the outcomes of calls.
    pub(crate) outcomes: Listeners<CallOutcome>,
    /// The link to the breakers of other processes.
    pub(crate) link: LinkSlot,
}

impl HasListeners for Shared {
    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    fn outcome_listeners(&self) -> &Listeners<CallOutcome> {
        &self.outcomes
    }
}

impl Shared {
    pub(crate) fn new(clock: Clock) -> Self {
        let (listeners, outcomes) = (Listeners::new(), Listeners::new());
        Shared { clock, listeners, outcomes, link: LinkSlot::new() }
    }
}

impl Breaker {
    const_unless_loom! {
        /// Makes a closed breaker that belongs to no registry. The name is for errors and
        /// snapshots, and is not checked; a [`Registry`](crate::Registry) checks its own.
        #[must_use]
        pub fn new(name: &'static str, config: Config) -> Self {
            Self::named(Name::from_static(name), config)
        }
    }

    const_unless_loom! {
        /// Like [`new`](Self::new), with a name that is made at run time: one breaker for each
        /// replica, say, in fields of the program's own.
        ///
        /// ```
        /// use breaker_core::{Breaker, Config, Name};
        ///
        /// let replicas = ["db-1", "db-2"].map(|host| {
        ///     Ok::<_, breaker_core::NameError>(Breaker::named(Name::try_from(host)?, Config::new()))
        /// });
        /// assert_eq!(replicas[1].as_ref().unwrap().name(), &"db-2");
        /// ```
        #[must_use]
        pub fn named(name: Name, config: Config) -> Self {
            Self {
                cell: StateCell::new(tracking(config)),
                name,
                shared: None,
                tuning: Tuning::new(config),
            }
        }
    }

    /// Puts the breaker, which is not shared yet, on another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.in_registry(Arc::new(Shared::new(clock)))
    }

    /// Puts the breaker into a registry.
    pub(crate) fn in_registry(mut self, shared: Arc<Shared>) -> Self {
        self.cell.start_at(Episode(0), shared.clock.stamp());
        self.shared = Some(shared);
        self
    }

    /// Returns the clock and the listeners of the breaker's registry.
    #[inline]
    pub(crate) fn shared(&self) -> Option<&Shared> {
        self.shared.as_deref()
    }

    /// A cheap reading of the clock.
    #[inline]
    pub(crate) fn coarse_now(&self) -> Tick {
        match self.shared() {
            Some(shared) => shared.clock.coarse(),
            None => Clock::system().coarse(),
        }
    }

    /// Like [`coarse_now`](Self::coarse_now), but exact near `end`: it does not trail the clock
    /// there.
    #[inline]
    pub(crate) fn near_now(&self, end: Tick) -> Tick {
        match self.shared() {
            Some(shared) => shared.clock.near(end),
            None => Clock::system().near(end),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        const SYSTEM: &Clock = &Clock::system();
        self.shared().map_or(SYSTEM, |shared| &shared.clock)
    }

    /// The name as it is shown: `name/key` for a breaker by key, with white space, control
    /// characters, invisible characters and backslashes of the key escaped.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the name for errors and events; for a breaker in a seat, the name with the present
    /// key.
    #[inline]
    pub(crate) fn current_name(&self) -> Name {
        match self.name.as_static() {
            Some(name) => Name::from_static(name),
            None => self.current_name_slow(),
        }
    }

    #[inline(never)]
    fn current_name_slow(&self) -> Name {
        let seat = if self.name.is_of_seat() { self.seat() } else { None };
        seat.map_or_else(|| self.name.clone(), seat::Seat::name)
    }

    /// Returns the number by which people know an episode.
    pub(crate) fn shown_episode(&self, episode: Episode) -> u64 {
        self.seat().map_or(episode.0, |seat| seat.shown_episode(episode))
    }

    /// Returns the address of the breaker's word, which no other breaker has.
    pub(crate) fn identity(&self) -> usize {
        core::ptr::from_ref(self.cell.atomic_word()).addr()
    }

    /// Changes the tuning, and also the seat's if this is its face.
    pub(crate) fn change_tuning(&self, change: impl Fn(&Tuning)) {
        change(&self.tuning);
        if let Some(seat) = self.seat() {
            change(seat.tuning());
        }
    }

    /// The name without the key.
    #[must_use]
    pub fn family(&self) -> &Name {
        self.name.family()
    }

    /// The key as its `Display` wrote it, if this is a breaker by key. Of a key of more than 256
    /// bytes, the first 200, a `#` and a hash of the whole key in 32 digits.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.name.key().map(|key| &**key)
    }

    /// The config in force: what the breaker was made or declared with, with every override
    /// laid over it. Durations are in whole milliseconds, rounded up, but `slow_call`; a time
    /// window is a whole number of buckets, and `jitter` has six decimal places.
    ///
    /// ```
    /// use breaker_core::{Breaker, Config};
    ///
    /// static DB: Breaker = Breaker::new("db", Config::builder().threshold(2).build_const());
    /// assert_eq!(DB.config().threshold(), Some(2));
    /// DB.reconfigure(Config::builder().failure_rate(0.5).build_const());
    /// assert_eq!((DB.config().threshold(), DB.config().failure_rate()), (None, Some(0.5)));
    /// ```
    #[must_use]
    pub fn config(&self) -> Config {
        self.tuning.config()
    }

    /// The state. Reading it changes nothing: an open breaker whose cooldown is
    /// over stays open until a call comes (as in resilience4j and Polly 8).
    #[must_use]
    pub fn state(&self) -> State {
        State::from(self.cell.status().phase)
    }
}
