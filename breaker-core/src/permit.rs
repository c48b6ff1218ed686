//! One admitted call.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::breaker::{Breaker, Hold};
use crate::error::BreakerError;
use crate::lease::Lease;
use crate::nesting::Scope;
use crate::outcome::{Guardable, Outcome, Verdict};
use crate::word::{Episode, Phase, Status, Word};

/// What an admitted call must show when it ends: the episode it belongs to, its
/// lease if it is a probe, and when it began if it is timed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    /// For a closed call that is not timed, the word with nothing counted, which is
    /// what the breaker's word still is if nothing has happened meanwhile. For others,
    /// a word that the breaker's never is, so that they are looked at more closely.
    word: Word,
    lease: Lease,
    /// Nanoseconds of the precise clock, 73 years of them; [`Ticket::UNTIMED`] if
    /// nobody asks. Above them, what it means to be dropped: a future keeps this, and
    /// a byte of its own would cost it eight.
    began: u64,
}

/// What became of a ticket's call is to be recorded so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) episode: Episode,
    /// Of a probe.
    pub(crate) lease: Option<Lease>,
    pub(crate) began: Option<Duration>,
}

impl Ticket {
    /// A call whose outcome counts for nothing.
    pub(crate) const UNRECORDED: Ticket =
        Ticket::new(Episode(0), Phase::Disabled, Lease::NONE, Self::UNTIMED);

    const DROPPED: u32 = 61;
    const UNTIMED: u64 = (1 << Self::DROPPED) - 1;

    #[inline]
    pub(crate) const fn closed(word: Word) -> Self {
        Ticket { word: word.without_failures(), lease: Lease::NONE, began: Self::UNTIMED }
    }

    /// A call that is timed, or observed.
    pub(crate) const fn watched(episode: Episode, began: Option<Duration>) -> Self {
        let phase = Phase::Closed { failures: u16::MAX };
        Self::new(episode, phase, Lease::NONE, Self::or_untimed(began))
    }

    pub(crate) const fn probe(episode: Episode, lease: Lease, began: Option<Duration>) -> Self {
        let phase = Phase::HalfOpen { in_flight: 0, successes: u8::MAX };
        Self::new(episode, phase, lease, Self::or_untimed(began))
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

    /// `None` if the outcome counts for nothing.
    pub(crate) fn entry(self) -> Option<Entry> {
        let Status { episode, phase, .. } = self.word.unpack(Episode(0));
        let lease = self.is_probe().then_some(self.lease);
        let began = self.began & Self::UNTIMED;
        let began = (began != Self::UNTIMED).then(|| Duration::from_nanos(began));
        (phase != Phase::Disabled).then_some(Entry { episode, lease, began })
    }

    /// Detached and watchful: the word of no breaker is taken for it, since
    /// equality is asked of plainly closed ones only.
    const fn new(episode: Episode, phase: Phase, lease: Lease, began: u64) -> Self {
        let word = Word::pack(Status { episode, detached: true, watchful: true, phase });
        Ticket { word, lease, began }
    }

    const fn or_untimed(began: Option<Duration>) -> u64 {
        match began {
            #[allow(clippy::cast_possible_truncation, reason = "584 years of nanoseconds")]
            Some(began) => began.as_nanos() as u64 & Self::UNTIMED,
            None => Self::UNTIMED,
        }
    }

    #[inline]
    fn dropped(self) -> Dropped {
        match self.began >> Self::DROPPED {
            0 => Dropped::Unsaid,
            1 => Dropped::Cancelled,
            2 => Dropped::Abandoned,
            3 => Dropped::Panicked,
            _ => Dropped::Settled,
        }
    }

    #[inline]
    fn set_dropped(&mut self, dropped: Dropped) {
        self.began = self.began & Self::UNTIMED | (dropped as u64) << Self::DROPPED;
    }
}

/// What it means that a permit is dropped without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dropped {
    /// Cancelled; or, if the thread is unwinding, a panic.
    Unsaid,
    /// Cancelled: a future that was not being polled.
    Cancelled,
    /// The same, where that is a failure: `on_cancel = "failure"`.
    Abandoned,
    /// A panic: a body was running.
    Panicked,
    /// Nothing: the outcome has been told.
    Settled,
}

impl Breaker {
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
}

/// What a future that is dropped before its end counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCancel {
    /// Nothing; but slow, if it had run for `slow_call`.
    Ignore,
    /// A failure.
    Failure,
}

/// Leave to make one call, from [`Breaker::try_acquire`].
///
/// Say how it went with [`success`](Self::success), [`failure`](Self::failure) or
/// [`ignore`](Self::ignore). Dropped without a word, it counts as a failure if
/// the thread is unwinding, as slow if it was held for `slow_call`, and as nothing
/// otherwise: a forgotten permit never keeps a breaker half-open.
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
}

impl<B: Hold> Permit<B> {
    #[inline]
    pub(crate) fn new(breaker: B, ticket: Ticket) -> Self {
        Permit { breaker, ticket }
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

    /// The call came to this: an [`Outcome`], or a [`Verdict`] with more to say.
    #[inline]
    pub fn record(mut self, verdict: impl Into<Verdict>) {
        self.settle(verdict.into());
    }

    /// The breaker that gave it.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Runs `body` and lets `judge` say what its return value means. A panic of
    /// either is a failure, and unwinds on.
    #[inline]
    pub fn run<R, V: Into<Verdict>>(
        mut self,
        body: impl FnOnce() -> R,
        judge: impl FnOnce(&R) -> V,
    ) -> R {
        let scope = self.enter();
        let output = body();
        let verdict = judge(&output).into();
        drop(scope);
        self.settle(verdict);
        output
    }

    /// From here to [`leave`](Self::leave) or the end, a drop is a panic.
    #[inline]
    pub(crate) fn enter(&mut self) -> Option<Scope> {
        self.ticket.set_dropped(Dropped::Panicked);
        if self.ticket.is_probe() { self.enter_probe() } else { None }
    }

    #[cold]
    fn enter_probe(&self) -> Option<Scope> {
        let entry = self.ticket.entry()?;
        Some(Scope::enter::<Breaker>(&self.breaker, entry.episode))
    }

    /// From here on, a drop is a cancellation.
    #[inline]
    pub(crate) fn leave(&mut self, on_cancel: OnCancel) {
        self.ticket.set_dropped(match on_cancel {
            OnCancel::Ignore => Dropped::Cancelled,
            OnCancel::Failure => Dropped::Abandoned,
        });
    }

    #[inline]
    pub(crate) fn settle(&mut self, verdict: Verdict) {
        self.ticket.set_dropped(Dropped::Settled);
        self.breaker.settle(self.ticket, verdict);
    }
}

impl<B: Hold> Drop for Permit<B> {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.dropped() != Dropped::Settled {
            self.give_back();
        }
    }
}

impl<B: Hold> Permit<B> {
    #[cold]
    fn give_back(&mut self) {
        let failed = match self.ticket.dropped() {
            Dropped::Panicked | Dropped::Abandoned => true,
            Dropped::Unsaid => std::thread::panicking(),
            Dropped::Cancelled | Dropped::Settled => false,
        };
        self.settle(if failed { Outcome::Failure.into() } else { Verdict::CANCELLED });
    }
}

impl<B: Hold> fmt::Debug for Permit<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", self.breaker.name()).finish_non_exhaustive()
    }
}
