//! Acquires the permit of an annotated function that needs one: for patterns, a fallback,
//! `timeout`, `on_cancel` or `error`.
//!
//! [`acquire`] looks at the word and is inlined. `acquire_slow` asks the breaker for a decision by
//! its word; `acquire_cold` asks the state machine. Neither is generic over the function's body.
//! Two generic parameters tell the callers apart. `RUNS` is true for a sync function, whose body
//! runs at once, and false for an async function, whose body runs when polled. `E` is [`Discarded`]
//! for a fallback that ignores the error of a rejection: the error is then never built.

use crate::breaker::admission::{Decision, Rejection};
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::call::ring::{FallbackSite, Falling, Refused};
use crate::call::source::Source;
use crate::error::BreakerError;
use crate::state::word::Word;

/// A placeholder for the error of a rejection, for fallbacks that ignore the error.
#[derive(Debug)]
pub struct Discarded;

/// A type that a rejection is converted into. The trait is not `From`: the compiler would suggest a
/// `From` impl of a public type in messages about users' own error types.
pub trait RejectionError {
    #[doc(hidden)]
    fn of(rejection: Rejection<'_>) -> Self;
    #[doc(hidden)]
    fn of_error(error: BreakerError) -> Self;
}

impl RejectionError for BreakerError {
    #[inline]
    fn of(rejection: Rejection<'_>) -> Self {
        rejection.error()
    }

    #[inline]
    fn of_error(error: BreakerError) -> Self {
        error
    }
}

impl RejectionError for Discarded {
    #[inline]
    fn of(_: Rejection<'_>) -> Self {
        Discarded
    }

    #[inline]
    fn of_error(_: BreakerError) -> Self {
        Discarded
    }
}

/// Acquires a permit. With `RUNS`, the permit has been entered.
///
/// # Errors
/// Returns the rejection, as `E`.
#[inline]
pub fn acquire<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
) -> Result<Permit<S::Held>, E> {
    match source.pass() {
        Some(pass) => Ok(Permit::new(source.cached_handle(), ticket::<RUNS>(pass))),
        // The `Ok` is unwrapped and rewrapped, so that a sync function's fast path keeps its
        // permit in registers and stores nothing in memory.
        None if RUNS => Ok(acquire_slow::<S, E, RUNS>(source)?),
        None => acquire_slow::<S, E, RUNS>(source),
    }
}

#[inline(never)]
fn acquire_slow<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
) -> Result<Permit<S::Held>, E> {
    match source.decide() {
        Decision::Admitted(ticket) => Ok(admitted::<_, RUNS>(source, ticket)),
        Decision::Rejected(rejection) => Err(E::of(rejection)),
        Decision::Undecided => {
            let mut permit = acquire_cold(source).map_err(E::of_error)?;
            if RUNS {
                permit.enter();
            }
            Ok(permit)
        }
    }
}

/// Acquires the permit of a call that is made in steps. If the call is dropped between two steps,
/// it is cancelled.
///
/// # Errors
/// Returns the rejection.
#[inline]
pub fn acquire_for_steps<S: Source>(source: S) -> Result<Permit<S::Held>, BreakerError> {
    match source.pass() {
        Some(pass) => {
            let mut permit = Permit::new(source.cached_handle(), Ticket::passed(pass));
            permit.wait();
            Ok(permit)
        }
        // Unwrapped and rewrapped as in `acquire`.
        None => Ok(acquire_for_steps_slow(source)?),
    }
}

#[inline(never)]
pub(crate) fn acquire_for_steps_slow<S: Source>(
    source: S,
) -> Result<Permit<S::Held>, BreakerError> {
    if let Some(breaker) = source.cached() {
        let word = breaker.cell.load_relaxed();
        // The shortest route of a rejection that must build its error.
        let until = word.open_until().filter(|_| !word.is_detached());
        if let Some(error) = until.and_then(|until| breaker.reject_with_error(until)) {
            return Err(error);
        }
    }
    let mut permit = acquire_slow::<S, BreakerError, false>(source)?;
    permit.wait();
    Ok(permit)
}

/// Like [`acquire`], for a function whose fallback may lead back to it. At the end of such a ring
/// the call is refused, and the error is its answer. If the return type cannot carry an error
/// (`carries` is false), the call gets a permit that records nothing.
///
/// # Errors
/// Returns the rejection: as `E`, for the fallback, or as the answer.
#[inline]
pub fn acquire_or_fall<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
    site: &'static FallbackSite,
    carries: bool,
) -> Result<Permit<S::Held>, Refused<S::Held, E>> {
    match source.pass() {
        Some(pass) => Ok(Permit::new(source.cached_handle(), ticket::<RUNS>(pass))),
        // Unwrapped and rewrapped as in `acquire`.
        None if RUNS => Ok(acquire_or_fall_slow::<S, E, RUNS>(source, site, carries)?),
        None => acquire_or_fall_slow::<S, E, RUNS>(source, site, carries),
    }
}

#[inline(never)]
fn acquire_or_fall_slow<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
    site: &'static FallbackSite,
    carries: bool,
) -> Result<Permit<S::Held>, Refused<S::Held, E>> {
    match source.decide() {
        Decision::Admitted(ticket) => Ok(admitted::<_, RUNS>(source, ticket)),
        Decision::Rejected(rejection) if site.is_answering(rejection.breaker) => {
            let error = rejection.error();
            end_ring::<_, E, RUNS>(source.cached_handle(), error, site, carries)
        }
        Decision::Rejected(rejection) => {
            let error = E::of(rejection);
            Err(Refused::Fallback(error, Falling::new(source.cached_handle(), site)))
        }
        Decision::Undecided => acquire_or_fall_cold::<S, E, RUNS>(source, site, carries),
    }
}

#[cold]
#[inline(never)]
fn acquire_or_fall_cold<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
    site: &'static FallbackSite,
    carries: bool,
) -> Result<Permit<S::Held>, Refused<S::Held, E>> {
    let handle = source.resolve();
    match handle.admit() {
        Ok(ticket) => {
            let mut permit = Permit::new(handle, ticket);
            if RUNS {
                permit.enter();
            }
            Ok(permit)
        }
        Err(error) if site.is_answering(&handle) => {
            end_ring::<_, E, RUNS>(handle, error, site, carries)
        }
        Err(error) => Err(Refused::Fallback(E::of_error(error), Falling::new(handle, site))),
    }
}

/// Ends a ring of fallbacks at a rejection.
#[cold]
#[inline(never)]
fn end_ring<B: BreakerRef, E, const RUNS: bool>(
    handle: B,
    error: BreakerError,
    site: &'static FallbackSite,
    carries: bool,
) -> Result<Permit<B>, Refused<B, E>> {
    site.report_ring(&handle);
    if carries {
        return Err(Refused::Ring(error));
    }
    let mut permit = Permit::new(handle, Ticket::UNRECORDED);
    if RUNS {
        permit.enter();
    }
    Ok(permit)
}

/// Acquires a permit from the state machine, for a call that the word alone does not decide.
#[cold]
#[inline(never)]
pub(crate) fn acquire_cold<S: Source>(source: S) -> Result<Permit<S::Held>, BreakerError> {
    let handle = source.resolve();
    let ticket = handle.admit()?;
    Ok(Permit::new(handle, ticket))
}

/// Makes the permit of a call that the cached breaker has admitted.
#[inline]
fn admitted<S: Source, const RUNS: bool>(source: S, ticket: Ticket) -> Permit<S::Held> {
    let mut permit = Permit::new(source.cached_handle(), ticket);
    if RUNS {
        permit.enter();
    }
    permit
}

#[inline]
fn ticket<const RUNS: bool>(pass: Word) -> Ticket {
    if RUNS { Ticket::running(pass) } else { Ticket::passed(pass) }
}
