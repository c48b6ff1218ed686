//! The cases that are about a breaker like ours.
//!
//! Suites disagree on some points, and a case may pin one side. One that pins
//! the other side than ours is skipped, and so is one that needs something
//! breakers of this crate do not do. Nothing else is.

use crate::action::Action;
use crate::case::{Case, Header};

/// A point of disagreement, our side, and the other ones.
const KNOBS: [(&str, &str, &[&str]); 28] = [
    ("eval", "fail", &["any"]),
    ("cmp", "ge", &["gt"]),
    ("full", "min", &["window", "plus1"]),
    ("edge", "incl", &["excl"]),
    ("bucket", "aligned", &["exact", "lazy"]),
    ("reopen", "first", &["all"]),
    ("permit", "inflight", &["total"]),
    ("extra", "reject", &["queue", "admit"]),
    ("late", "drop", &["count"]),
    ("ignored", "neutral", &["success"]),
    ("panic", "failure", &["neutral"]),
    ("cancel", "neutral", &["success", "failure"]),
    ("slow_cmp", "ge", &["gt"]),
    ("ho_slow", "count", &["ignore"]),
    ("read", "lazy", &["on_read"]),
    ("stats", "keep", &["clear"]),
    ("man_ho", "ok", &["illegal"]),
    ("lost", "reprobe", &["never", "reopen"]),
    ("fallback_on", "rejected", &["any_error"]),
    ("trip_err", "original", &["replaced"]),
    ("conflict", "error", &["first_wins", "replace"]),
    ("store", "keep", &["fail_open", "fail_closed"]),
    ("v_cooldown0", "error", &["ok"]),
    ("v_probes0", "error", &["one"]),
    ("v_min_gt_window", "error", &["clamp"]),
    ("v_rate0", "error", &["ok"]),
    ("v_rate1", "ok", &["error"]),
    ("v_min0", "error", &["ok"]),
];

/// The abilities that breakers of this crate do not have, each with the reason.
const CAPABILITIES: [(Needs, &str); 6] = [
    (
        needs_shared_state,
        "state shared between processes: a breaker's state lives in its process, no store is read",
    ),
    (
        needs_restored_state,
        "state restored from a snapshot: a new process starts closed, and finds out again",
    ),
    (
        needs_other_window,
        "tumbling or unbounded windows: one forgets all at once, the other nothing; \
         ours slide over a time or a number of calls",
    ),
    (
        needs_ratio,
        "half-open judged by a ratio (`close_ratio`, `ho_sample`): the first failed probe reopens",
    ),
    (needs_cooldown_list, "a list of cooldowns: they grow by a factor, up to a cap"),
    (
        needs_class,
        "class-level overrides: tuning is given to one name or to all, there is no level between",
    ),
];

type Needs = fn(&Case) -> bool;

/// Returns true if the format has such a pin.
pub(crate) fn is_known(knob: &str, value: &str) -> bool {
    let matches = |(name, ours, others): &(&str, &str, &[&str])| {
        *name == knob && (*ours == value || others.contains(&value))
    };
    KNOBS.iter().any(matches)
}

/// Returns the reason to skip the case, if there is one.
pub(crate) fn reason_to_skip(case: &Case) -> Option<String> {
    let is_ours = |knob: &str, value: &str| {
        KNOBS.iter().any(|(name, ours, _)| *name == knob && *ours == value)
    };
    if let Some((knob, value)) = case.pins.iter().find(|(knob, value)| !is_ours(knob, value)) {
        return Some(format!("pins {knob}:{value}"));
    }
    let missing = CAPABILITIES.iter().find(|(needs, _)| needs(case));
    missing.map(|(_, reason)| format!("needs {reason}"))
}

fn needs_shared_state(case: &Case) -> bool {
    case.header.get("shared").is_some()
        || case.actions().any(|action| matches!(action, Action::Shared))
}

fn needs_restored_state(case: &Case) -> bool {
    case.actions().any(|action| matches!(action, Action::Restored))
}

/// A window that is not mentioned is unbounded, and matters if something is
/// judged over it. Where only the shape of the tuning is looked at, a window that
/// is not mentioned is just that.
fn needs_other_window(case: &Case) -> bool {
    let header = case.header.overridden();
    let is_judged = matches!(header.get("policy"), Some("rate" | "count"));
    match header.get("window") {
        Some(window) if window.starts_with("tumbling") => true,
        Some("all") => is_judged,
        None => is_judged && !case.is_of_config(),
        Some(_) => false,
    }
}

fn needs_ratio(case: &Case) -> bool {
    let header = case.header.overridden();
    header.get("close_ratio").is_some() || header.get("ho_sample").is_some()
}

fn needs_cooldown_list(case: &Case) -> bool {
    let is_list = |header: &Header| {
        header.get("cooldown").is_some_and(|cooldown| cooldown.starts_with("list:"))
    };
    is_list(&case.header.overridden())
}

fn needs_class(case: &Case) -> bool {
    case.header.keys().any(|key| key.starts_with("ov.class."))
}
