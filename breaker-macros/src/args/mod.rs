//! The attribute's arguments: tokens to typed values with their places.

mod duration;
mod merge;
mod parse;
pub(crate) mod value;

use std::time::Duration;

use syn::{Expr, ExprClosure, ExprPath, Ident, Pat, Path};

use self::value::{Value, Window};

/// The keys that tune a breaker of the registry.
pub(crate) const TUNING: [&str; 14] = [
    "threshold",
    "failure_rate",
    "failure_count",
    "window",
    "min_calls",
    "slow_call",
    "slow_rate",
    "cooldown",
    "backoff",
    "cooldown_max",
    "jitter",
    "probes",
    "success_threshold",
    "probe_timeout",
];

/// A key, for its place, and its value.
#[derive(Clone)]
pub(crate) struct Arg<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// Everything the user wrote; `None` is what was left out, or was wrong.
#[derive(Clone, Default)]
pub(crate) struct Args {
    /// The keys so far, those with a wrong value too.
    given: Vec<Ident>,
    /// Those of them that come from the `impl` block.
    inherited: Vec<Ident>,
    pub(crate) name: Option<Arg<Value<String>>>,
    pub(crate) threshold: Option<Arg<Value<u64>>>,
    pub(crate) failure_rate: Option<Arg<Value<f64>>>,
    pub(crate) failure_count: Option<Arg<Value<u64>>>,
    pub(crate) window: Option<Arg<Window>>,
    pub(crate) min_calls: Option<Arg<Value<u64>>>,
    pub(crate) slow_call: Option<Arg<Value<Duration>>>,
    pub(crate) slow_rate: Option<Arg<Value<f64>>>,
    pub(crate) cooldown: Option<Arg<Value<Duration>>>,
    pub(crate) backoff: Option<Arg<Value<f64>>>,
    pub(crate) cooldown_max: Option<Arg<Value<Duration>>>,
    pub(crate) jitter: Option<Arg<Value<f64>>>,
    pub(crate) probes: Option<Arg<Value<u64>>>,
    pub(crate) success_threshold: Option<Arg<Value<u64>>>,
    pub(crate) probe_timeout: Option<Arg<Value<Duration>>>,
    pub(crate) failure: Option<Arg<Vec<Case>>>,
    pub(crate) ignore: Option<Arg<Vec<Case>>>,
    pub(crate) trip: Option<Arg<Vec<Case>>>,
    pub(crate) retry_after: Option<Arg<Expr>>,
    pub(crate) on_cancel: Option<Arg<OnCancel>>,
    pub(crate) timeout: Option<Arg<Value<Duration>>>,
    pub(crate) key: Option<Arg<Expr>>,
    pub(crate) breaker: Option<Arg<Expr>>,
    pub(crate) fallback: Option<Arg<Fallback>>,
    pub(crate) fallback_on: Option<Arg<FallbackOn>>,
    pub(crate) error: Option<Arg<Expr>>,
    pub(crate) krate: Option<Arg<Path>>,
}

impl Args {
    /// The keys that were written, be their values right or wrong.
    pub(crate) fn given(&self) -> &[Ident] {
        &self.given
    }

    /// The keys that go into the function's static, with those values that are not
    /// written out.
    pub(crate) fn constants(&self) -> Vec<(&Ident, &Expr)> {
        let mut constants = Vec::new();
        macro_rules! collect {
            ($($slot:ident)*) => {$(
                if let Some(Arg { key, value: Value::Constant(value) }) = &self.$slot {
                    constants.push((key, value));
                }
            )*};
        }
        collect!(name threshold failure_rate failure_count min_calls slow_call slow_rate);
        collect!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
        constants
    }

    /// Whether the key was written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}

/// `PATTERN` or `PATTERN if GUARD`.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) pattern: Pat,
    pub(crate) guard: Option<Expr>,
}

#[derive(Clone)]
pub(crate) enum Fallback {
    Path(ExprPath),
    Closure(ExprClosure),
    Inline(Expr),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCancel {
    Ignore,
    Failure,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FallbackOn {
    Rejection,
    Failure,
}
