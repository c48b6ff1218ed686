//! One admitted call.

use core::fmt;
use std::sync::Arc;

use crate::breaker::{Breaker, Hold};
use crate::error::BreakerError;
use crate::nesting;
use crate::outcome::{Guardable, Outcome, Verdict};
use crate::ticket::Stage;
pub(crate) use crate::ticket::{Entry, Ticket};
use crate::word::Word;

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

    /// For a call through a closed breaker, whose body runs at once.
    #[inline]
    pub(crate) fn running(breaker: B, closed: Word) -> Self {
        let mut ticket = Ticket::closed(closed);
        ticket.set(Stage::Running, false);
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
        self.enter();
        let output = body();
        self.end(judge(&output));
        output
    }

    /// From here on a drop is a panic, until the call is suspended or settled.
    #[inline]
    pub(crate) fn enter(&mut self) {
        self.ticket.set(Stage::Running, self.ticket.is_failed());
        if self.ticket.is_probe() {
            self.enter_probe();
        }
    }

    #[cold]
    fn enter_probe(&self) {
        if let Some(entry) = self.ticket.entry() {
            nesting::enter::<Breaker>(&self.breaker, entry.episode);
        }
    }

    /// Leaves the body, which runs.
    #[inline]
    fn leave(&mut self, stage: Stage, failed: bool) {
        if self.ticket.is_probe() {
            nesting::leave();
        }
        self.ticket.set(stage, failed);
    }

    /// The outcome of a body that runs.
    #[inline]
    pub(crate) fn end(&mut self, verdict: impl Into<Verdict>) {
        self.leave(Stage::Settled, false);
        self.breaker.settle(self.ticket, verdict.into());
    }

    /// The outcome of a call without a body.
    #[inline]
    fn settle(&mut self, verdict: Verdict) {
        self.ticket.set(Stage::Settled, false);
        self.breaker.settle(self.ticket, verdict);
    }

    /// A cancellation is a failure.
    #[inline]
    pub(crate) fn fail_on_cancel(&mut self) {
        self.ticket.set(Stage::Suspended, true);
    }

    /// Whether a future has ended as a failure.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        self.ticket.is_failed()
    }
}

impl<B: Hold> Drop for Permit<B> {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.stage() != Stage::Settled {
            self.give_back();
        }
    }
}

impl<B: Hold> Permit<B> {
    #[cold]
    fn give_back(&mut self) {
        let failed = match self.ticket.stage() {
            Stage::Running => return self.end(Outcome::Failure),
            Stage::Suspended => self.ticket.is_failed(),
            Stage::Unsaid => self.ticket.is_failed() || std::thread::panicking(),
            Stage::Settled => return,
        };
        self.settle(if failed { Outcome::Failure.into() } else { Verdict::CANCELLED });
    }
}

/// A poll under a permit: it ends with the call suspended or settled, or it panics.
pub(crate) struct Polling<'a, B: Hold>(&'a mut Permit<B>);

impl<'a, B: Hold> Polling<'a, B> {
    /// A call that is settled stays so.
    #[inline]
    pub(crate) fn of(permit: &'a mut Permit<B>) -> Self {
        if permit.ticket.stage() != Stage::Settled {
            permit.enter();
        }
        Polling(permit)
    }

    #[inline]
    pub(crate) fn suspend(&mut self) {
        self.leave(Stage::Suspended, self.0.ticket.is_failed());
    }

    #[inline]
    pub(crate) fn settle(&mut self, verdict: impl Into<Verdict>) {
        let verdict = verdict.into();
        if self.leave(Stage::Settled, verdict.outcome == Outcome::Failure) {
            self.0.breaker.settle(self.0.ticket, verdict);
        }
    }

    /// Unless it has been left before.
    #[inline]
    fn leave(&mut self, stage: Stage, failed: bool) -> bool {
        let runs = self.0.ticket.stage() == Stage::Running;
        if runs {
            self.0.leave(stage, failed);
        }
        runs
    }
}

impl<B: Hold> Drop for Polling<'_, B> {
    #[inline]
    fn drop(&mut self) {
        // Now, as this is the thread; the permit may be dropped on another.
        self.leave(Stage::Unsaid, true);
    }
}

impl<B: Hold> fmt::Debug for Permit<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", self.breaker.name()).finish_non_exhaustive()
    }
}
