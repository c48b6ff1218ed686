//! The first half of an annotated function, beside [`acquire`]:
//! for a sync one, whose permit is entered at once, and for one whose fallback does not
//! ask for the error, which then is not handed about.

use crate::admission::Answer;
use crate::error::BreakerError;
use crate::permit::Permit;
use crate::quick::{acquire, acquire_otherwise};
use crate::site::Source;

/// For a sync function.
///
/// # Errors
/// The rejection.
#[inline]
pub fn enter<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    match enter_at_once(&site) {
        Some(permit) => Ok(permit),
        None => enter_otherwise(site),
    }
}

/// The same where nobody asks for the rejection.
#[inline]
pub fn enter_if_admitted<S: Source>(site: S) -> Option<Permit<S::Held>> {
    match enter_at_once(&site) {
        Some(permit) => Some(permit),
        None => enter_unless_rejected(site),
    }
}

#[inline]
fn enter_at_once<S: Source>(site: &S) -> Option<Permit<S::Held>> {
    let (held, closed) = site.at_once()?;
    Some(Permit::running(held, closed))
}

#[inline(never)]
fn enter_otherwise<S: Source>(site: S) -> Result<Permit<S::Held>, BreakerError> {
    let mut permit = acquire_otherwise(site)?;
    permit.enter();
    Ok(permit)
}

#[inline(never)]
fn enter_unless_rejected<S: Source>(site: S) -> Option<Permit<S::Held>> {
    if let Answer::Rejected(_) = site.answer() {
        return None;
    }
    enter_otherwise(site).ok()
}

/// For an async function, where nobody asks for the rejection.
#[inline]
pub fn admit<S: Source>(site: S) -> Option<Permit<S::Held>> {
    acquire(site).ok()
}
