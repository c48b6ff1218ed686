//! Acquires the permit of an annotated function that has patterns or a fallback.
//!
//! [`acquire`] looks at the word and is inlined. `acquire_slow` asks the breaker what its
//! word decides; `acquire_cold` asks the state machine. Both are compiled once for each
//! kind of source. Callers differ in two ways, by two type parameters: a sync function's
//! body `RUNS` at once, and an async one's when it is polled; and a fallback that ignores
//! the error of a rejection has it [`Discarded`], so that it is never built.

use crate::breaker::admission::{Decision, Rejection};
use crate::breaker::ticket::Ticket;
use crate::call::permit::Permit;
use crate::call::source::Source;
use crate::error::BreakerError;
use crate::state::word::Word;

/// Stands for the error of a rejection that nobody asks for.
#[derive(Debug)]
pub struct Discarded;

/// What a rejection becomes. Not `From`: in errors of users' own, the compiler would
/// suggest such an impl of a public type.
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

/// Acquires a permit.
///
/// # Errors
/// The rejection.
#[inline]
pub fn acquire<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
) -> Result<Permit<S::Held>, E> {
    match source.closed_word() {
        Some(closed) => Ok(Permit::new(source.cached_handle(), ticket::<RUNS>(closed))),
        // Built anew, so that the fast path of a sync function stores nothing in memory.
        None if RUNS => Ok(acquire_slow::<S, E, RUNS>(source)?),
        None => acquire_slow::<S, E, RUNS>(source),
    }
}

#[inline(never)]
fn acquire_slow<S: Source, E: RejectionError, const RUNS: bool>(
    source: S,
) -> Result<Permit<S::Held>, E> {
    match source.decide() {
        Decision::Admitted(_, closed) => {
            Ok(Permit::new(source.cached_handle(), ticket::<RUNS>(closed)))
        }
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

/// Acquires a permit for a call that its word has not decided.
#[cold]
#[inline(never)]
pub(crate) fn acquire_cold<S: Source>(source: S) -> Result<Permit<S::Held>, BreakerError> {
    let handle = source.resolve();
    let ticket = handle.admit()?;
    Ok(Permit::new(handle, ticket))
}

#[inline]
fn ticket<const RUNS: bool>(closed: Word) -> Ticket {
    if RUNS { Ticket::running(closed) } else { Ticket::closed(closed) }
}
