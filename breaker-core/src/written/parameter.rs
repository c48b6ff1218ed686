//! The table of the parameters: the keys of a tuning, in an attribute as in a file.

use core::ops::RangeInclusive;
use core::time::Duration;

use super::value::{self, LowerBound, WindowSize};
use super::{Fault, Key, Literal};
use crate::config::{ConfigBuilder, rules};

/// A parameter of a [`Config`](crate::Config).
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The parameter's name, with an example.
    pub key: Key,
    /// The values that it takes.
    pub kind: Kind,
    set: fn(ConfigBuilder, Value) -> ConfigBuilder,
}

/// The values that a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number.
    Number(&'static RangeInclusive<u64>),
    /// A share or a factor.
    Share(LowerBound),
    /// A length of time, more than zero.
    Length,
    /// A number of calls, or a length of time.
    Window,
    /// `true` or `false`.
    Flag,
}

/// A value that keeps its parameter's own rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number, or a window of that many calls.
    Number(u64),
    /// A share or a factor.
    Share(f64),
    /// A length of time.
    Length(Duration),
    /// `true` or `false`.
    Flag(bool),
}

macro_rules! parameters {
    ($($name:ident $kind:ident $arguments:tt, $example:literal;)*) => {
        /// All parameters, in the order of help texts.
        pub const PARAMETERS: &[Parameter] = &[$(Parameter {
            key: Key { name: stringify!($name), example: $example },
            kind: parameters!(@kind $kind $arguments),
            set: parameters!(@set $kind $name),
        },)*];
    };
    (@kind number ($range:ident)) => { Kind::Number(&rules::$range) };
    (@kind share ($bound:ident)) => { Kind::Share(LowerBound::$bound) };
    (@kind length ()) => { Kind::Length };
    (@kind window ()) => { Kind::Window };
    (@kind flag ()) => { Kind::Flag };
    (@set number $name:ident) => { |builder, value| match value {
        Value::Number(number) => builder.$name(number),
        _ => builder,
    }};
    (@set share $name:ident) => { |builder, value| match value {
        Value::Share(share) => builder.$name(share),
        _ => builder,
    }};
    (@set length $name:ident) => { |builder, value| match value {
        Value::Length(length) => builder.$name(length),
        _ => builder,
    }};
    (@set window $name:ident) => { |builder, value| match value {
        Value::Number(calls) => builder.window_calls(calls),
        Value::Length(length) => builder.window_time(length),
        Value::Share(_) | Value::Flag(_) => builder,
    }};
    (@set flag $name:ident) => { |builder, value| match value {
        Value::Flag(flag) => builder.$name(flag),
        _ => builder,
    }};
}

parameters! {
    threshold number(THRESHOLD), "threshold = 5";
    failure_rate share(AboveZero), "failure_rate = 0.5";
    failure_count number(FAILURE_COUNT), "failure_count = 10";
    window window(), "window = \"10s\"";
    min_calls number(MIN_CALLS), "min_calls = 10";
    slow_call length(), "slow_call = \"2s\"";
    slow_rate share(AboveZero), "slow_rate = 0.5";
    cooldown length(), "cooldown = \"30s\"";
    backoff share(One), "backoff = 2.0";
    cooldown_max length(), "cooldown_max = \"5m\"";
    backoff_reset length(), "backoff_reset = \"10m\"";
    jitter share(Zero), "jitter = 0.2";
    probes number(PROBES), "probes = 1";
    success_threshold number(SUCCESS_THRESHOLD), "success_threshold = 1";
    probe_timeout length(), "probe_timeout = \"30s\"";
    count_calls flag(), "count_calls = true";
}

/// The keys of the attribute that are not parameters: they belong to a function.
pub const OF_FUNCTIONS: &[&str] = &[
    "name",
    "config",
    "key",
    "breaker",
    "failure",
    "ignore",
    "trip",
    "retry_after",
    "on_cancel",
    "timeout",
    "stream",
    "fallback",
    "fallback_on",
    "error",
    "crate",
];

/// The keys inside the attribute's `stream`, which also belong to a function.
pub const OF_STREAMS: &[&str] = &["first", "stall", "until", "failure", "error"];

impl Parameter {
    /// Looks a parameter up by its name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Parameter> {
        PARAMETERS.iter().find(|parameter| parameter.key.name == name)
    }

    /// Reads a value.
    ///
    /// # Errors
    /// The value breaks the parameter's own rule. [`ConfigBuilder::build`] checks the rules between
    /// parameters.
    pub fn read(&self, found: &Literal<'_>) -> Result<Value, Fault> {
        match self.kind {
            Kind::Number(range) => value::number(self.key, range, found).map(Value::Number),
            Kind::Share(bound) => value::share(self.key, bound, found).map(Value::Share),
            Kind::Length => value::length(self.key, found).map(Value::Length),
            Kind::Flag => value::flag(self.key, found).map(Value::Flag),
            Kind::Window => value::window(self.key, found).map(|size| match size {
                WindowSize::Calls(calls) => Value::Number(calls),
                WindowSize::Time(length) => Value::Length(length),
            }),
        }
    }

    /// Sets the parameter. A value of another kind sets nothing.
    pub fn set(&self, builder: ConfigBuilder, value: Value) -> ConfigBuilder {
        (self.set)(builder, value)
    }
}
