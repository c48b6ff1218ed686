//! The first half of an annotated function that needs a permit: for an async one, and
//! for a sync one, whose permit is entered at once. Some have a fallback that does not
//! ask for the error, which then is not handed about.

use crate::breaker::admission::Decision;
use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::call::source::Source;
use crate::error::BreakerError;

/// For an async function.
///
/// # Errors
/// The rejection.
#[inline]
pub fn acquire<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.closed_word() {
        Some(closed) => Ok(Permit::new(site.cached_handle(), Ticket::closed(closed))),
        None => acquire_slow(site),
    }
}

#[inline(never)]
fn acquire_slow<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.decide() {
        Decision::Admitted(_, closed) => {
            Ok(Permit::new(site.cached_handle(), Ticket::closed(closed)))
        }
        Decision::Rejected(rejection) => Err(rejection.error()),
        Decision::Undecided => acquire_cold(site),
    }
}

#[cold]
pub(crate) fn acquire_cold<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    let handle = site.resolve();
    let ticket = handle.admit()?;
    Ok(Permit::new(handle, ticket))
}

/// The same where nobody asks for the rejection.
#[inline]
pub fn admit<S: Source>(site: S) -> Option<Permit<S::Held>> {
    acquire(site).ok()
}

/// For a sync function.
///
/// # Errors
/// The rejection.
#[inline]
pub fn enter<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.closed_word() {
        Some(closed) => Ok(Permit::running(site.cached_handle(), closed)),
        None => enter_slow(site),
    }
}

/// The same where nobody asks for the rejection.
#[inline]
pub fn enter_if_admitted<S: Source>(site: S) -> Option<Permit<S::Held>> {
    match site.closed_word() {
        Some(closed) => Some(Permit::running(site.cached_handle(), closed)),
        // Taken apart, so that the way above stores nothing.
        None => Some(enter_if_admitted_slow(site)?),
    }
}

#[inline(never)]
fn enter_slow<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.decide() {
        Decision::Admitted(_, closed) => Ok(Permit::running(site.cached_handle(), closed)),
        Decision::Rejected(rejection) => Err(rejection.error()),
        Decision::Undecided => enter_cold(site),
    }
}

#[inline(never)]
fn enter_if_admitted_slow<S: Source>(site: S) -> Option<Permit<S::Held>> {
    match site.decide() {
        Decision::Admitted(_, closed) => Some(Permit::running(site.cached_handle(), closed)),
        Decision::Rejected(_) => None,
        Decision::Undecided => enter_cold(site).ok(),
    }
}

#[cold]
fn enter_cold<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    let mut permit = acquire_cold(site)?;
    permit.enter();
    Ok(permit)
}
