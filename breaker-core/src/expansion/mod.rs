//! What the attribute's expansions call. Not for users: may change in any release.
//!
//! The functions are free and generic, so that the caret of a type error is
//! where the attribute wants it, and so that an expansion is few instructions.

pub(crate) mod breaker_arg;
pub(crate) mod callsite;

use core::future::{Future, Ready, ready};
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

#[cfg(feature = "tokio")]
use tokio::time::error::Elapsed;

pub use crate::call::acquire::{Discarded, RejectionError, acquire};
pub use crate::call::guarded::{Guarded, Judged, OrFailed};
pub use crate::call::source::Source;
pub use crate::call::sync::call;
pub use crate::expansion::breaker_arg::{ResolveBreaker, ShareBreaker};
pub use crate::expansion::callsite::{BreakerHandle, Callsite, CallsiteRef};
pub use crate::outcome::{Cause, Fallible, FromRejection, Guardable, Outcome, Refusable, Verdict};
pub use crate::state::word::Word;

use crate::breaker::{Breaker, BreakerRef};
use crate::call::future::CallFrom;
#[cfg(feature = "tokio")]
use crate::call::guarded::Within;
use crate::call::permit::Permit;
use crate::config::{Config, ConfigBuilder};
pub use crate::error::BreakerError;

/// An async function without a word on failures or fallbacks. What it returns
/// is opaque, so that a type without [`Guardable`] is reported here and not
/// again at the `await`.
#[inline]
pub fn call_async<S, R, F>(site: S, body: F) -> impl Future<Output = R> + use<S, R, F>
where
    S: Source,
    R: Guardable,
    F: Future<Output = R>,
{
    CallFrom::new(site, body)
}

/// The breaker of a key.
#[inline]
pub fn keyed(at: CallsiteRef, key: &dyn core::fmt::Display) -> BreakerHandle {
    at.0.keyed(key)
}

/// Borrows the breaker of a place. The argument coerces: whatever derefs to a breaker is
/// taken.
#[inline]
#[must_use]
pub fn borrow_breaker(breaker: &Breaker) -> &Breaker {
    breaker
}

/// Resolves the breaker of a value that is no place, or in a future that may outlive the
/// place.
#[inline]
pub fn resolve_breaker<L: ResolveBreaker>(value: &L) -> L::Ref<'_> {
    value.resolve()
}

/// Shares the breaker, since the body takes the argument that it is part of.
#[inline]
#[must_use]
pub fn share_breaker(breaker: &impl ShareBreaker) -> Arc<Breaker> {
    breaker.share()
}

/// The second half, when admitted: `permit` has been entered. There is one of these
/// for each annotated function, so nothing else is done before the body, which would
/// have to be dropped if that panicked.
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

/// [`run`] of a body that is judged by its type alone.
#[inline]
pub fn run_fallible<B: BreakerRef, R: Fallible>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
) -> R {
    let output = body();
    permit.end(output.outcome());
    output
}

/// The second half, when admitted, of an async function.
#[inline]
pub fn run_async<B, F, J, V>(permit: Permit<B>, future: F, judge: J) -> Guarded<B, F, J>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
{
    Guarded { permit, judge, future }
}

/// A permit whose cancellation is a failure.
#[inline]
pub fn failing_on_cancel<B: BreakerRef>(mut permit: Permit<B>) -> Permit<B> {
    permit.fail_on_cancel();
    permit
}

/// [`run_async`] with a timeout. Its length is asked for again if it runs out.
#[cfg(feature = "tokio")]
#[inline]
pub fn run_within<B, F, J, V, L>(
    permit: Permit<B>,
    future: F,
    mut judge: J,
    length: L,
) -> impl Judged<Output = Result<F::Output, BreakerError>> + use<B, F, J, V, L>
where
    B: BreakerRef,
    F: Future,
    J: FnMut(&F::Output) -> V,
    V: Into<Verdict>,
    L: Fn() -> Duration,
{
    let future = tokio::time::timeout(length(), future);
    let judge = move |ended: &Result<F::Output, Elapsed>| match ended {
        Ok(output) => judge(output).into(),
        Err(_) => Outcome::Failure.into(),
    };
    Within { length, call: run_async(permit, future, judge) }
}

/// [`run`] where a failure goes to the fallback: it is the `Err`.
///
/// # Errors
/// What the body returned, if it counts as a failure.
#[inline]
pub fn run_or_fail<B: BreakerRef, R, V: Into<Verdict>>(
    mut permit: Permit<B>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> V,
) -> Result<R, R> {
    let output = body();
    let verdict = judge(&output).into();
    permit.end(verdict);
    if verdict.outcome() == Outcome::Failure { Err(output) } else { Ok(output) }
}

/// The same of a future.
#[inline]
pub fn or_failed<C: Judged>(call: C) -> OrFailed<C> {
    OrFailed { call }
}

/// The verdict on a finished call.
#[inline]
#[must_use]
pub fn verdict(outcome: Outcome, trips: bool, hint: Option<Duration>) -> Verdict {
    let mut verdict = Verdict::from(outcome);
    if trips {
        verdict = verdict.trip();
    }
    match hint {
        Some(hint) => verdict.retry_after(hint),
        None => verdict,
    }
}

/// What a failure asks for.
#[inline]
pub fn hint<R>(
    outcome: Outcome,
    output: &R,
    hint: impl FnOnce(&R) -> Option<Duration>,
) -> Option<Duration> {
    if outcome == Outcome::Failure { hint(output) } else { None }
}

/// What a fallback for failures is told of a call with a timeout.
///
/// # Errors
/// The cause, if the call failed or its time ran out.
#[cfg(feature = "tokio")]
pub fn settled<R>(
    ended: Result<Result<R, BreakerError>, Result<R, BreakerError>>,
) -> Result<R, Cause<R>> {
    match ended {
        Ok(Ok(output)) => Ok(output),
        Err(Ok(output)) => Err(Cause::Failed(output)),
        Ok(Err(error)) | Err(Err(error)) => Err(Cause::TimedOut(error)),
    }
}

/// Judges by the type alone.
#[inline]
pub fn outcome<R: Fallible>(output: &R) -> Outcome {
    output.outcome()
}

/// A rejection without a fallback.
#[inline]
#[must_use]
pub fn reject<R>(error: BreakerError) -> R
where
    R: Refusable<Error: FromRejection>,
{
    R::rejected(FromRejection::from_rejection(error))
}

/// A rejection that is mapped by hand.
///
/// # Errors
/// Always.
#[inline]
pub fn reject_with<T, E>(error: BreakerError, map: impl FnOnce(BreakerError) -> E) -> Result<T, E> {
    Err(map(error))
}

/// What a fallback function returned: in an async function it may be the answer
/// or a future of it. A future is found by the inherent method; anything else
/// falls through to [`ReadyAnswer`].
#[derive(Debug)]
pub struct Answered<T>(pub T);

impl<F: Future> Answered<F> {
    /// The future itself.
    #[inline]
    pub fn answer(self) -> F {
        self.0
    }
}

/// An answer that is there at once.
pub trait ReadyAnswer {
    /// Its type.
    type Answer;

    /// A future of it.
    fn answer(self) -> Ready<Self::Answer>;
}

impl<T> ReadyAnswer for Answered<T> {
    type Answer = T;

    #[inline]
    fn answer(self) -> Ready<T> {
        ready(self.0)
    }
}

/// A future as the body makes it. The closure is taken for `FnOnce` only where it
/// is passed to one.
#[inline]
pub fn make<F>(make: impl FnOnce() -> F) -> F {
    make()
}

/// A future as it is, but that it no longer looks like that of an `async fn`.
#[inline]
pub fn bare<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    future
}

/// A future, boxed as the function's return type asks.
#[inline]
pub fn boxed<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// A value of any type, in code that never runs: it tells the compiler the type
/// of an `async` block.
///
/// # Panics
/// If it does run.
#[must_use]
pub fn unreached<R>() -> R {
    unreachable!("the call stands behind `if false`")
}

/// Where the tuning of a function starts.
pub const fn config() -> ConfigBuilder {
    Config::builder()
}

/// Tuning so far, the last of it given by a constant, checked while compiling.
///
/// # Panics
/// In a constant, which stops the compiler, if it breaks a rule.
pub const fn checked(builder: ConfigBuilder) -> ConfigBuilder {
    let _ = builder.build_const();
    builder
}

/// A name given by a constant, checked while compiling.
///
/// # Panics
/// In a constant, which stops the compiler, if the name breaks a rule.
#[must_use]
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(
        crate::Name::is_valid_const(name),
        "`name` must not be empty, at most 128 bytes long, without white space or control characters"
    );
    name
}
