//! One admitted call.

use core::fmt;
use core::time::Duration;

use crate::breaker::nesting;
use crate::breaker::ticket::{Stage, Ticket};
use crate::breaker::{Breaker, BreakerRef};
use crate::outcome::{Outcome, Verdict};

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
pub struct Permit<B: BreakerRef> {
    /// `None` once the call has ended. Whatever it is, that takes no room.
    breaker: Option<B>,
    ticket: Ticket,
}

impl<B: BreakerRef> Permit<B> {
    #[inline]
    pub(crate) fn new(breaker: B, ticket: Ticket) -> Self {
        Permit { breaker: Some(breaker), ticket }
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
        self.end(verdict);
    }

    /// The breaker that gave it.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        match &self.breaker {
            Some(breaker) => breaker,
            None => unreachable!("a call ends with its permit"),
        }
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
        if let Some(admitted) = self.ticket.admitted() {
            nesting::enter::<Breaker>(self.breaker(), admitted.episode);
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

    /// Ends the call with its outcome, whether its body ran here or elsewhere.
    #[inline]
    pub(crate) fn end(&mut self, verdict: impl Into<Verdict>) {
        // First, as it may be the user's, and panic.
        let Verdict { outcome, trips, retry_after, .. } = verdict.into();
        let Some(breaker) = self.breaker.take() else { return };
        let ticket = self.ticket;
        if changes_nothing(&breaker, ticket, outcome) {
            return;
        }
        if !trips && retry_after.is_none() {
            end_closed(breaker, ticket, outcome);
        } else {
            end_slow(breaker, ticket, outcome, (trips, retry_after));
        }
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

impl<B: BreakerRef> Drop for Permit<B> {
    #[inline]
    fn drop(&mut self) {
        if let Some(breaker) = self.breaker.take() {
            give_back(breaker, self.ticket);
        }
    }
}

/// Whether a call through a closed breaker has succeeded, and nothing has happened
/// meanwhile that a success would change.
#[inline]
fn changes_nothing<B: BreakerRef>(breaker: &B, ticket: Ticket, outcome: Outcome) -> bool {
    let closed = ticket.word();
    outcome == Outcome::Success && !closed.is_tracked() && breaker.is_unchanged(closed)
}

// Permits are handed on in their parts: one whose address is would be kept in memory
// all the time.

#[inline(never)]
fn end_closed<B: BreakerRef>(breaker: B, ticket: Ticket, outcome: Outcome) {
    let closed = ticket.word();
    // A timed ticket's word is a detached one, and so is a probe's.
    if closed.is_detached() {
        end_slow(breaker, ticket, outcome, (false, None));
    } else {
        breaker.settle_closed(closed, outcome);
    }
}

#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see above")]
fn end_slow<B: BreakerRef>(
    breaker: B,
    ticket: Ticket,
    outcome: Outcome,
    (trips, retry_after): (bool, Option<Duration>),
) {
    if ticket.is_probe() && ticket.stage() == Stage::Running {
        nesting::leave();
    }
    breaker.settle(ticket, Verdict { outcome, trips, retry_after, cancelled: false });
}

#[cold]
#[inline(never)]
fn give_back<B: BreakerRef>(breaker: B, ticket: Ticket) {
    let failed = match ticket.stage() {
        Stage::Running => return end_closed(breaker, ticket, Outcome::Failure),
        Stage::Suspended => ticket.is_failed(),
        Stage::Idle => ticket.is_failed() || std::thread::panicking(),
        Stage::Settled => return,
    };
    let verdict = if failed { Outcome::Failure.into() } else { Verdict::CANCELLED };
    breaker.settle(ticket, verdict);
}

/// A poll under a permit: it ends with the call suspended or settled, or it panics.
pub(crate) struct Polling<'a, B: BreakerRef>(&'a mut Permit<B>);

impl<'a, B: BreakerRef> Polling<'a, B> {
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
        let failed = verdict.outcome == Outcome::Failure;
        let ticket = self.0.ticket;
        match (self.leave(Stage::Settled, failed), &self.0.breaker) {
            (true, Some(breaker)) if !changes_nothing(breaker, ticket, verdict.outcome) => {
                breaker.settle(ticket, verdict);
            }
            _ => {}
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

impl<B: BreakerRef> Drop for Polling<'_, B> {
    #[inline]
    fn drop(&mut self) {
        // Now, as this is the thread; the permit may be dropped on another.
        self.leave(Stage::Idle, true);
    }
}

impl<B: BreakerRef> fmt::Debug for Permit<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", self.breaker().name()).finish_non_exhaustive()
    }
}
