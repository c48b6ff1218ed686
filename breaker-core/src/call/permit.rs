//! A [`Permit`] stands for one admitted call, and records its outcome.

mod polling;
pub(crate) mod steps;

use core::fmt;
use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::nesting;
use crate::breaker::ticket::{Admitted, Stage, Ticket};
use crate::call::turned::Ignorable;
#[cfg(feature = "stream")]
use crate::clock::Span;
use crate::outcome::{End, Outcome, Verdict};
use crate::state::word::Held;

pub(crate) use polling::Polling;

/// A permit to make one call, from [`Breaker::try_acquire`].
///
/// Report the outcome with [`success`](Self::success), [`failure`](Self::failure) or
/// [`ignore`](Self::ignore). A permit that is dropped without an outcome counts as a failure if the
/// thread is unwinding, as slow if it was held for `slow_call`, and otherwise not at all. A dropped
/// probe gives its slot back, so it never keeps a breaker half-open.
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
    /// `None` once the call has ended. Every breaker reference has a niche, so the `Option`
    /// adds no bytes.
    breaker: Option<B>,
    ticket: Ticket,
}

impl<B: BreakerRef> Permit<B> {
    #[inline]
    pub(crate) fn new(breaker: B, ticket: Ticket) -> Self {
        Permit { breaker: Some(breaker), ticket }
    }

    /// Records a success.
    pub fn success(self) {
        self.record(Outcome::Success);
    }

    /// Records a failure.
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// Ends the call without counting it: for a mistake of the caller, or a cancellation.
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// Records an [`Outcome`], or a [`Verdict`] with more details.
    #[inline]
    pub fn record(mut self, verdict: impl Into<Verdict>) {
        self.end(verdict);
    }

    /// Returns the breaker that issued the permit.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        match &self.breaker {
            Some(breaker) => breaker,
            None => unreachable!("a call ends with its permit"),
        }
    }

    /// Returns whether the call is a probe, or was acquired inside a probe and belongs to it.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        let is_recorded = self.ticket.admitted().is_some();
        self.ticket.is_probe() || !is_recorded && nesting::is_inside_of(self.breaker())
    }

    /// Runs `body` and records the verdict of `judge` on its output. A panic in either counts
    /// as a failure and unwinds to the caller.
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

    /// Takes the permit apart, so that nothing is recorded.
    #[inline]
    pub(crate) fn into_parts(mut self) -> (Option<B>, Ticket) {
        (self.breaker.take(), self.ticket)
    }

    /// Leaves the running body until it is entered again.
    #[inline]
    pub(crate) fn suspend(&mut self) {
        self.leave(Stage::Suspended, self.ticket.is_failed());
    }

    /// Makes a drop a cancellation, even while the thread unwinds for another reason.
    #[inline]
    pub(crate) fn wait(&mut self) {
        self.ticket.set(Stage::Suspended, false);
    }

    /// Leaves the body of the call. If `verdict` is a success, the call goes on; if not, it ends.
    /// Returns whether it goes on.
    #[cfg(feature = "stream")]
    pub(crate) fn leave_head(&mut self, verdict: Verdict) -> bool {
        let goes_on = verdict.outcome == Outcome::Success;
        if goes_on {
            self.suspend();
        } else {
            self.end(verdict);
        }
        goes_on
    }

    /// Notes an item of the stream that the permit watches, between two polls.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn note_item(&mut self, is_first: bool, least: impl FnOnce() -> Duration) {
        if self.ticket.is_probe() || is_first && self.ticket.word().is_held() {
            self.ticket = self.breaker().note_item(self.ticket, is_first, Span::new(least()));
        }
    }

    /// Ends the call between two polls. The permit stays, for later questions.
    #[cfg(all(feature = "stream", feature = "tokio"))]
    pub(crate) fn settle(&mut self, verdict: Verdict) {
        let ticket = self.ticket;
        self.ticket.set(Stage::Settled, true);
        if let Some(breaker) = &self.breaker {
            breaker.settle(ticket, verdict);
        }
    }

    /// Returns whether the call has been settled, although the permit still exists.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.ticket.stage() == Stage::Settled
    }

    /// Makes a drop a failure: the body has panicked, and was left.
    #[inline]
    pub(crate) fn fail_on_drop(&mut self) {
        self.ticket.set(Stage::Idle, true);
    }

    /// Marks the body as running: until the call is suspended or settled, a drop is a panic.
    #[inline]
    pub(crate) fn enter(&mut self) {
        self.ticket.set(Stage::Running, self.ticket.is_failed());
        if self.ticket.is_probe() {
            self.enter_probe();
        }
    }

    #[cold]
    fn enter_probe(&self) {
        if let (Some(Admitted { episode, lease: Some(lease), .. }), Some(breaker)) =
            (self.ticket.admitted(), &self.breaker)
        {
            nesting::enter(breaker, episode, lease, || breaker.shared());
        }
    }

    /// Leaves the running body for `stage`.
    #[inline]
    fn leave(&mut self, stage: Stage, failed: bool) {
        if self.ticket.is_probe() {
            nesting::leave();
        }
        self.ticket.set(stage, failed);
    }

    /// Ends the call with its verdict, whether or not the permit was entered.
    #[inline]
    pub(crate) fn end(&mut self, verdict: impl Into<Verdict>) {
        // Converted first: `into` may be user code that panics, and `Drop` must then still find the
        // breaker.
        let Verdict { outcome, trips, retry_after, end } = verdict.into();
        let Some(breaker) = self.breaker.take() else { return };
        let ticket = self.ticket;
        if changes_nothing(&breaker, ticket, outcome) {
            return;
        }
        if !trips && retry_after.is_none() && end == End::Judged {
            end_closed(breaker, ticket, outcome);
        } else {
            end_slow(breaker, ticket, outcome, (trips, retry_after, end));
        }
    }

    /// Lets a probe keep its slot for at least `length`: the body may take that long.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn keep_slot(&self, length: Duration) {
        if self.ticket.is_probe() {
            self.breaker().keep_slot(self.ticket, length);
        }
    }

    /// Makes a cancellation count as a failure.
    #[inline]
    pub(crate) fn fail_on_cancel(&mut self) {
        self.ticket.set(Stage::Suspended, true);
    }

    /// Returns another reference to the breaker, unless the call has ended by [`end`](Self::end).
    #[inline]
    pub(crate) fn held(&self) -> Option<B> {
        self.breaker.clone()
    }

    /// Returns the failure flag. Once a future has ended, it says whether the call failed.
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

impl<B: BreakerRef> Ignorable for Permit<B> {
    fn ignore(&mut self) {
        self.end(Outcome::Ignored);
    }
}

/// Returns true for a success, if the breaker's word still equals the pass: nothing has to be
/// recorded.
#[inline]
fn changes_nothing<B: BreakerRef>(breaker: &B, ticket: Ticket, outcome: Outcome) -> bool {
    outcome == Outcome::Success && breaker.is_unchanged(ticket.word())
}

// These functions take a permit's fields by value. Passing `&mut Permit` would force the permit out
// of registers for the whole call.

#[inline(never)]
fn end_closed<B: BreakerRef>(breaker: B, ticket: Ticket, outcome: Outcome) {
    let pass = ticket.word();
    if !pass.is_held() {
        breaker.settle_pass(pass, outcome);
    } else if pass.is_held_as(Held::Call) {
        breaker.settle_held_call(ticket, outcome);
    } else {
        end_slow(breaker, ticket, outcome, (false, None, End::Judged));
    }
}

#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see above")]
fn end_slow<B: BreakerRef>(
    breaker: B,
    ticket: Ticket,
    outcome: Outcome,
    (trips, retry_after, end): (bool, Option<Duration>, End),
) {
    if ticket.is_probe() && ticket.stage() == Stage::Running {
        nesting::leave();
    }
    breaker.settle(ticket, Verdict { outcome, trips, retry_after, end });
}

#[cold]
#[inline(never)]
fn give_back<B: BreakerRef>(breaker: B, ticket: Ticket) {
    let verdict = match ticket.stage() {
        Stage::Running => {
            let panicked = (false, None, End::Panicked);
            return end_slow(breaker, ticket, Outcome::Failure, panicked);
        }
        Stage::Suspended if ticket.is_failed() => {
            Verdict { outcome: Outcome::Failure, ..Verdict::CANCELLED }
        }
        Stage::Idle if ticket.is_failed() || std::thread::panicking() => Verdict::PANICKED,
        Stage::Idle | Stage::Suspended => Verdict::CANCELLED,
        Stage::Settled => return,
    };
    breaker.settle(ticket, verdict);
}

impl<B: BreakerRef> fmt::Debug for Permit<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("breaker", &self.breaker().current_name())
            .finish_non_exhaustive()
    }
}
