//! The `#[circuit_breaker]` attribute of the `breakerbox` crate.
//!
//! Data walks one way: tokens to `args` and `function` (typed, with places),
//! to `check` (rules that take several of them), to `emit`. Mistakes are
//! gathered in `diagnostics` on the way; if there are any, the function is
//! emitted as it was, so that no mistake leads to a second error.

mod args;
mod block;
mod check;
mod diagnostics;
mod emit;
mod function;
mod mention;
mod parameters;
mod returns;
mod shape;
mod tuning;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use args::Args;
use block::Block;
use diagnostics::Diagnostics;
use function::Function;

/// Puts a circuit breaker around a function.
///
/// ```
/// use breakerbox::circuit_breaker;
///
/// #[derive(Debug)]
/// enum LlmError { Overloaded, Rejected(breakerbox::BreakerError) }
///
/// impl From<breakerbox::BreakerError> for LlmError {
///     fn from(error: breakerbox::BreakerError) -> Self { LlmError::Rejected(error) }
/// }
///
/// #[circuit_breaker(name = "llm", threshold = 2)]
/// fn complete(prompt: &str) -> Result<String, LlmError> {
///     Err(LlmError::Overloaded)
/// }
///
/// assert!(matches!(complete("hi"), Err(LlmError::Overloaded)));
/// assert!(matches!(complete("hi"), Err(LlmError::Overloaded))); // trips
/// assert!(matches!(complete("hi"), Err(LlmError::Rejected(_)))); // the body did not run
/// ```
///
/// It goes on free functions, methods, associated functions and default methods
/// of traits; sync and async; generic or not. The signature stays as it is. The
/// body must return a `Result` (any alias of it), or [`failure`](#failure-and-ignore)
/// must say what a failure is. A generic function has one breaker for all its types.
///
/// All keys are optional. A value that is wrong is a compile error at that value.
///
/// # `name`
///
/// The breaker's name in the registry: a string, or the path of a `const &str`.
/// Functions that give the same name share a breaker. One of them declares the
/// tuning, the others give only the name, or the same values. Of two that differ,
/// the first to run wins, and the other is listed in `Registry::conflicts()`; in
/// builds with debug assertions it panics, with both places.
///
/// Not empty, at most 128 bytes, no white space or control characters. Default:
/// `module::path::function`.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError, Registry};
/// const DB: &str = "db";
///
/// #[circuit_breaker(name = DB, threshold = 1)]
/// fn read(ok: bool) -> Result<(), Box<dyn std::error::Error>> {
///     if ok { Ok(()) } else { Err("down".into()) }
/// }
///
/// #[circuit_breaker(name = DB)]
/// fn write() -> Result<(), BreakerError> { Ok(()) }
///
/// let _ = read(false);
/// assert!(write().is_err(), "what trips one trips the other");
/// assert!(Registry::global().get("db").is_some());
/// ```
///
/// # `threshold`
///
/// Trips after this many failures in a row, 1 to 65535; a success in between
/// starts the count anew. An integer, or the path of a constant. Default 5, unless
/// a `failure_rate`, a `failure_count` or a `slow_rate` is given; then only if it
/// is given too.
///
/// # `failure_rate`, `failure_count`, `window`, `min_calls`
///
/// Trips on the share of failures among recent calls (above 0, at most 1), or on
/// their number (1 to 1,000,000), in a row or not. `window` says what is recent: a
/// time of 10 ms to 24 h, `"10s"`, which slides by a tenth of itself; or the last
/// so many calls, `100`, which is the default. A rate is judged once `min_calls` are
/// in (default 10, or the window if that is smaller), a count at once unless
/// `min_calls` is given; both when a failure or a slow call is recorded, never on a
/// success; and exactly the rate trips (as in resilience4j). The window is empty
/// after each close. All but `window` may be constants.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError, Registry};
/// #[circuit_breaker(name = "search", failure_rate = 0.5, window = "10s", min_calls = 4)]
/// fn search(ok: bool) -> Result<(), Box<dyn std::error::Error>> {
///     if ok { Ok(()) } else { Err("down".into()) }
/// }
///
/// for ok in [true, false, true, false] {
///     let _ = search(ok);
/// }
/// assert!(search(true).is_err(), "half of four calls have failed");
/// assert_eq!(Registry::global().get("search").unwrap().snapshot().failure_rate, Some(0.5));
/// ```
///
/// # `slow_call`, `slow_rate`
///
/// A call that takes `slow_call` or longer is slow. It counts as a failure, unless
/// there is a `slow_rate` (above 0, at most 1): then the breaker trips on the share
/// of slow calls in the window. A slow probe is a failed probe in any case. A call
/// that is cancelled after that time counts as slow. Costs two looks at the clock.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError};
/// #[circuit_breaker(name = "render", slow_call = "2s", slow_rate = 0.5, window = "1m")]
/// async fn render(page: u32) -> Result<Vec<u8>, BreakerError> {
///     Ok(page.to_be_bytes().to_vec())
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { assert!(render(1).await.is_ok()); }
/// ```
///
/// # `cooldown`
///
/// How long the breaker stays open before it lets a probe through. A string of
/// numbers with the units `h`, `m`, `s` and `ms`, from the largest to the smallest
/// and each at most once, the last with a fraction if need be: `"30s"`, `"1m30s"`,
/// `"1.5s"`. Or the path of a constant of type `Duration`. More than zero; kept to
/// the millisecond, rounded up. Default `"30s"`.
///
/// # `backoff`, `cooldown_max`, `jitter`, `retry_after`
///
/// Each half-open that fails multiplies the next cooldown by `backoff` (1 or more,
/// default 1), up to `cooldown_max`, until the breaker closes. `jitter` (0 to 1,
/// default 0) makes each cooldown longer by a random share of itself, up to that
/// much, so that a fleet does not probe in step. `retry_after` is a closure or the
/// path of a function, `&Output -> Option<Duration>`: what the service itself asks
/// for becomes the cooldown, if that failure trips; not beyond `cooldown_max`.
///
/// ```
/// # use breakerbox::{circuit_breaker, Registry};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Busy { retry_after: Option<Duration> }
///
/// #[circuit_breaker(
///     name = "quota",
///     threshold = 1,
///     cooldown = "10s", backoff = 2.0, cooldown_max = "5m", jitter = 0.2,
///     retry_after = |output| output.as_ref().err().and_then(|busy| busy.retry_after),
///     fallback = Ok(0),
/// )]
/// fn ask() -> Result<u8, Busy> { Err(Busy { retry_after: Some(Duration::from_secs(90)) }) }
///
/// assert!(ask().is_err()); // trips
/// let cooldown = Registry::global().get("quota").unwrap().snapshot().cooldown;
/// assert_eq!(cooldown, Some(Duration::from_secs(90)));
/// ```
///
/// # `probes`, `success_threshold`, `probe_timeout`
///
/// After the cooldown the first call is a probe. Up to `probes` of them (1 to 255,
/// default 1) may be in flight at once; `success_threshold` of them (1 to 255,
/// default 1) must succeed to close the breaker; the first that fails opens it
/// again. One that is still out after `probe_timeout` (default: the cooldown)
/// loses its slot to the next caller, and its outcome is dropped.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError};
/// use std::time::Duration;
///
/// const COOLDOWN: Duration = Duration::from_secs(20);
///
/// #[circuit_breaker(
///     name = "stt",
///     threshold = 3,
///     cooldown = COOLDOWN,
///     probes = 2,
///     success_threshold = 2,
///     probe_timeout = "1m30s",
/// )]
/// fn transcribe(sound: &[u8]) -> Result<String, BreakerError> {
///     Ok(format!("{} bytes", sound.len()))
/// }
/// assert_eq!(transcribe(&[1, 2]).unwrap(), "2 bytes");
/// ```
///
/// # `failure` and `ignore`
///
/// Which return values are failures, and which count as nothing: patterns over
/// the whole return value, which is matched by reference. Several go in
/// parentheses: `failure(P, P if guard)`. `failure` replaces the default, `Err(_)`:
/// what it does not match is a success. `ignore` beats `failure`; an ignored probe
/// gives its slot back.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError};
/// # #[derive(Debug)] enum Error { Timeout, BadRequest, Rejected(BreakerError) }
/// # impl From<BreakerError> for Error { fn from(e: BreakerError) -> Self { Error::Rejected(e) } }
/// struct Response { status: u16 }
///
/// #[circuit_breaker(
///     threshold = 1,
///     failure(Err(_), Ok(response) if response.status >= 500),
///     ignore = Err(Error::BadRequest),
/// )]
/// fn get(answer: Result<Response, Error>) -> Result<Response, Error> { answer }
///
/// let _ = get(Err(Error::BadRequest));
/// assert!(get(Ok(Response { status: 503 })).is_ok(), "it is handed on");
/// assert!(matches!(get(Ok(Response { status: 200 })), Err(Error::Rejected(_))), "but counted");
/// ```
///
/// # `trip`
///
/// Which return values open the breaker at once, whatever the counts: patterns as
/// for `failure`. A login that has expired, a quota that is used up. What matches is
/// a failure, also where `failure` does not name it; `ignore` beats it.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError};
/// # #[derive(Debug, PartialEq)] enum Error { Unauthorized, Busy }
/// #[circuit_breaker(name = "paid", trip = Err(Error::Unauthorized), fallback = Ok(0))]
/// fn paid() -> Result<u8, Error> { Err(Error::Unauthorized) }
///
/// assert_eq!(paid(), Err(Error::Unauthorized));
/// assert_eq!(paid(), Ok(0), "one was enough");
/// ```
///
/// # `on_cancel`
///
/// What a future counts as that is dropped before its end: `"ignore"` (the default),
/// as nothing, but for slow calls; or `"failure"`. Async functions only.
///
/// # `timeout`
///
/// Bounds each call, on the clock of `tokio`. Running out is a failure and yields
/// `BreakerError::TimedOut`, which becomes the function's error as a rejection does,
/// by `From<BreakerError>` or `error`. A fallback answers it only with
/// `fallback_on = "failure"`, and is told `Cause::Rejected(BreakerError::TimedOut { .. })`.
/// Async functions only; needs the feature `tokio`.
///
/// # `key`
///
/// One breaker for each key under the name: `llm/gpt-4`. Any expression of the
/// arguments, borrowed, whose value is `Display`. There are at most 1,000 keys under
/// one name (`Registry::set_max_keys`): idle closed ones make room, others stay; if
/// none can go, new keys share the breaker of the name. White space and control
/// characters in a key are escaped. Finding the breaker of a known key takes a shared
/// lock on the registry and does not allocate.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError, Registry};
/// #[circuit_breaker(name = "model", threshold = 1, key = model)]
/// fn complete(model: &str, ok: bool) -> Result<(), Box<dyn std::error::Error>> {
///     if ok { Ok(()) } else { Err("overloaded".into()) }
/// }
///
/// let _ = complete("large", false);
/// assert!(complete("large", true).is_err());
/// assert!(complete("small", true).is_ok());
/// assert!(Registry::global().get("model/large").is_some());
/// ```
///
/// # `fallback`
///
/// What answers instead of a rejected call:
///
/// - a path is called with the function's own arguments, `self` first; in an
///   async function it may be sync or async;
/// - a closure takes the same arguments without `self`, which is in scope, and if
///   it has one parameter more, the cause, a `Cause`. It may `.await` in an async
///   function. It is laid open in place, so a `return` in it returns from the function;
/// - anything else is evaluated in place: `fallback = Ok(Reply::degraded())`. So
///   are `None` and constants, by their spelling.
///
/// It runs after the breaker has been asked, and what it does is not recorded. It
/// may be a guarded function itself.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError, Cause};
/// struct Bot { memory: Vec<String> }
///
/// impl Bot {
///     #[circuit_breaker(name = "cat", threshold = 1, fallback = Self::local)]
///     async fn recall(&self, topic: String) -> Result<String, BreakerError> {
///         Err(BreakerError::from_service())
///     }
///
///     fn local(&self, topic: String) -> Result<String, BreakerError> {
///         Ok(self.memory.iter().find(|line| line.contains(&topic)).cloned().unwrap_or(topic))
///     }
/// }
/// # trait FromService { fn from_service() -> BreakerError; }
/// # impl FromService for BreakerError { fn from_service() -> BreakerError {
/// #     let b = breakerbox::Breaker::new("x", breakerbox::Config::new()); b.force_open();
/// #     b.try_acquire().unwrap_err() } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let bot = Bot { memory: vec!["tea is in the cupboard".into()] };
/// assert!(bot.recall("tea".into()).await.is_err()); // trips
/// assert_eq!(bot.recall("tea".into()).await.unwrap(), "tea is in the cupboard");
/// # }
/// ```
///
/// # `fallback_on`
///
/// `"rejection"` (the default): the fallback answers rejected calls only; a failed
/// call's error goes to the caller. `"failure"`: it answers failed calls too. The
/// arguments that it uses are cloned before each call, and a closure is told the
/// cause: `Cause::Failed(output)` has what the call returned.
///
/// ```
/// # use breakerbox::{circuit_breaker, BreakerError, Cause};
/// #[circuit_breaker(
///     name = "large",
///     failure = Err(_),
///     fallback_on = "failure",
///     fallback = |prompt, cause| match cause {
///         Cause::Rejected(_) => Ok(format!("{prompt}? Later.")),
///         Cause::Failed(output) => output.or(Ok(format!("{prompt}? No idea."))),
///     },
/// )]
/// fn complete(prompt: String) -> Result<String, &'static str> { Err("overloaded") }
///
/// assert_eq!(complete("Tea".into()).unwrap(), "Tea? No idea.");
/// ```
///
/// # `error`
///
/// What error a rejection becomes, in a function that returns a `Result` and has
/// no fallback: a closure, or the path of a function, of `BreakerError`. Without
/// it, the error type must be `From<BreakerError>`.
///
/// ```
/// # use breakerbox::circuit_breaker;
/// #[circuit_breaker(name = "mail", threshold = 1, error = |e| e.to_string())]
/// fn send(to: &str) -> Result<(), String> { Err(format!("cannot reach {to}")) }
///
/// assert_eq!(send("ann").unwrap_err(), "cannot reach ann");
/// assert!(send("ann").unwrap_err().starts_with("circuit breaker `mail` is open"));
/// ```
///
/// # `crate`
///
/// The absolute path of this crate, where it is re-exported or renamed:
/// `crate = ::my_framework::breakerbox`.
///
/// # What it expands to
///
/// ```text
/// async fn complete(prompt: &str) -> Result<Reply, LlmError> {
///     static SITE: Site = Site::new("llm", Some(TUNING));     // remembers its breaker
///     call_async(&SITE, async move { BODY }).await            // asks it, runs, judges
/// }
/// ```
///
/// # Async functions
///
/// Nothing is asked before the first poll. A future that is dropped before its end
/// counts as nothing (but see [`on_cancel`](#on_cancel)) and gives a probe's slot back, unless it was dropped because
/// a poll of it panicked: then it is a failure, also where a runtime caught the
/// panic first. The future is `Send` where that of the plain function is.
///
/// # With other attributes
///
/// - Retries outside, so that they stop when the breaker opens; timeouts inside, or
///   by `timeout`, so that a hang is a failure.
/// - `#[async_trait]`: put this attribute on functions that the trait's methods
///   call. On a method it would see a function that returns a boxed future, and
///   says so.
/// - `#[track_caller]`: `Location::caller()` in the body is a line of the function itself.
///
/// # Panics
///
/// A panic in the body is a failure, and unwinds on. The attribute adds none, but
/// for two different tunings of one name, in builds with debug assertions.
///
/// # Drop order
///
/// Arguments that the body uses are dropped at its end, in the order of their first
/// use; those that it does not use are dropped after it.
#[proc_macro_attribute]
pub fn circuit_breaker(
    args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand(args.into(), item.into()).into()
}

fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    check::arguments(&args, &mut diagnostics);
    let is_block = |input: ParseStream<'_>| {
        let is_block = block::is_block(input);
        input.parse::<TokenStream>().map(|_| is_block)
    };
    if is_block.parse2(item.clone()).unwrap_or(false) {
        expand_block(&args, item, diagnostics)
    } else {
        expand_function(&args, item, diagnostics)
    }
}

fn expand_function(args: &Args, item: TokenStream, mut diagnostics: Diagnostics) -> TokenStream {
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => {
            check::function(args, &function, &mut diagnostics);
            Some(function)
        }
        Err(mistake) => {
            diagnostics.add(mistake);
            None
        }
    };
    match (function, diagnostics.into_tokens()) {
        (Some(function), None) => emit::guarded(args, function),
        (_, mistakes) => mistakes.into_iter().chain([item]).collect(),
    }
}

fn expand_block(args: &Args, item: TokenStream, mut diagnostics: Diagnostics) -> TokenStream {
    let block = match Block::parse(item.clone(), &mut diagnostics) {
        Ok(block) => block,
        Err(mistake) => {
            diagnostics.add(mistake);
            return diagnostics.into_tokens().into_iter().chain([item]).collect();
        }
    };
    check::block(args, &block, &mut diagnostics);
    match diagnostics.into_tokens() {
        None => emit::block(args, block),
        Some(mistakes) => [mistakes, emit::unguarded(block)].into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text that can be an attribute's tokens, be it ever so odd, is
    /// reported, and leaves the function as it was.
    #[test]
    fn nonsense_is_reported_and_the_function_kept() {
        let long_name = "x".repeat(10_000);
        let deep_group = "(".repeat(20) + &")".repeat(20);
        let many_keys = "threshold = 0,".repeat(500);
        for nonsense in [
            "= 5",
            ",",
            ",,",
            ";",
            ";;name",
            "name = ,,",
            "name = \"a\" \"b\"",
            "name == \"a\"",
            "name => \"a\"",
            "\"name\" = \"a\"",
            "5 = 5",
            "fn = 5, struct = 6, crate",
            "r#name = \"a\"",
            "_ = 5",
            "'a = 5",
            "name = \"a\", { threshold = 5 }",
            "[threshold = 5]",
            "((name))",
            "threshold = (((",
            "threshold = 5 5 5",
            "threshold = --5",
            "threshold = 5..",
            "threshold = ..",
            "cooldown = 1e400",
            "cooldown = \"99999999999999999999.9999999999999999999999s\"",
            "cooldown = \"\\u{1f600}\"",
            "cooldown = \"-\u{e9}\"",
            "cooldown = \"-\"",
            "failure",
            "failure(",
            "failure()",
            "failure(,)",
            "failure(if true)",
            "failure = |",
            "failure = Err(_) if if",
            "ignore{}",
            "fallback = |",
            "fallback = ||",
            "fallback = async",
            "fallback = async move",
            "fallback = move",
            "fallback = ::",
            "fallback = <A as",
            "fallback_on = \"\"",
            "error = |a, b|",
            "error = ||",
            "crate = crate::",
            "crate = <A as B>::c",
            "crate = ::a::<b>",
            "$name = 5",
            "#[name] = 5",
            "name!(5)",
            "name::x = 5",
            &format!("{long_name} = 5"),
            &format!("name = \"{long_name}\""),
            &format!("threshold = {}", "9".repeat(10_000)),
            &deep_group,
            &format!("threshold = {deep_group}"),
            &many_keys,
        ] {
            assert_refused(nonsense);
        }
    }

    /// The same of values out of range and of keys at odds.
    #[test]
    fn nonsense_about_windows_and_verdicts_is_reported() {
        for nonsense in [
            "window = =",
            "window = 10s10",
            "window = \"10\" \"s\"",
            "window = 1e9999",
            "window = b\"10s\"",
            "window = -\"10s\"",
            "window = 99999999999999999999999999999999999999999999",
            "window = _",
            "failure_rate = .5",
            "failure_rate = 0.5.",
            "failure_rate = 1e99999999999999999999",
            "failure_rate = --0.5",
            "failure_rate = 0x1p3",
            "failure_rate = 50%",
            "slow_rate = 0.5, slow_rate = 0.5",
            "slow_rate = 1",
            "failure_count = 101, min_calls = 102, slow_rate = 1, cooldown_max = \"1ms\"",
            "cooldown = \"0.000002ms\", cooldown_max = \"0.000001ms\"",
            "backoff = 1e400",
            "jitter = -0.0",
            "timeout = \"1s\"",
            "timeout =",
            "on_cancel = \"failure\"",
            "on_cancel = \"\"",
            "on_cancel = {}",
            "retry_after = |",
            "retry_after = ||",
            "retry_after = async",
            "retry_after = |a, b| None",
            "retry_after = {}",
            "trip",
            "trip(",
            "trip(,)",
            "trip = Err(_) if",
            "trip = ..=",
            "key",
            "key = ,",
            "key = =",
            "key(argument)",
            "key = *",
        ] {
            assert_refused(nonsense);
        }
    }

    fn assert_refused(nonsense: &str) {
        // What does not come in pairs never reaches an attribute.
        let Ok(args) = nonsense.parse::<TokenStream>() else { return };
        let item: TokenStream = "fn call() -> Result<(), E> { Ok(()) }".parse().unwrap();
        let kept = item.to_string();
        let expansion = expand(args, item).to_string();
        assert!(expansion.contains("compile_error"), "{nonsense}: {expansion}");
        assert!(expansion.ends_with(&kept), "{nonsense}: {expansion}");
    }
}
