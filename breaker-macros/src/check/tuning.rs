//! What the tuning keys owe to one another, by the rules of the core itself.
//!
//! Only literals are reported here. A constant is the compiler's to ask, and so
//! is a literal that is measured by one.

use std::time::Duration;

use breaker_core::{Config, ConfigBuilder, rules};
use proc_macro2::Span;

use crate::args::value::{Value, Window};
use crate::args::{Arg, Args};
use crate::diagnostics::Diagnostics;

/// Reports each value that another one forbids, at that value.
pub(crate) fn check(args: &Args, diagnostics: &mut Diagnostics) {
    let mut reported: Vec<&str> = Vec::new();
    while let Err(mistake) = builder(args, &reported).build() {
        let key = mistake.key();
        let Some(place) = place(args, key).filter(|_| !reported.contains(&key)) else {
            return;
        };
        let wrong = match key {
            "slow_rate" => mistake.rule().to_owned(),
            _ => mistake.to_string(),
        };
        diagnostics.report_at(place, wrong, help(args, key));
        reported.push(key);
    }
}

/// The literals, but for those under `without`. What others are measured by, but
/// is no literal, is set to what none of them can break.
fn builder(args: &Args, without: &[&str]) -> ConfigBuilder {
    let mut builder = Config::builder();
    macro_rules! set {
        ($($key:ident)*) => {$(
            match &args.$key {
                Some(Arg { value: Value::Literal(value, _), .. })
                    if !without.contains(&stringify!($key)) =>
                {
                    builder = builder.$key(*value);
                }
                _ => {}
            }
        )*};
    }
    if args.has("slow_call") {
        builder = builder.slow_call(Duration::MAX);
    }
    if args.has("cooldown") {
        builder = builder.cooldown(Duration::from_nanos(1));
    }
    set!(threshold failure_rate failure_count min_calls slow_call slow_rate);
    set!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
    match args.window.as_ref().map(|window| &window.value) {
        Some(Window::Calls(calls)) => builder.window_calls(*calls),
        Some(Window::Time(length)) => builder.window_time(*length),
        None if args.has("window") => builder.window_time(*rules::WINDOW_TIME.end()),
        None => builder,
    }
}

/// Where the value of a key stands that owes something to another.
fn place(args: &Args, key: &str) -> Option<Span> {
    match key {
        "failure_count" => args.failure_count.as_ref().and_then(|arg| arg.value.place()),
        "min_calls" => args.min_calls.as_ref().and_then(|arg| arg.value.place()),
        "slow_rate" => args.slow_rate.as_ref().and_then(|arg| arg.value.place()),
        "cooldown_max" => args.cooldown_max.as_ref().and_then(|arg| arg.value.place()),
        _ => None,
    }
}

fn help(args: &Args, key: &str) -> String {
    match key {
        "slow_rate" => "say from what length on a call is slow: `slow_call = \"2s\"`".into(),
        "cooldown_max" => {
            let cooldown = literal(args.cooldown.as_ref()).unwrap_or(Config::new().cooldown());
            let cooldown = spell(cooldown);
            match args.cooldown {
                Some(_) => {
                    format!("write `cooldown_max = \"{cooldown}\"`, or a shorter `cooldown`")
                }
                None => format!(
                    "the default cooldown is {cooldown}; write `cooldown_max = \"{cooldown}\"`, or a shorter `cooldown`"
                ),
            }
        }
        _ => {
            let count = if key == "min_calls" { &args.min_calls } else { &args.failure_count };
            let count = literal(count.as_ref()).unwrap_or_default();
            match args.window.as_ref().map(|window| window.value) {
                Some(Window::Calls(calls)) => {
                    format!("write `{key} = {calls}`, or a larger window: `window = {count}`")
                }
                _ => format!(
                    "the default window is 100 calls; write `{key} = 100`, or a larger window: `window = {count}`"
                ),
            }
        }
    }
}

fn literal<T: Copy>(arg: Option<&Arg<Value<T>>>) -> Option<T> {
    match arg {
        Some(Arg { value: Value::Literal(value, _), .. }) => Some(*value),
        _ => None,
    }
}

/// As the attribute reads it, rounded up to the millisecond.
fn spell(length: Duration) -> String {
    match length.subsec_nanos() {
        0 => format!("{}s", length.as_secs()),
        _ => format!("{}ms", length.as_nanos().div_ceil(1_000_000)),
    }
}
