//! The table of the attribute's keys, from which every list of keys in this crate is made.
//!
//! A new tuning key needs three things: a row in `with_keys!`, with a new reader if its value is of
//! a new kind; a method of its name in `ConfigBuilder`; and a row in the core's `PARAMETERS`, by
//! which files are read.

use breaker_core::written::Key;

/// Calls `$then!` with the rows of the table behind the tokens of `$before`.
///
/// A row is the key's kind, its field in `Args`, the type of its value, the method of
/// `Reader` that reads the value, and an example to paste. Help texts list the keys in
/// the order of the rows.
macro_rules! with_keys {
    ($then:ident $($before:tt)*) => {
        $then! {
            $($before)*
            Plain    name(Value<String>, breaker_name(), "name = \"llm\"")
            Plain    config(Expr, config(), "config = TUNING")
            Tuning   threshold(Value<u64>, number(&rules::THRESHOLD), "threshold = 5")
            Plain    key(Expr, expression(), "key = argument")
            Plain    breaker(Expr, expression(), "breaker = self.breaker")
            Tuning   failure_rate(Value<f64>, share(LowerBound::AboveZero), "failure_rate = 0.5")
            Tuning   failure_count(Value<u64>, number(&rules::FAILURE_COUNT), "failure_count = 10")
            Tuning   window(WindowSize, window(), "window = \"10s\"")
            Tuning   min_calls(Value<u64>, number(&rules::MIN_CALLS), "min_calls = 10")
            Tuning   slow_call(Value<Duration>, duration(), "slow_call = \"2s\"")
            Tuning   slow_rate(Value<f64>, share(LowerBound::AboveZero), "slow_rate = 0.5")
            Tuning   cooldown(Value<Duration>, duration(), "cooldown = \"30s\"")
            Tuning   backoff(Value<f64>, share(LowerBound::One), "backoff = 2.0")
            Tuning   cooldown_max(Value<Duration>, duration(), "cooldown_max = \"5m\"")
            Tuning   backoff_reset(Value<Duration>, duration(), "backoff_reset = \"10m\"")
            Tuning   jitter(Value<f64>, share(LowerBound::Zero), "jitter = 0.2")
            Tuning   probes(Value<u64>, number(&rules::PROBES), "probes = 1")
            Tuning   success_threshold(
                         Value<u64>, number(&rules::SUCCESS_THRESHOLD), "success_threshold = 1")
            Tuning   probe_timeout(Value<Duration>, duration(), "probe_timeout = \"30s\"")
            Tuning   count_calls(Value<bool>, flag(), "count_calls = true")
            Patterns failure(Vec<Arm>, arms(), "failure = Err(_)")
            Patterns ignore(Vec<Arm>, arms(), "ignore = Err(Error::BadRequest)")
            Patterns trip(Vec<Arm>, arms(), "trip = Err(Error::Unauthorized)")
            Plain    retry_after(Expr, function("output"),
                         "retry_after = |output| output.as_ref().err()?.retry_after")
            Plain    on_cancel(OnCancel, on_cancel(), "on_cancel = \"failure\"")
            Plain    timeout(Value<Duration>, duration(), "timeout = \"10s\"")
            Plain    stream(Stream, stream(), "stream(first = \"10s\", stall = \"30s\")")
            Plain    fallback(Fallback, fallback(), "fallback = path::to::function")
            Plain    fallback_on(FallbackOn, fallback_on(), "fallback_on = \"failure\"")
            Plain    error(Expr, function("`BreakerError`"),
                         "error = |e| MyError::from_breaker(e)")
            Plain    krate(Path, crate_path(), "crate = ::my_reexport")
        }
    };
}

/// Calls `$then!` with the fields of the tuning keys, in the order of the table.
macro_rules! with_tuning_keys {
    ($then:ident) => {
        with_keys! { tuning_fields $then [] }
    };
}

/// Keeps the field of each row of the kind `Tuning`, and drops the other rows.
macro_rules! tuning_fields {
    ($then:ident [$($field:ident)*]) => {
        $then! { $($field)* }
    };
    ($then:ident [$($field:ident)*] Tuning $next:ident $row:tt $($rest:tt)*) => {
        tuning_fields! { $then [$($field)* $next] $($rest)* }
    };
    ($then:ident $fields:tt $kind:ident $other:ident $row:tt $($rest:tt)*) => {
        tuning_fields! { $then $fields $($rest)* }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tunes a breaker of the registry.
    Tuning,
    /// Takes patterns, one after `=`, or a list in parentheses.
    Patterns,
    Plain,
}

macro_rules! keys {
    ($($kind:ident $field:ident ($value:ty, $read:ident $arguments:tt, $example:literal))*) => {
        pub(super) const KEYS: &[Key] = &[$(
            Key { name: key_name(stringify!($field)), example: $example },
        )*];
        /// The kinds of the keys, in the same order.
        const KINDS: &[Kind] = &[$(Kind::$kind,)*];
    };
}
with_keys!(keys);

/// The name of the key that a field of `Args` is for. No field can be named `crate`.
pub(super) const fn key_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        b"krate" => "crate",
        _ => field,
    }
}

/// Looks the key up by its name.
pub(super) fn find(name: &str) -> Option<Key> {
    KEYS.iter().copied().find(|key| key.name == name)
}

pub(super) fn is_of(kind: Kind, name: &str) -> bool {
    core::iter::zip(KEYS, KINDS).any(|(key, found)| key.name == name && *found == kind)
}

/// Returns true if the key tunes a breaker of the registry.
pub(crate) fn is_tuning(name: &str) -> bool {
    name == "config" || is_of(Kind::Tuning, name)
}

#[cfg(test)]
mod tests {
    use breaker_core::written::{OF_FUNCTIONS, PARAMETERS};

    use super::*;

    /// Every key that tunes is a parameter that a file may set, and the reverse.
    #[test]
    fn tuning_keys_are_the_parameters() {
        let tuning: Vec<_> = KEYS.iter().filter(|key| is_of(Kind::Tuning, key.name)).collect();
        let parameters: Vec<_> = PARAMETERS.iter().map(|parameter| &parameter.key).collect();
        assert_eq!(tuning, parameters);
        let others = KEYS.iter().filter(|key| !is_of(Kind::Tuning, key.name));
        assert!(others.map(|key| key.name).eq(OF_FUNCTIONS.iter().copied()));
    }
}
