//! The functions that the attribute's expansions call. Not for users: they may change in any
//! release.
//!
//! The functions are free and generic, so that the compiler reports a type error at the span that
//! the attribute chooses, and an expansion is short.

pub(crate) mod breaker_arg;
pub(crate) mod callsite;
mod declare;
#[cfg(feature = "inventory")]
pub(crate) mod declared;
pub(crate) mod default_name;
pub(crate) mod key;
mod known_keys;
mod parked;
mod run;
#[cfg(feature = "stream")]
pub mod stream;

use core::fmt::Display;
use core::future::{Future, Ready, ready};
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

pub use crate::__breakerbox_declare as declare;
pub use crate::call::acquire::{
    Discarded, RejectionError, acquire, acquire_for_steps, acquire_or_fall,
};
pub use crate::call::guarded::{Guarded, Judged, OrFailed};
pub use crate::call::permit::steps::{Steps, end_steps, step_under};
pub use crate::call::ring::{FallbackSite, Falling, Refused, RingAnswer, UncountedAnswer};
pub use crate::call::source::Source;
pub use crate::call::sync::call;
pub use crate::call::turned::{Around, Innermost, Place, turn_away};
#[cfg(feature = "tokio")]
pub use crate::call::wait::WaitTimer;
pub use crate::expansion::breaker_arg::{ResolveBreaker, ShareBreaker};
pub use crate::expansion::callsite::{BreakerHandle, Callsite, CallsiteRef};
#[cfg(feature = "inventory")]
pub use crate::expansion::declared::Submitted;
pub use crate::expansion::key::{KeyOf, KeyText, OtherKey, TextKey};
#[cfg(feature = "stream")]
pub use crate::expansion::run::note_item;
pub use crate::expansion::run::{
    failing_on_cancel, or_failed, run, run_async, run_async_twin, run_fallible, run_or_fail,
    run_twin,
};
#[cfg(feature = "tokio")]
pub use crate::expansion::run::{keep_slot, run_within, timed_out, timed_out_error};
pub use crate::outcome::{Cause, Fallible, FromRejection, Guardable, Outcome, Refusable, Verdict};
pub use crate::state::word::Word;
#[cfg(feature = "inventory")]
pub use inventory;

use crate::breaker::Breaker;
pub use crate::breaker::seat::held::KeyedRef;
use crate::call::future::CallFrom;
use crate::config::{Config, ConfigBuilder};
pub use crate::error::BreakerError;
use crate::registry::Key;

/// Guards the body of an async function without patterns or fallback. The return type is opaque, so
/// that a type without [`Guardable`] is reported here and not again at the `await`.
#[inline]
pub fn call_async<S, R, F>(site: S, body: F) -> impl Future<Output = R> + use<S, R, F>
where
    S: Source,
    R: Guardable,
    F: Future<Output = R>,
{
    CallFrom::new(site, body)
}

/// Returns the breaker for a key under the name of the call site. `text` returns the key's text or
/// number, if its type is known.
#[inline]
pub fn keyed<K: Display + ?Sized>(
    at: CallsiteRef,
    key: &K,
    text: impl FnOnce(&K) -> KeyText<'_>,
) -> KeyedRef {
    match text(key) {
        KeyText::Text(text) => at.0.keyed(Key::Text(text)),
        KeyText::Number(number) => at.0.keyed_by_number(number),
        KeyText::Unknown => at.0.keyed(Key::Other(&key)),
    }
}

/// Borrows the breaker of a place. An argument that derefs to a breaker coerces to one.
#[inline]
#[must_use]
pub fn borrow_breaker(breaker: &Breaker) -> &Breaker {
    breaker
}

/// Resolves the breaker of a value that is no place, or of a place that a returned future may
/// outlive.
#[inline]
pub fn resolve_breaker<L: ResolveBreaker>(value: &L) -> L::Ref<'_> {
    value.resolve()
}

/// Shares a breaker that is part of an argument which the body takes.
#[inline]
#[must_use]
pub fn share_breaker(breaker: &impl ShareBreaker) -> Arc<Breaker> {
    breaker.share()
}

/// Makes the verdict on a finished call.
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

/// Asks a predicate of `failure`, `ignore` or `trip` about an output.
#[inline]
pub fn predicate<'a, R>(output: &'a R, predicate: impl FnOnce(&'a R) -> bool) -> bool {
    predicate(output)
}

/// Returns the cooldown that a failed output asks for, by the key `retry_after`.
#[inline]
pub fn hint<R>(
    outcome: Outcome,
    output: &R,
    hint: impl FnOnce(&R) -> Option<Duration>,
) -> Option<Duration> {
    if outcome == Outcome::Failure { hint(output) } else { None }
}

/// Returns the cause for which a fallback answers a call with a timeout.
#[cfg(feature = "tokio")]
pub fn cause<R>(ended: Result<R, BreakerError>) -> Cause<R> {
    match ended {
        Ok(output) => Cause::Failed(output),
        Err(error) => Cause::TimedOut(error),
    }
}

/// Judges an output by its type alone.
#[inline]
pub fn outcome<R: Fallible>(output: &R) -> Outcome {
    output.outcome()
}

/// Converts an error into the output of a function without the key `error`, by `From`.
#[inline]
#[must_use]
pub fn reject<R>(error: BreakerError) -> R
where
    R: Refusable<Error: FromRejection>,
{
    R::rejected(FromRejection::from_rejection(error))
}

/// Converts an error by the function that the key `error` gives.
///
/// # Errors
/// Always returns the converted error.
#[inline]
pub fn reject_with<T, E>(error: BreakerError, map: impl FnOnce(BreakerError) -> E) -> Result<T, E> {
    Err(map(error))
}

/// The value that a fallback function has returned. In an async function it is the answer or a
/// future of the answer. Method resolution first tries the inherent method, which takes a future,
/// and then [`ReadyAnswer`], which takes any value.
#[derive(Debug)]
pub struct Answered<T>(pub T);

impl<F: Future> Answered<F> {
    /// Returns the future.
    #[inline]
    pub fn answer(self) -> F {
        self.0
    }
}

/// An answer that is not a future.
pub trait ReadyAnswer {
    /// The type of the answer.
    type Answer;

    /// Returns a future that is ready with the answer.
    fn answer(self) -> Ready<Self::Answer>;
}

impl<T> ReadyAnswer for Answered<T> {
    type Answer = T;

    #[inline]
    fn answer(self) -> Ready<T> {
        ready(self.0)
    }
}

/// Makes a future by calling the body. The compiler infers `FnOnce` for the closure because the
/// parameter has that bound.
#[inline]
pub fn make<F>(make: impl FnOnce() -> F) -> F {
    make()
}

/// Returns the future unchanged. Without this call the function would end in an `async` block, and
/// be taken for an `async fn`.
#[inline]
pub fn bare<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    future
}

/// Boxes the future, as the function's return type asks.
#[inline]
pub fn boxed<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// Returns a value of any type, in code that never runs: it tells the compiler the type of an
/// `async` block.
///
/// # Panics
/// Always, if the code does run.
#[must_use]
pub fn unreached<R>() -> R {
    unreachable!("the call stands behind `if false`")
}

/// Starts the config of a function.
pub const fn config() -> ConfigBuilder {
    Config::builder()
}

/// Checks the settings so far and returns them. In a `static` the check runs at compile time,
/// so the error is reported at the setting that was added last.
///
/// # Panics
/// Panics if a setting breaks a rule, which is an error at compile time.
pub const fn checked(builder: ConfigBuilder) -> ConfigBuilder {
    let _ = builder.build_const();
    builder
}

/// Starts the config of a function whose tuning is a constant.
pub const fn base(config: Config) -> ConfigBuilder {
    config.to_builder()
}

/// Returns the settings. If `key` breaks a rule, the error is reported here.
///
/// # Panics
/// Panics if `key` breaks a rule, which is an error at compile time.
pub const fn checked_for(builder: ConfigBuilder, key: &str) -> ConfigBuilder {
    if let Err(error) = builder.build() {
        assert!(!is_same(error.key(), key), "{}", error.rule());
    }
    builder
}

/// Returns the settings. If another key breaks a rule that compares it with `key`, the error is
/// reported here.
///
/// # Panics
/// Panics if such a rule is broken, which is an error at compile time.
pub const fn checked_beside(builder: ConfigBuilder, key: &str) -> ConfigBuilder {
    if let Err(error) = builder.build() {
        let broken = error.key();
        let measures = is_same(key, "cooldown") && is_same(broken, "cooldown_max")
            || is_same(key, "slow_call") && is_same(broken, "slow_rate")
            || is_same(key, "window")
                && (is_same(broken, "min_calls") || is_same(broken, "failure_count"));
        assert!(!measures, "{}", error.rule());
    }
    builder
}

/// Compares by `==`, in constants.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Checks a length of time against the `probe_timeout` of the config, if it is set, and returns it.
///
/// # Panics
/// Panics with `rule` if the length is longer, which is an error at compile time.
#[must_use]
pub const fn bounded_by_config(length: Duration, config: Config, rule: &str) -> Duration {
    match config.given_probe_timeout() {
        Some(bound) => bounded(length, bound, rule),
        None => length,
    }
}

/// Checks a length of time against the `probe_timeout` beside it, and returns it.
///
/// # Panics
/// Panics with `rule` if the length is longer, which is an error at compile time.
#[must_use]
pub const fn bounded(length: Duration, probe_timeout: Duration, rule: &str) -> Duration {
    assert!(length.as_nanos() <= probe_timeout.as_nanos(), "{}", rule);
    length
}

/// Checks a name from a constant, and returns it.
///
/// # Panics
/// Panics if the name breaks a rule, which is an error at compile time.
#[must_use]
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(
        crate::Name::is_valid_const(name),
        "`name` must not be empty, at most 128 bytes long, without white space, control or invisible characters"
    );
    name
}
