//! Keys that do nothing, since no other key uses them.
//!
//! In other libraries `threshold = 3, window = "10s"` means three failures in ten seconds. Here
//! `threshold` counts failures in a row, and never looks at the window.

use breaker_core::Config;

use super::tuning::duration_text;
use crate::args::value::Value;
use crate::args::{Arg, Args};
use crate::diagnostics::Diagnostics;

/// The keys that use `window` and `min_calls`.
const JUDGES: &[&str] = &["failure_rate", "failure_count", "slow_rate"];
/// The keys that lengthen a cooldown.
const LENGTHENERS: &[&str] = &["backoff", "jitter", "retry_after"];

const IDLE: [(&str, &[&str]); 4] = [
    ("window", JUDGES),
    ("min_calls", JUDGES),
    ("cooldown_max", LENGTHENERS),
    ("backoff_reset", &["backoff"]),
];

/// Reports the keys that do nothing in this attribute. Keys that come from an `impl` block are
/// skipped: they serve all of its methods. `others` are the attributes on the block's methods,
/// which may use the block's keys.
pub(super) fn check(args: &Args, others: &[&Args], diagnostics: &mut Diagnostics) {
    // `config` and `breaker` bring tuning from elsewhere, or are refused beside it. An unknown key
    // may be a misspelt user of the window.
    if args.has("config") || args.has("breaker") || args.has_unknown() {
        return;
    }
    for key in args.written() {
        let name = key.to_string();
        let Some((_, users)) = IDLE.iter().find(|(idle, _)| *idle == name) else { continue };
        let is_used =
            |args: &Args| users.iter().any(|user| has_effect(args, user)) || args.has("config");
        let is_right = args.text(&name).is_some();
        if !is_right
            || args.inherits(&name)
            || is_used(args)
            // The core's rule reports this case.
            || name == "backoff_reset" && !args.has("backoff")
            || others.iter().any(|other| is_used(other))
        {
            continue;
        }
        let (wrong, help) = match name.as_str() {
            "cooldown_max" => {
                let wrong = "`cooldown_max` has nothing to bound: each cooldown is `cooldown` long";
                (wrong.into(), format!("let it grow: `backoff = 2.0, {}`", bound(args)))
            }
            "backoff_reset" => {
                let wrong =
                    "`backoff_reset` has nothing to reset: no cooldown grows by this `backoff`";
                (wrong.into(), "let it grow: `backoff = 2.0`".into())
            }
            _ => (
                format!("`{name}` is of no use to `threshold`, which counts failures in a row"),
                format!("write `{}`", judged(args)),
            ),
        };
        diagnostics.report(key, wrong, help);
    }
}

/// Returns true if the key is given with a number that has an effect.
fn has_effect(args: &Args, key: &str) -> bool {
    let is = |value: &Option<Arg<Value<f64>>>, idle: f64| {
        let literal = value.as_ref().and_then(|arg| arg.value.literal());
        literal.is_some_and(|literal| literal.to_bits() == idle.to_bits())
    };
    match key {
        "backoff" if is(&args.backoff, 1.0) => false,
        "jitter" if is(&args.jitter, 0.0) => false,
        _ => args.has(key),
    }
}

/// The `cooldown_max` as it was written, or a longer one if it is below the cooldown.
fn bound(args: &Args) -> String {
    let cooldown = match &args.cooldown {
        Some(cooldown) => cooldown.value.literal().copied().unwrap_or_default(),
        None => Config::new().cooldown(),
    };
    match args.cooldown_max.as_ref().and_then(|most| most.value.literal()) {
        Some(most) if *most < cooldown => {
            format!("cooldown_max = \"{}\"", duration_text(cooldown.saturating_mul(10)))
        }
        _ => given(args, "cooldown_max"),
    }
}

/// A rule that uses the window and `min_calls`, with the values that were given.
fn judged(args: &Args) -> String {
    let rule = if args.has("min_calls") {
        "failure_rate = 0.5".into()
    } else {
        format!("failure_count = {}", args.text("threshold").unwrap_or("5"))
    };
    let others = ["window", "min_calls"].into_iter().filter(|key| args.has(key));
    others.fold(rule, |text, key| format!("{text}, {}", given(args, key)))
}

/// `KEY = VALUE` as it was written.
fn given(args: &Args, key: &str) -> String {
    format!("{key} = {}", args.text(key).unwrap_or_default())
}
