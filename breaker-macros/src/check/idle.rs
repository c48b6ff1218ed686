//! Keys that can do nothing, as no other key makes use of them.
//!
//! In other libraries `threshold = 3, window = "10s"` means three failures in ten seconds. Here
//! `threshold` counts failures in a row, and would never look at the window.

use crate::args::Args;
use crate::diagnostics::Diagnostics;

/// The keys that make use of `window` and `min_calls`.
const JUDGES: &[&str] = &["failure_rate", "failure_count", "slow_rate"];
/// The keys that lengthen a cooldown.
const LENGTHENERS: &[&str] = &["backoff", "jitter", "retry_after"];

const IDLE: [(&str, &[&str]); 3] =
    [("window", JUDGES), ("min_calls", JUDGES), ("cooldown_max", LENGTHENERS)];

/// Reports the keys that do nothing in this attribute. Keys of an `impl` block are passed over:
/// they are for all its methods. `others` are the attributes on the block's methods, which may
/// make use of its keys.
pub(super) fn check(args: &Args, others: &[&Args], diagnostics: &mut Diagnostics) {
    // The tuning beside these is elsewhere, or refused. A key that is not known may be the one
    // that is missing.
    if args.has("config") || args.has("breaker") || args.has_unknown() {
        return;
    }
    for key in args.written() {
        let name = key.to_string();
        let Some((_, users)) = IDLE.iter().find(|(idle, _)| *idle == name) else { continue };
        let is_used = |args: &Args| users.iter().any(|user| args.has(user)) || args.has("config");
        let is_right = args.text(&name).is_some();
        if !is_right
            || args.inherits(&name)
            || is_used(args)
            || others.iter().any(|other| is_used(other))
        {
            continue;
        }
        let (wrong, help) = match name.as_str() {
            "cooldown_max" => {
                let wrong = "`cooldown_max` has nothing to bound: each cooldown is `cooldown` long";
                (wrong.into(), format!("let it grow: `backoff = 2.0, {}`", given(args, &name)))
            }
            _ => (
                format!("`{name}` is of no use to `threshold`, which counts failures in a row"),
                format!("write `{}`", judged(args)),
            ),
        };
        diagnostics.report(key, wrong, help);
    }
}

/// A rule that makes use of the window and of `min_calls`, with the values that were given.
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
