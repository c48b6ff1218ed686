//! The plain route: a call gets through its breaker without a permit in its stack frame.
//!
//! A call that the word alone admits carries its pass, and its end compares the word with the pass.
//! Any other call has a permit, which is too large for the stack frame of every call: a compiler
//! would keep it in memory, with code to drop it. So the permit is taken apart into a ticket of two
//! words (see [`Source::ticket`]), and put together again where the call goes on. The functions
//! below do so. They take and return tickets by value and are not inlined.

use crate::breaker::Breaker;
use crate::breaker::ticket::Ticket;
use crate::call::acquire::acquire_cold;
use crate::call::source::Source;
use crate::clock::Tick;
use crate::error::BreakerError;
use crate::outcome::{Guardable, Outcome, Verdict};
use crate::state::word::{Held, Word};

/// Admits a sync call whose source gives no pass, and enters it.
///
/// # Errors
/// Returns the answer of a rejected call.
#[cold] // Lays the fast path out without a jump.
#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see the module above")]
pub(super) fn enter<S: Source, R: Guardable>(source: S) -> Result<Ticket, R> {
    // As `Breaker::decide` does. Each case is a function of its own, reached by a tail call, so
    // that this function has no stack frame.
    let word = source.cached().map_or(Word::ABSENT, |breaker| breaker.cell.load_relaxed());
    if word.admits() {
        Ok(Ticket::passed(word.pass()))
    } else if word.admits_timed() {
        enter_timed(source)
    } else {
        match word.open_until() {
            Some(until) if !word.is_detached() => enter_open(source, until),
            _ => enter_slow(source),
        }
    }
}

#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see the module above")]
fn enter_timed<S: Source, R: Guardable>(source: S) -> Result<Ticket, R> {
    match source.cached().and_then(Breaker::begin_fast) {
        Some(ticket) => Ok(ticket),
        None => enter_slow(source),
    }
}

/// Rejects a call whose breaker is open until `until`, unless the cooldown is over.
#[inline(never)]
#[allow(clippy::needless_pass_by_value, reason = "see the module above")]
fn enter_open<S: Source, R: Guardable>(source: S, until: Tick) -> Result<Ticket, R> {
    match source.cached().and_then(|breaker| breaker.reject_with_error(until)) {
        Some(error) => Err(R::rejected(error)),
        None => enter_slow(source),
    }
}

#[inline(never)]
fn enter_slow<S: Source, R: Guardable>(source: S) -> Result<Ticket, R> {
    enter_cold(source).map_err(R::rejected)
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

/// Leaves a call whose poll has panicked. A held call fails when it is dropped.
#[cold]
#[inline(never)]
pub(super) fn leave_panicked<S: Source>(source: S, ticket: Ticket) {
    if ticket.word().is_held() {
        suspend(source, ticket);
    } else {
        fail(source, ticket);
    }
}

/// Drops a call between two polls, or after a poll that has panicked. If the word alone has
/// admitted the call, its cancellation matters only if all calls are counted.
#[cold]
#[inline(never)]
pub(super) fn cancel<S: Source>(source: S, ticket: Ticket) {
    if !ticket.word().is_held() {
        // A poll that has panicked has settled the call.
        if !ticket.is_polled() {
            source.admitter().cancel_passed(ticket);
        }
        return;
    }
    let mut permit = source.permit(ticket);
    if ticket.is_polled() {
        permit.fail_on_drop();
    }
}

/// Ends a call whose outcome may change something, unless it has ended already.
#[cold] // Lays the fast path out without a jump.
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

/// Ends a call whose body has panicked, unless it has ended already.
#[cold]
#[inline(never)]
pub(super) fn fail<S: Source>(source: S, ticket: Ticket) {
    if ticket.word().admits() {
        source.admitter().settle(ticket, Verdict::PANICKED);
    } else if ticket.word().is_held() {
        source.permit(ticket).record(Verdict::PANICKED);
    }
}
