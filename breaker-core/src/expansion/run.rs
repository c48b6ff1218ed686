//! Runs the bodies of annotated functions under a permit.

use core::future::Future;
#[cfg(any(feature = "stream", feature = "tokio"))]
use core::time::Duration;

#[cfg(feature = "tokio")]
use tokio::time::{Timeout, error::Elapsed};

#[cfg(feature = "tokio")]
use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
#[cfg(feature = "tokio")]
use crate::call::guarded::Within;
use crate::call::guarded::{Guarded, Judged, OrFailed};
use crate::call::permit::Permit;
use crate::call::ring::{FallbackSite, Falling};
use crate::call::turned::{Innermost, Listening, Place};
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
use crate::outcome::{Fallible, Outcome, Verdict};

/// Runs the body under `permit`, which has been entered. It is compiled for each annotated
/// function, so it does nothing before the body: a call that may panic there would need unwinding
/// code that drops the body.
#[inline]
pub fn run<B: BreakerRef, R, V: Into<Verdict>>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
) -> R {
    let output = body();
    permit.end(judge(&output));
    output
}

/// Like [`run`], for a body that is judged by its return type alone.
#[inline]
pub fn run_fallible<B: BreakerRef, R: Fallible>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
) -> R {
    let output = body();
    permit.end(output.outcome());
    output
}

/// Like [`run`], for the outer of two attributes on one function. If the inner one turns the call
/// away, the call is ignored.
pub fn run_twin<B: BreakerRef, R, V: Into<Verdict>, P: Place>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
    place: P,
) -> R {
    let listening = Listening::start(&mut permit, place);
    let output = body();
    if !Listening::end(listening) {
        permit.end(judge(&output));
    }
    output
}

/// Wraps the future of an admitted async call, to run under `permit`.
#[inline]
pub fn run_async<B, F, J, V>(permit: Permit<B>, future: F, judge: J) -> Guarded<B, F, J, Innermost>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    Guarded { permit, judge, place: Innermost, future }
}

/// Like [`run_async`], for the outer of two attributes on one function.
#[inline]
pub fn run_async_twin<B, F, J, V, P>(
    permit: Permit<B>,
    future: F,
    judge: J,
    place: P,
) -> Guarded<B, F, J, P>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    P: Place,
{
    Guarded { permit, judge, place, future }
}

/// Makes a cancellation of the permit's call count as a failure.
#[inline]
pub fn failing_on_cancel<B: BreakerRef>(mut permit: Permit<B>) -> Permit<B> {
    permit.fail_on_cancel();
    permit
}

/// The ring of a fallback that answers a timeout: its place, and whether its function's return type
/// can carry an error.
#[cfg(feature = "tokio")]
pub(super) type Ring = Option<(&'static FallbackSite, bool)>;

/// Like [`run_async`], with a timeout, for which a probe keeps its slot. If the time runs out,
/// `length` is called once more.
///
/// If a fallback has led back to its own function, and its return type cannot carry an error, the
/// call has no timeout: then only the body can answer.
#[cfg(feature = "tokio")]
#[inline]
pub fn run_within<B, F, J, V, L, P>(
    permit: Permit<B>,
    future: F,
    judge: J,
    length: L,
    ring: Ring,
    place: P,
) -> impl Judged<Output = Result<F::Output, BreakerError>, Held = B> + use<B, F, J, V, L, P>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    L: Fn() -> Duration,
    P: Place,
{
    let (future, judge) = limited(&permit, future, judge, length(), ring);
    let call = Guarded { permit, judge, place, future };
    Within { length, is_late: false, call }
}

/// Returns false at the end of a ring where only the body can answer.
#[cfg(feature = "tokio")]
#[inline]
pub(super) fn is_limited<B: BreakerRef>(permit: &Permit<B>, ring: Ring) -> bool {
    ring.is_none_or(|(site, carries)| carries || !site.is_answering(permit.breaker()))
}

/// The result of a body with a time limit.
#[cfg(feature = "tokio")]
type Ended<F> = Result<<F as Future>::Output, Elapsed>;

/// Limits the time of a body. A body that takes longer has failed.
#[cfg(feature = "tokio")]
#[inline]
pub(super) fn limited<B, F, J, V>(
    permit: &Permit<B>,
    future: F,
    mut judge: J,
    length: Duration,
    ring: Ring,
) -> (Timeout<F>, impl FnMut(&Ended<F>) -> Verdict + use<B, F, J, V>)
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    permit.keep_slot(length);
    let limit = if is_limited(permit, ring) { length } else { Duration::MAX };
    let judge = move |ended: &Ended<F>| match ended {
        Ok(output) => judge(output).into(),
        Err(_) => Verdict::TIMED_OUT,
    };
    (tokio::time::timeout(limit, future), judge)
}

/// Like [`run`], but returns a failed output as `Err`, for the fallback. If the fallback has led
/// back to its own function, the failed output is the answer.
///
/// # Errors
/// Returns the output if it counts as a failure.
#[inline]
pub fn run_or_fail<B: BreakerRef, R, V: Into<Verdict>, P: Place>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
    site: &'static FallbackSite,
    place: P,
) -> Result<R, (R, Falling<B>)> {
    let listening = Listening::start(&mut permit, place);
    let output = body();
    if Listening::end(listening) {
        return Ok(output);
    }
    let verdict = judge(&output).into();
    if verdict.outcome() != Outcome::Failure {
        permit.end(verdict);
        return Ok(output);
    }
    let breaker = permit.held();
    permit.end(verdict);
    match site.fall(breaker) {
        Some(falling) => Err((output, falling)),
        None => Ok(output),
    }
}

/// Wraps a guarded future: a failed output is returned as `Err`, for the fallback.
#[inline]
pub fn or_failed<C: Judged>(call: C, site: &'static FallbackSite) -> OrFailed<C> {
    OrFailed { site, call }
}

/// Notes, between two steps of a call, that a part of its answer has come. With the first part the
/// call has answered, and is no longer slow; a probe keeps its slot anew, for at least `least`.
#[cfg(feature = "stream")]
#[inline]
pub fn note_item<B: BreakerRef>(permit: &mut Permit<B>, is_first: bool, least: Duration) {
    permit.note_item(is_first, || least);
}

/// Lets a probe keep its slot for at least `length`.
#[cfg(feature = "tokio")]
pub fn keep_slot<B: BreakerRef>(permit: &Permit<B>, length: Duration) {
    permit.keep_slot(length);
}

/// Returns the verdict on a call whose time ran out.
#[cfg(feature = "tokio")]
#[must_use]
pub fn timed_out() -> Verdict {
    Verdict::TIMED_OUT
}

/// Returns the error of a call whose time ran out.
#[cfg(feature = "tokio")]
#[must_use]
pub fn timed_out_error(breaker: &Breaker, after: Duration) -> BreakerError {
    breaker.timed_out(after)
}
