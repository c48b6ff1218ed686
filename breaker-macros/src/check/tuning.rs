//! Rules between tuning keys. The core's own `ConfigBuilder` applies them.
//!
//! Only literals are reported here. The compiler checks a constant, and a literal that a rule
//! compares with a constant.

use std::time::Duration;

use breaker_core::{Config, ConfigBuilder, rules};

use crate::args::value::{Value, WindowSize};
use crate::args::{Arg, Args};
use crate::diagnostics::Diagnostics;

/// Reports each value that conflicts with another value.
pub(crate) fn check(args: &Args, diagnostics: &mut Diagnostics) {
    check_timeout(args, diagnostics);
    let mut reported: Vec<&str> = Vec::new();
    while let Err(mistake) = builder(args, &reported).build() {
        let key = mistake.key();
        let literal = args.settings().into_iter().find(|setting| setting.name == key);
        let span = literal.and_then(|setting| setting.value.span());
        let (Some(span), Some(help), false) = (span, help(args, key), reported.contains(&key))
        else {
            return;
        };
        let wrong = match key {
            "slow_rate" | "backoff_reset" => mistake.rule().to_owned(),
            _ => mistake.to_string(),
        };
        diagnostics.report_at(span, wrong, help);
        reported.push(key);
    }
}

/// Refuses a `timeout` longer than the `probe_timeout`: a probe holds its slot for all of its
/// `timeout`.
fn check_timeout(args: &Args, diagnostics: &mut Diagnostics) {
    let (Some(timeout), Some(bound)) = (&args.timeout, literal(args.probe_timeout.as_ref())) else {
        return;
    };
    match timeout.value {
        Value::Literal(length, span) if length > bound => {
            let enough = duration_text(length);
            let wrong =
                format!("`timeout` must not be longer than `probe_timeout`, found `{length:?}`");
            let help = format!(
                "a probe would lose its slot before its time is over; write `probe_timeout = \"{enough}\"`"
            );
            diagnostics.report_at(span, wrong, help);
        }
        _ => {}
    }
}

/// Builds a tuning from the literals, without the keys in `without`. A value that is no literal,
/// but limits other values, is set so that it forbids none of them.
fn builder(args: &Args, without: &[&str]) -> ConfigBuilder {
    let mut builder = Config::builder();
    // A config may have any value.
    if args.has("slow_call") || args.has("config") {
        builder = builder.slow_call(Duration::MAX);
    }
    if args.has("cooldown") || args.has("config") {
        builder = builder.cooldown(Duration::from_nanos(1));
    }
    if args.has("backoff") || args.has("config") {
        builder = builder.backoff(1.0);
    }
    if args.has("cooldown_max") || args.has("config") {
        builder = builder.cooldown_max(Duration::MAX);
    }
    if args.has("window") || args.has("config") {
        builder = builder.window_time(*rules::WINDOW_TIME.end());
    }
    macro_rules! set {
        ($($field:ident)*) => {$(
            let value = args.$field.as_ref().and_then(|arg| arg.value.literal());
            if let Some(value) = value.filter(|_| !without.contains(&stringify!($field))) {
                builder = builder.$field(*value);
            }
        )*};
    }
    with_tuning_keys!(set);
    builder
}

/// Adds a method of the key's name, which the macro below calls for every key.
trait WindowMethod {
    fn window(self, window: WindowSize) -> Self;
}

impl WindowMethod for ConfigBuilder {
    fn window(self, window: WindowSize) -> Self {
        match window {
            WindowSize::Calls(calls) => self.window_calls(calls),
            WindowSize::Time(length) => self.window_time(length),
        }
    }
}

/// Help for a key whose value another key limits; `None` for all other keys.
fn help(args: &Args, key: &str) -> Option<String> {
    match key {
        "slow_rate" => Some("say from what length on a call is slow: `slow_call = \"2s\"`".into()),
        "backoff_reset" => Some(missing_growth(args)),
        "cooldown_max" => {
            let cooldown = literal(args.cooldown.as_ref()).unwrap_or(Config::new().cooldown());
            let cooldown = duration_text(cooldown);
            let help = format!("write `cooldown_max = \"{cooldown}\"`, or a shorter `cooldown`");
            Some(match args.cooldown {
                Some(_) => help,
                None => format!("the default cooldown is {cooldown}; {help}"),
            })
        }
        "min_calls" => Some(larger_window(args, key, args.min_calls.as_ref())),
        "failure_count" => Some(larger_window(args, key, args.failure_count.as_ref())),
        _ => None,
    }
}

/// Names the keys that `backoff_reset` needs and that are not given.
fn missing_growth(args: &Args) -> String {
    let needed = [("backoff", "backoff = 2.0"), ("cooldown_max", "cooldown_max = \"5m\"")];
    let missing: Vec<_> =
        needed.into_iter().filter(|(key, _)| !args.has(key)).map(|(_, text)| text).collect();
    format!("it is for cooldowns that grow up to a bound; add `{}`", missing.join(", "))
}

fn larger_window(args: &Args, key: &str, count: Option<&Arg<Value<u64>>>) -> String {
    let count = literal(count).unwrap_or_default();
    let larger = format!("or a larger window: `window = {count}`");
    match args.window.as_ref().map(|window| window.value) {
        Some(WindowSize::Calls(calls)) => format!("write `{key} = {calls}`, {larger}"),
        _ => format!("the default window is 100 calls; write `{key} = 100`, {larger}"),
    }
}

pub(super) fn literal<T: Copy>(arg: Option<&Arg<Value<T>>>) -> Option<T> {
    arg?.value.literal().copied()
}

/// Spells a duration as the attribute reads it, rounded up to the millisecond.
pub(super) fn duration_text(length: Duration) -> String {
    match length.subsec_nanos() {
        0 => format!("{}s", length.as_secs()),
        _ => format!("{}ms", length.as_nanos().div_ceil(1_000_000)),
    }
}
