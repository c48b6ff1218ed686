//! Permits that are kept apart from the stack frames and futures of their calls.
//!
//! The ticket of a call site's call has room for no breaker but the one that the site caches. The
//! permit of another breaker, in a test scope or after a removal, is parked here under a number
//! that its ticket carries. The list is cut into parts, so that threads seldom wait for one
//! another.

use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::expansion::callsite::BreakerHandle;

const PARTS: usize = 16;

type Part = Mutex<BTreeMap<u64, Permit<BreakerHandle>>>;

static PARKED: [Part; PARTS] = [const { Mutex::new(BTreeMap::new()) }; PARTS];
static LAST: AtomicU64 = AtomicU64::new(0);

/// Parks a permit, and returns the ticket that finds it.
#[cold]
#[inline(never)]
pub(super) fn park(permit: Permit<BreakerHandle>) -> Ticket {
    // Relaxed: only the number matters.
    let number = LAST.fetch_add(1, Ordering::Relaxed) & Ticket::PARKED_MASK;
    part(number).insert(number, permit);
    Ticket::parked(number)
}

/// Parks a permit again that this ticket has found.
#[cold]
#[inline(never)]
pub(super) fn put_back(ticket: Ticket, permit: Permit<BreakerHandle>) -> Ticket {
    let number = ticket.parked_number();
    part(number).insert(number, permit);
    ticket
}

/// Takes a permit out.
#[cold]
#[inline(never)]
pub(super) fn take(ticket: Ticket) -> Permit<BreakerHandle> {
    let number = ticket.parked_number();
    let Some(permit) = part(number).remove(&number) else {
        unreachable!("one call has the ticket of a permit");
    };
    permit
}

#[allow(clippy::cast_possible_truncation, reason = "less than the number of parts")]
fn part(number: u64) -> MutexGuard<'static, BTreeMap<u64, Permit<BreakerHandle>>> {
    // No user code runs under the lock, so a poisoned one is whole.
    PARKED[(number % PARTS as u64) as usize].lock().unwrap_or_else(PoisonError::into_inner)
}
