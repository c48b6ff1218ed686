//! The first half of an annotated function, beside [`acquire`]:
//! for a sync one, whose permit is entered at once, and for one whose fallback does not
//! ask for the error, which then is not handed about.

use crate::admission::Answer;
use crate::error::BreakerError;
use crate::permit::Permit;
use crate::quick::{acquire, acquire_surely};
use crate::site::Source;

/// For a sync function.
///
/// # Errors
/// The rejection.
#[inline]
pub fn enter<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.passage() {
        Some(closed) => Ok(Permit::running(site.hold(), closed)),
        None => enter_otherwise(site),
    }
}

/// The same where nobody asks for the rejection.
#[inline]
pub fn enter_if_admitted<S: Source>(site: S) -> Option<Permit<S::Held>> {
    match site.passage() {
        Some(closed) => Some(Permit::running(site.hold(), closed)),
        // Taken apart, so that the way above stores nothing.
        None => Some(enter_unless_rejected(site)?),
    }
}

#[inline(never)]
fn enter_otherwise<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match site.answer() {
        Answer::Closed(_, closed) => Ok(Permit::running(site.hold(), closed)),
        Answer::Rejected(rejection) => Err(rejection.error()),
        Answer::Later => enter_surely(site),
    }
}

#[inline(never)]
fn enter_unless_rejected<S: Source>(site: S) -> Option<Permit<S::Held>> {
    match site.answer() {
        Answer::Closed(_, closed) => Some(Permit::running(site.hold(), closed)),
        Answer::Rejected(_) => None,
        Answer::Later => enter_surely(site).ok(),
    }
}

#[cold]
fn enter_surely<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    let mut permit = acquire_surely(site)?;
    permit.enter();
    Ok(permit)
}

/// For an async function, where nobody asks for the rejection.
#[inline]
pub fn admit<S: Source>(site: S) -> Option<Permit<S::Held>> {
    acquire(site).ok()
}
