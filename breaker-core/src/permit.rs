//! One admitted call.

use core::fmt;

use crate::breaker::{Breaker, Hold};
use crate::lease::Lease;
use crate::nesting::Scope;
use crate::outcome::Outcome;
use crate::word::{Episode, Phase, Status, Word};

/// What an admitted call must show when it ends: the episode it belongs to, and
/// its lease if it is a probe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    /// For a closed call, the word with nothing counted, which is what the
    /// breaker's word still is if nothing has happened meanwhile. For a probe,
    /// a half-open word that never occurs: one success more and it had closed.
    word: Word,
    lease: Lease,
}

impl Ticket {
    /// A call whose outcome counts for nothing.
    pub(crate) const UNRECORDED: Ticket =
        Ticket { word: Self::word(Episode(0), Phase::Disabled), lease: Lease::NONE };

    #[inline]
    pub(crate) const fn closed(word: Word) -> Self {
        Ticket { word: word.without_failures(), lease: Lease::NONE }
    }

    pub(crate) const fn probe(episode: Episode, lease: Lease) -> Self {
        let phase = Phase::HalfOpen { in_flight: 0, successes: u8::MAX };
        Ticket { word: Self::word(episode, phase), lease }
    }

    /// Whether the breaker still is as a success would leave it.
    #[inline]
    pub(crate) fn is_unbroken(self, now: Word) -> bool {
        self.word == now
    }

    #[inline]
    fn is_probe(self) -> bool {
        self.lease != Lease::NONE
    }

    /// The episode, and a probe's lease. `None` if the outcome counts for nothing.
    pub(crate) fn recorded(self) -> Option<(Episode, Option<Lease>)> {
        let Status { episode, phase, .. } = self.word.unpack(Episode(0));
        match phase {
            Phase::Disabled => None,
            _ => Some((episode, self.is_probe().then_some(self.lease))),
        }
    }

    const fn word(episode: Episode, phase: Phase) -> Word {
        Word::pack(Status { episode, detached: false, phase })
    }
}

/// What it means that a permit is dropped without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dropped {
    /// Cancelled; or, if the thread is unwinding, a panic.
    Unsaid,
    /// Cancelled: a future that was not being polled.
    Cancelled,
    /// A panic: a body was running.
    Panicked,
    /// Nothing: the outcome has been told.
    Settled,
}

/// Leave to make one call, from [`Breaker::try_acquire`].
///
/// Say how it went with [`success`](Self::success), [`failure`](Self::failure) or
/// [`ignore`](Self::ignore). Dropped without a word, it counts as a failure if
/// the thread is unwinding, and as nothing otherwise: a forgotten permit never
/// keeps a breaker half-open.
///
/// ```
/// use breaker_core::{Breaker, Config, State};
///
/// static UPLOAD: Breaker = Breaker::new("upload", Config::builder().threshold(1).build_const());
///
/// let permit = UPLOAD.try_acquire()?;
/// // ... send the first part, wait, send the last one ...
/// permit.failure();
/// assert_eq!(UPLOAD.state(), State::Open);
/// # Ok::<(), breaker_core::BreakerError>(())
/// ```
#[must_use = "a permit that is dropped at once guards nothing"]
pub struct Permit<B: Hold> {
    breaker: B,
    ticket: Ticket,
    dropped: Dropped,
}

impl<B: Hold> Permit<B> {
    #[inline]
    pub(crate) fn new(breaker: B, ticket: Ticket) -> Self {
        Permit { breaker, ticket, dropped: Dropped::Unsaid }
    }

    /// The call succeeded.
    pub fn success(self) {
        self.record(Outcome::Success);
    }

    /// The call failed.
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// The call counts as nothing: a mistake of the caller, a cancellation.
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// The call came to this.
    #[inline]
    pub fn record(mut self, outcome: Outcome) {
        self.settle(outcome);
    }

    /// The breaker that gave it.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Runs `body` and lets `judge` say what its return value means. A panic of
    /// either is a failure, and unwinds on.
    #[inline]
    pub fn run<R>(mut self, body: impl FnOnce() -> R, judge: impl FnOnce(&R) -> Outcome) -> R {
        let scope = self.enter();
        let output = body();
        let outcome = judge(&output);
        drop(scope);
        self.settle(outcome);
        output
    }

    /// From here to [`leave`](Self::leave) or the end, a drop is a panic.
    #[inline]
    pub(crate) fn enter(&mut self) -> Option<Scope> {
        self.dropped = Dropped::Panicked;
        if self.ticket.is_probe() { self.enter_probe() } else { None }
    }

    #[cold]
    fn enter_probe(&self) -> Option<Scope> {
        let (episode, _) = self.ticket.recorded()?;
        Some(Scope::enter::<Breaker>(&self.breaker, episode))
    }

    /// From here on, a drop is a cancellation.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.dropped = Dropped::Cancelled;
    }

    #[inline]
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        self.dropped = Dropped::Settled;
        self.breaker.settle(self.ticket, outcome);
    }
}

impl<B: Hold> Drop for Permit<B> {
    #[inline]
    fn drop(&mut self) {
        if self.dropped != Dropped::Settled {
            self.give_back();
        }
    }
}

impl<B: Hold> Permit<B> {
    #[cold]
    fn give_back(&mut self) {
        let panicked = match self.dropped {
            Dropped::Panicked => true,
            Dropped::Unsaid => std::thread::panicking(),
            Dropped::Cancelled | Dropped::Settled => false,
        };
        self.settle(if panicked { Outcome::Failure } else { Outcome::Ignored });
    }
}

impl<B: Hold> fmt::Debug for Permit<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", self.breaker.name()).finish_non_exhaustive()
    }
}
