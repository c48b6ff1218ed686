//! How a call gets through its breaker without a permit in its frame: the plain route.
//!
//! A call that the word alone admits carries its pass, and its end compares the word with that.
//! Any other call has a permit. A permit is too large for the frame of every call: a compiler
//! would keep it in memory, and code to drop it. So the permit is taken apart into a ticket of
//! two words (see [`Source::ticket`]), and put together again where the call goes on: in the
//! functions below, which take and return tickets by value and are not inlined.

use crate::breaker::admission::Decision;
use crate::breaker::ticket::Ticket;
use crate::call::acquire::acquire_cold;
use crate::call::source::Source;
use crate::error::BreakerError;
use crate::outcome::{Guardable, Outcome};
use crate::state::word::Held;

/// Admits a sync call that the pass of its source does not, and enters it.
///
/// # Errors
/// Returns the answer of a rejected call.
#[cold] // Lays the fast path out without a jump.
#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see the module above")]
pub(super) fn enter<S: Source, R: Guardable>(source: S) -> Result<Ticket, R> {
    match source.decide() {
        Decision::Admitted(ticket) => Ok(ticket),
        Decision::Rejected(rejection) => Err(R::rejected(rejection.error())),
        Decision::Undecided => enter_cold(source).map_err(R::rejected),
    }
}

#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see the module above")]
fn enter_cold<S: Source>(source: S) -> Result<Ticket, BreakerError> {
    let mut permit = acquire_cold(source.clone())?;
    permit.enter();
    Ok(source.ticket(permit))
}

/// Enters a held call again, for another poll.
#[inline(never)]
pub(super) fn resume<S: Source>(source: S, ticket: Ticket) -> Ticket {
    let mut permit = source.permit(ticket);
    permit.enter();
    S::put_back(ticket, permit)
}

/// Leaves a held call until the next poll.
#[inline(never)]
pub(super) fn suspend<S: Source>(source: S, ticket: Ticket) -> Ticket {
    let mut permit = source.permit(ticket);
    permit.suspend();
    S::put_back(ticket, permit)
}

/// Leaves a call whose poll has panicked. If the call is held, it is a failure once it is dropped.
#[cold]
#[inline(never)]
pub(super) fn leave_panicked<S: Source>(source: S, ticket: Ticket) {
    if ticket.word().is_held() {
        suspend(source, ticket);
    } else {
        settle(source, ticket, Outcome::Failure);
    }
}

/// Drops a held call between two polls, or after a poll that has panicked.
#[cold]
#[inline(never)]
pub(super) fn cancel<S: Source>(source: S, ticket: Ticket) {
    let mut permit = source.permit(ticket);
    if ticket.is_polled() {
        permit.fail_on_drop();
    }
}

/// Ends a call whose outcome may change something, unless it has ended already.
#[cold] // As above.
#[inline(never)]
pub(super) fn settle<S: Source>(source: S, ticket: Ticket, outcome: Outcome) {
    if ticket.word().admits() {
        source.settle_pass(ticket.word(), outcome);
    } else if ticket.word().is_held_as(Held::Call) {
        source.settle_held_call(ticket, outcome);
    } else if ticket.word().is_held() {
        settle_held(source, ticket, outcome);
    }
}

#[inline(never)]
fn settle_held<S: Source>(source: S, ticket: Ticket, outcome: Outcome) {
    source.permit(ticket).record(outcome);
}

/// Ends a call whose body has panicked.
#[cold]
#[inline(never)]
pub(super) fn fail<S: Source>(source: S, ticket: Ticket) {
    settle(source, ticket, Outcome::Failure);
}
