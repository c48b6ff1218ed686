//! What the attribute's expansions call. Not for users: may change in any release.
//!
//! The functions are free and generic, so that the caret of a type error is
//! where the attribute wants it, and so that an expansion is few instructions.

use core::future::{Future, Ready, ready};

pub use crate::future::{Call, Guarded};
pub use crate::outcome::{Cause, Fallible, FromRejection, Guardable, Outcome, Refusable};
pub use crate::site::{Handle, Site};

use crate::config::{Config, ConfigBuilder};
use crate::error::BreakerError;
use crate::permit::Permit;

/// A sync function without a word on failures or fallbacks.
#[inline]
pub fn call<R: Guardable>(site: &'static Site, body: impl FnOnce() -> R) -> R {
    match site.try_acquire() {
        Ok(permit) => permit.run(body, Guardable::judge),
        Err(error) => R::rejected(error),
    }
}

/// An async function without a word on failures or fallbacks. What it returns
/// is opaque, so that a type without [`Guardable`] is reported here and not
/// again at the `await`.
#[inline]
pub fn call_async<R, F>(site: &'static Site, body: F) -> impl Future<Output = R> + use<R, F>
where
    R: Guardable,
    F: Future<Output = R>,
{
    Call::new(site.handle(), body)
}

/// The first half of every other function.
#[inline]
pub fn acquire(site: &'static Site) -> Result<Permit<Handle>, BreakerError> {
    site.try_acquire()
}

/// The second half, when admitted.
#[inline]
pub fn run<R>(
    permit: Permit<Handle>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> Outcome,
) -> R {
    permit.run(body, judge)
}

/// The second half, when admitted, of an async function.
#[inline]
pub fn run_async<F, J>(permit: Permit<Handle>, body: F, judge: J) -> Guarded<Handle, F, J>
where
    F: Future,
    J: FnMut(&F::Output) -> Outcome,
{
    Guarded::new(permit, body, judge)
}

/// [`run`] where a failure goes to the fallback: it is the `Err`.
///
/// # Errors
/// What the body returned, if it counts as a failure.
#[inline]
pub fn run_or_fail<R>(
    permit: Permit<Handle>,
    body: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> Outcome,
) -> Result<R, R> {
    let mut failed = false;
    let output = permit.run(body, |output| {
        let outcome = judge(output);
        failed = outcome == Outcome::Failure;
        outcome
    });
    if failed { Err(output) } else { Ok(output) }
}

/// [`run_async`] where a failure goes to the fallback: it is the `Err`.
///
/// # Errors
/// What the body returned, if it counts as a failure.
pub async fn run_or_fail_async<F: Future>(
    permit: Permit<Handle>,
    body: F,
    mut judge: impl FnMut(&F::Output) -> Outcome,
) -> Result<F::Output, F::Output> {
    let mut failed = false;
    let judge = |output: &F::Output| {
        let outcome = judge(output);
        failed = outcome == Outcome::Failure;
        outcome
    };
    let output = Guarded::new(permit, body, judge).await;
    if failed { Err(output) } else { Ok(output) }
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
    R::refused(FromRejection::from_rejection(error))
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
