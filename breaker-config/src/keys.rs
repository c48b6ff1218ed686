//! The keys of a table, and the message for an unknown key.
//!
//! The table of the parameters is that of the core. Tests hold the attribute, the file, the
//! variables, the schema and the table in this crate's documentation to it.

use breaker_core::Switch;
use breaker_core::written::{
    Fault, Key, Literal, OF_FUNCTIONS, OF_STREAMS, PARAMETERS, Parameter, Value, Vocabulary,
};

/// The key that switches a breaker's state.
pub(crate) const STATE: Key = Key { name: "state", example: "state = \"observing\"" };

/// The key whose table holds the keys of a name.
const KEYS: Key = Key { name: "keys", example: "keys.\"gpt-4\".cooldown = \"5m\"" };

/// The switches, as they are written.
pub(crate) const STATES: [(&str, Switch); 3] = [
    ("observing", Switch::Observing),
    ("disabled", Switch::Disabled),
    ("isolated", Switch::Isolated),
];

/// Keys that set a breaker's state in the files of other libraries.
const STEERING: [&str; 9] = [
    "enabled",
    "enable",
    "disabled",
    "disable",
    "force_open",
    "force_closed",
    "isolated",
    "observe",
    "initial_state",
];

/// A key with a value that is valid by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setting {
    Parameter(&'static str, Value),
    State(Switch),
}

impl Setting {
    /// Reads the value of a key. Returns `None` if the key is not known.
    pub(crate) fn read(key: &str, found: &Literal<'_>) -> Option<Result<Self, Fault>> {
        if key == STATE.name {
            return Some(state(found).map(Self::State));
        }
        let parameter = Parameter::find(key)?;
        let name = parameter.key.name;
        Some(parameter.read(found).map(|value| Self::Parameter(name, value)))
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Parameter(key, _) => key,
            Self::State(_) => STATE.name,
        }
    }
}

/// Returns true for the keys that a table may have.
pub(crate) fn is_known(key: &str) -> bool {
    key == STATE.name || Parameter::find(key).is_some()
}

/// Says what a key does, for the schema and the documentation.
pub(crate) fn about(key: &str) -> &'static str {
    match key {
        "threshold" => "Opens after this many failures in a row.",
        "failure_rate" => "Opens when this share of the calls in the window has failed.",
        "failure_count" => "Opens when the window holds this many failures.",
        "window" => {
            "The recent calls that rates and counts are taken over: a time, or a number of calls."
        }
        "min_calls" => "How many calls the window must hold before a rate is judged.",
        "slow_call" => {
            "A call that is out for this long is slow: a failure, unless `slow_rate` is given."
        }
        "slow_rate" => "Opens when this share of the calls in the window is slow.",
        "cooldown" => "Stays open this long before a call is let through as a probe.",
        "backoff" => "Multiplies the next cooldown by this after each failed half-open.",
        "cooldown_max" => "The longest cooldown.",
        "backoff_reset" => "How long it must stay closed before `backoff` starts anew.",
        "jitter" => "Lengthens each cooldown by up to this share of itself, at random.",
        "probes" => "How many probes hold a slot at once in half-open.",
        "success_threshold" => "Closes after this many successful probes.",
        "probe_timeout" => "A probe that is out for longer loses its slot.",
        "count_calls" => "Counts all calls by their outcome, and not only those that fail.",
        "state" => "Holds breakers in this state until it is taken out of the file.",
        _ => "",
    }
}

fn state(found: &Literal<'_>) -> Result<Switch, Fault> {
    let fault = |wrong| {
        let help = "write `state = \"observing\"`, `\"disabled\"` or `\"isolated\"`, or leave \
                    `state` out";
        Fault { wrong, help: help.into() }
    };
    let Literal::Text { value, .. } = *found else {
        return Err(fault(format!("expected a string for `state`, found {}", found.describe())));
    };
    let known = STATES.iter().find(|(word, _)| *word == value);
    known
        .map(|(_, switch)| *switch)
        .ok_or_else(|| fault(format!("unknown value `{}` for `state`", value.escape_debug())))
}

/// The fault of an unknown key. `has_keys` says if a table `keys` may stand there.
pub(crate) fn unknown(name: &str, has_keys: bool) -> Fault {
    let shown = name.escape_debug();
    if OF_FUNCTIONS.contains(&name) || OF_STREAMS.contains(&name) {
        let wrong = format!("`{shown}` belongs to the function, and is no tuning");
        let help = if name == "key" && has_keys {
            "the tuning of one key is a table: `[breakers.NAME.keys.\"gpt-4\"]`".to_owned()
        } else {
            "leave it out: only the function's attribute can give it".to_owned()
        };
        return Fault { wrong, help };
    }
    let wrong = format!("unknown key `{shown}`");
    let words: &str = &name.to_ascii_lowercase().replace('-', "_");
    if STEERING.contains(&words) {
        return Fault { wrong, help: format!("here it is `state`: `{}`", STATE.example) };
    }
    let extra = [STATE, KEYS].into_iter().take(if has_keys { 2 } else { 1 });
    let keys: Vec<_> = PARAMETERS.iter().map(|parameter| parameter.key).chain(extra).collect();
    Fault { wrong, help: Vocabulary { keys: &keys, noun: "key" }.help(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the documentation has each key with its example and its effect.
    #[test]
    fn every_key_is_explained() {
        let documentation = include_str!("lib.rs");
        let keys = PARAMETERS.iter().map(|parameter| parameter.key).chain([STATE]);
        for key in keys {
            let about = about(key.name);
            assert!(!about.is_empty(), "{}", key.name);
            let row = format!("//! | `{}` | {about} |\n", key.example);
            assert!(documentation.contains(&row), "{row}");
        }
    }
}
