//! One breaker.

use core::fmt;
use core::future::Future;
use core::ops::Deref;
use std::sync::Arc;

use crate::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::cell::Cell;
use crate::clock::Clock;
use crate::config::{Config, Tuning};
use crate::error::BreakerError;
use crate::future::Call;
use crate::lease::Leases;
use crate::name::Name;
use crate::nesting;
use crate::outcome::{Guardable, Outcome};
use crate::permit::{Permit, Ticket};
use crate::snapshot::{Snapshot, State};
use crate::step::{self, Admission, Effect, Event};
use crate::word::{Episode, Phase, Word};

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
    name: Name,
    clock: Clock,
    tuning: Tuning,
    cell: Cell,
    leases: Leases,
    rejections: AtomicU64,
    late: AtomicU64,
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
                cell: Cell::new(),
                leases: Leases::new(),
                rejections: AtomicU64::new(0),
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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Runs `f` if the breaker lets it, and returns what it returns: a `Result`
    /// whose `Err` counts as a failure. A rejection becomes an `Err` by
    /// `From<BreakerError>`; then `f` did not run.
    ///
    /// # Panics
    /// Only if `f` does. That counts as a failure, and unwinds on.
    #[inline]
    pub fn call<R: Guardable>(&self, f: impl FnOnce() -> R) -> R {
        match self.try_acquire() {
            Ok(permit) => permit.run(f, Guardable::judge),
            Err(error) => R::rejected(error),
        }
    }

    /// Guards a future: asks for admission when first polled, not before.
    ///
    /// ```
    /// # use breaker_core::{Breaker, BreakerError, Config};
    /// # let runtime = std::pin::pin!(async {
    /// static LLM: Breaker = Breaker::new("llm", Config::new());
    /// let reply = LLM.call_async(async { Ok::<_, BreakerError>("hello") }).await;
    /// assert_eq!(reply, Ok("hello"));
    /// # });
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(std::future::Future::poll(runtime, &mut context).is_ready());
    /// ```
    ///
    /// A rejection becomes the future's error by `From<BreakerError>`; then the
    /// future was never polled.
    ///
    /// # Cancel safety
    /// Dropped before its end, the call counts as nothing and a probe's slot is
    /// given back. If it was dropped because a poll panicked, it is a failure.
    pub fn call_async<F>(&self, future: F) -> Call<&Self, F>
    where
        F: Future<Output: Guardable>,
    {
        Call::new(self, future)
    }

    /// Asks to make one call, and leaves it to the caller to say how it went:
    /// for a streamed reply that is judged at its end, say.
    ///
    /// # Errors
    /// The rejection.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<&Self>, BreakerError> {
        self.admit().map(|ticket| Permit::new(self, ticket))
    }

    /// [`try_acquire`](Self::try_acquire) for a permit that outlives the borrow.
    ///
    /// # Errors
    /// The rejection.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<Arc<Self>>, BreakerError> {
        self.admit().map(|ticket| Permit::new(Arc::clone(self), ticket))
    }

    /// Whether a call made now would be let through. Has no effect: it takes no
    /// probe's slot and changes no state. A router asks it to pass over a
    /// tripped back end. Not a gate: by the time of the call, others may have
    /// taken the slots.
    #[must_use]
    pub fn is_call_permitted(&self) -> bool {
        let status = self.cell.status();
        match status.phase {
            Phase::Closed { .. } | Phase::Disabled => true,
            Phase::Open { until } => self.clock.read() >= until,
            Phase::HalfOpen { in_flight, .. } => {
                let timeout = self.tuning.probe_timeout();
                in_flight < self.tuning.limits().probes
                    || self.leases.any_run_out(status.episode, self.clock.read(), timeout)
            }
            Phase::Isolated => false,
        }
    }

    /// The state. Reading it changes nothing: an open breaker whose cooldown is
    /// over stays open until a call comes (as in resilience4j and Polly 8).
    #[must_use]
    pub fn state(&self) -> State {
        State::from(self.cell.status().phase)
    }

    /// State and counters at one moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut status = self.cell.status();
        loop {
            let (since, now) = (self.cell.since(), self.clock.now());
            let again = self.cell.status();
            if again == status {
                // Relaxed: counts for people to read.
                let rejections = self.rejections.load(Ordering::Relaxed);
                let late = self.late.load(Ordering::Relaxed);
                return Snapshot::new(self.name.clone(), status, now, since, rejections, late);
            }
            status = again;
        }
    }

    /// Rejects every call until [`reset`](Self::reset), whatever the cooldown.
    /// Calls that are under way end as late. Nothing happens if it is so already.
    pub fn force_open(&self) {
        self.apply(Event::ForceOpen);
    }

    /// Lets every call through and records nothing until [`reset`](Self::reset).
    pub fn disable(&self) {
        self.apply(Event::Disable);
    }

    /// Closes the breaker, from any state, with nothing counted. Calls that are
    /// under way end as late. Rejections and late outcomes are not set back.
    pub fn reset(&self) {
        self.apply(Event::Reset);
    }

    /// Replaces the tuning and leaves state and counters as they are. What is
    /// under way keeps its deadline: a cooldown that runs, runs its old length.
    pub fn reconfigure(&self, config: Config) {
        self.tuning.replace(config);
    }

    /// Takes the breaker out of its registry's hands, for good: call sites that
    /// remember it look its name up again.
    pub(crate) fn detach(&self) {
        self.apply(Event::Detach);
    }

    /// Whether [`detach`](Self::detach) was called.
    pub(crate) fn is_detached(&self) -> bool {
        self.cell.glance().is_detached()
    }

    #[inline]
    pub(crate) fn admit(&self) -> Result<Ticket, BreakerError> {
        let word = self.cell.glance();
        if word.is_plainly_closed() { Ok(Ticket::closed(word)) } else { self.admit_or_reject() }
    }

    #[cold]
    fn admit_or_reject(&self) -> Result<Ticket, BreakerError> {
        loop {
            let limits = self.tuning.limits();
            let (status, admission) =
                self.cell.update(&self.clock, |status| step::admit(status, limits, &self.clock));
            let error = match admission {
                Admission::Recorded => return Ok(Ticket::closed(Word::pack(status))),
                Admission::Unrecorded => return Ok(Ticket::UNRECORDED),
                Admission::Probe => return Ok(self.let_out_probe(status.episode)),
                Admission::Saturated if nesting::is_inside(self, status.episode) => {
                    return Ok(Ticket::UNRECORDED);
                }
                Admission::Saturated if self.write_off_probe(status.episode) => continue,
                Admission::Saturated => BreakerError::Saturated { name: self.name.clone() },
                Admission::Isolated => BreakerError::Isolated { name: self.name.clone() },
                Admission::Open { now, until } => {
                    let retry_after = until.remaining(now, self.cell.since());
                    BreakerError::Open { name: self.name.clone(), retry_after }
                }
            };
            // Relaxed: a count for people to read.
            self.rejections.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
    }

    /// The word has admitted a probe. If the call is made from inside another
    /// probe, it gives the slot back and belongs to that one.
    fn let_out_probe(&self, episode: Episode) -> Ticket {
        if nesting::is_inside(self, episode) {
            self.apply(Event::Settle { episode, outcome: Outcome::Ignored });
            return Ticket::UNRECORDED;
        }
        let is_over = || self.cell.status().episode != episode;
        Ticket::probe(episode, self.leases.claim(episode, self.clock.stamp(), is_over))
    }

    /// Frees the slot of a probe that has been out for `probe_timeout`.
    fn write_off_probe(&self, episode: Episode) -> bool {
        let found = self.leases.write_off(episode, self.clock.read(), self.tuning.probe_timeout());
        if found {
            self.apply(Event::Settle { episode, outcome: Outcome::Ignored });
        }
        found
    }

    /// Takes in how an admitted call went.
    #[inline]
    pub(crate) fn settle(&self, ticket: Ticket, outcome: Outcome) {
        if outcome == Outcome::Success && ticket.is_unbroken(self.cell.glance()) {
            return;
        }
        self.settle_or_drop(ticket, outcome);
    }

    #[cold]
    fn settle_or_drop(&self, ticket: Ticket, outcome: Outcome) {
        let Some((episode, lease)) = ticket.recorded() else {
            return;
        };
        let counted = lease.is_none_or(|lease| self.leases.give_up(lease))
            && self.apply(Event::Settle { episode, outcome }) == Effect::Done;
        if !counted {
            // Relaxed: a count for people to read.
            self.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn apply(&self, event: Event) -> Effect {
        let limits = self.tuning.limits();
        let step = |status| step::step(status, event, limits, &self.clock);
        self.cell.update(&self.clock, step).1
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

/// How a permit holds its breaker: by reference, by [`Arc`], or as a call site does.
pub trait Hold: Deref<Target = Breaker> {}

impl<B: Deref<Target = Breaker>> Hold for B {}
