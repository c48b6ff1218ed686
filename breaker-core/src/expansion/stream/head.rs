//! Runs a body that returns a stream, up to its stream.

use core::future::Future;
use core::marker::PhantomData;
use core::time::Duration;

use crate::breaker::breaker_ref::BreakerRef;
#[cfg(feature = "tokio")]
use crate::call::guarded::Judged;
use crate::call::permit::Permit;
use crate::call::ring::{FallbackSite, Falling};
use crate::call::turned::{Listening, Place};
#[cfg(feature = "tokio")]
use crate::call::watched::head::HeadWithin;
use crate::call::watched::head::{Head, HeadCall, Returned};
#[cfg(feature = "tokio")]
use crate::error::BreakerError;
#[cfg(feature = "tokio")]
use crate::expansion::run::{Ring, is_limited, limited};
use crate::outcome::{Outcome, Verdict};

/// Runs the body of a sync function, whose permit has been entered.
pub fn run_head<B, R, V, P, X>(
    permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
    place: P,
) -> Head<R, B, X>
where
    B: BreakerRef,
    V: Into<Verdict>,
    P: Place,
{
    match judge_head(permit, body, judge, place) {
        Ok(returned) => Head::Returned(returned),
        Err((output, _)) => Head::Answered(output),
    }
}

/// A head that has failed, for the fallback. Its output is the answer.
type FailedHead<R, B, X> = (Head<R, B, X>, Falling<B>);

/// Like [`run_head`], but returns a failed output as `Err`, for the fallback. If the fallback has
/// led back to its own function, the failed output is the answer.
///
/// # Errors
/// Returns the output if it counts as a failure.
pub fn run_head_or_fail<B, R, V, P, X>(
    permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
    site: &'static FallbackSite,
    place: P,
) -> Result<Head<R, B, X>, FailedHead<R, B, X>>
where
    B: BreakerRef,
    V: Into<Verdict>,
    P: Place,
{
    match judge_head(permit, body, judge, place) {
        Ok(returned) => Ok(Head::Returned(returned)),
        Err((output, None)) => Ok(Head::Answered(output)),
        Err((output, failed)) => match site.fall(failed) {
            Some(falling) => Err((Head::Answered(output), falling)),
            None => Ok(Head::Answered(output)),
        },
    }
}

/// Runs and judges a body. If the call is over, returns its output, with the breaker if it failed.
fn judge_head<B, R, V, P>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
    place: P,
) -> Result<Returned<R, B>, (R, Option<B>)>
where
    B: BreakerRef,
    V: Into<Verdict>,
    P: Place,
{
    let listening = Listening::start(&mut permit, place);
    let output = body();
    if Listening::end(listening) {
        return Err((output, None));
    }
    let verdict = judge(&output).into();
    let failed = verdict.outcome == Outcome::Failure;
    let breaker = if failed { permit.held() } else { None };
    if permit.leave_head(verdict) {
        Ok(Returned { output, permit, spent: Duration::ZERO })
    } else {
        Err((output, breaker))
    }
}

/// Wraps the body of an async function, to run under `permit` and to pass it on.
pub fn run_head_async<B, F, J, V, P, X>(
    permit: Permit<B>,
    future: F,
    judge: J,
    place: P,
) -> HeadCall<B, F, J, P, X>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    P: Place,
{
    let permit = Some(permit);
    HeadCall { permit, judge, place, failed: false, refused: PhantomData, future }
}

/// Like [`run_head_async`], with a timeout, as in [`run_within`](crate::expansion::run_within).
#[cfg(feature = "tokio")]
pub fn run_head_within<B, F, J, V, L, P, X>(
    permit: Permit<B>,
    future: F,
    judge: J,
    length: L,
    ring: Ring,
    place: P,
) -> impl Judged<Output = Result<Head<F::Output, B, X>, BreakerError>, Held = B> + use<B, F, J, V, L, P, X>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    L: Fn() -> Duration,
    P: Place,
{
    let began = is_limited(&permit, ring).then(tokio::time::Instant::now);
    let (future, judge) = limited(&permit, future, judge, length(), ring);
    let call = run_head_async(permit, future, judge, place);
    HeadWithin { length, began, is_late: false, call }
}
