//! The tunings to play: every combination of the values given.

use breaker_core::Config;
use breaker_core::written::{Fault, Literal, Parameter, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::failure::Failure;

/// The most tunings of one run.
const MOST: usize = 1000;

/// A value, and its text on the command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    pub(crate) key: &'static str,
    pub(crate) written: String,
    value: Value,
}

/// One tuning: the values given, in the order of the flags.
#[derive(Clone, Debug)]
pub(crate) struct Tuning {
    pub(crate) given: Vec<Given>,
    pub(crate) config: Config,
}

/// All tunings of a run.
#[derive(Debug)]
pub(crate) struct Grid {
    /// At least one.
    pub(crate) tunings: Vec<Tuning>,
    /// The combinations that break a rule, with the reason.
    pub(crate) refused: Vec<String>,
}

impl Grid {
    /// Combines the values of the flags. The values of the last flag vary fastest.
    ///
    /// # Errors
    /// A value is refused, or every combination is, or there are too many.
    pub(crate) fn of(flags: Vec<(&'static str, String)>) -> Result<Self, Failure> {
        let mut combinations: Vec<Vec<Given>> = vec![Vec::new()];
        for (key, list) in flags {
            let values: Vec<Given> =
                list.split(',').map(|text| read(key, text.trim())).collect::<Result<_, _>>()?;
            if combinations.len() * values.len() > MOST {
                return Err(Failure::new(
                    format!("the grid has more than {MOST} tunings"),
                    "give fewer values; two or three for each flag tell most",
                ));
            }
            let with =
                |value: &Given, given: &[Given]| [given, std::slice::from_ref(value)].concat();
            combinations = combinations
                .iter()
                .flat_map(|given| values.iter().map(move |value| with(value, given)))
                .collect();
        }
        let (mut tunings, mut refused) = (Vec::new(), Vec::new());
        for given in combinations {
            match config(&given) {
                Ok(config) => tunings.push(Tuning { given, config }),
                Err(wrong) => refused.push(format!("{}: {wrong}", flags_of(&given))),
            }
        }
        match refused.first() {
            Some(first) if tunings.is_empty() => Err(Failure::new(first, "")),
            _ => Ok(Self { tunings, refused }),
        }
    }
}

impl Tuning {
    /// The tuning as flags: `--threshold 5 --cooldown 30s`.
    pub(crate) fn flags(&self) -> String {
        flags_of(&self.given)
    }

    /// The keys and values in a table of TOML, or in an attribute: `threshold = 5`.
    pub(crate) fn settings(&self) -> impl Iterator<Item = String> {
        self.given.iter().map(|Given { key, written, value }| match value {
            Value::Length(_) => format!("{key} = \"{written}\""),
            // A whole number is no float in Rust and in TOML.
            Value::Share(share) => format!("{key} = {share:?}"),
            _ => format!("{key} = {written}"),
        })
    }
}

impl Serialize for Tuning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.given.len()))?;
        for Given { key, written, value } in &self.given {
            match value {
                Value::Number(number) => map.serialize_entry(key, number)?,
                Value::Share(share) => map.serialize_entry(key, share)?,
                Value::Length(_) | Value::Flag(_) => map.serialize_entry(key, written)?,
            }
        }
        map.end()
    }
}

fn flags_of(given: &[Given]) -> String {
    if given.is_empty() {
        return "the defaults".into();
    }
    let flag = |Given { key, written, .. }: &Given| format!("{} {written}", flag(key));
    given.iter().map(flag).collect::<Vec<_>>().join(" ")
}

fn flag(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}

fn config(given: &[Given]) -> Result<Config, String> {
    let set = |builder, Given { key, value, .. }: &Given| match Parameter::find(key) {
        Some(parameter) => parameter.set(builder, *value),
        None => builder,
    };
    let config = given.iter().fold(Config::builder(), set).build();
    let config = config.map_err(|error| match error.key() {
        // Their rules are about another key, which has no value here.
        "slow_rate" | "backoff_reset" => error.rule().to_owned(),
        _ => error.to_string(),
    })?;
    given.iter().find_map(|of| idle(of.key, given)).map_or(Ok(config), Err)
}

/// Says why a key does nothing in a tuning; an attribute refuses such a key too.
fn idle(key: &str, given: &[Given]) -> Option<String> {
    let is_judged = |of: &Given| ["failure_rate", "failure_count", "slow_rate"].contains(&of.key);
    let grows = |of: &Given| of.key == "backoff" && of.value != Value::Share(1.0);
    match key {
        "window" | "min_calls" if !given.iter().any(is_judged) => Some(format!(
            "`{}` is of no use to a threshold, which counts failures in a row; add \
             `--failure-rate`, `--failure-count` or `--slow-rate`",
            flag(key)
        )),
        "cooldown_max" | "backoff_reset" if !given.iter().any(grows) => {
            Some(format!("`{}` is of no use: no `--backoff` lengthens the cooldown", flag(key)))
        }
        _ => None,
    }
}

/// Reads a value by its key's own rule.
fn read(key: &'static str, text: &str) -> Result<Given, Failure> {
    let Some(parameter) = Parameter::find(key) else {
        return Err(Failure::new(format!("unknown key `{key}`"), ""));
    };
    let value = parameter.read(&literal(text)).map_err(|Fault { wrong, help }| {
        // The help shows the key as an attribute has it.
        let help = help.replace(&format!("{key} = "), &format!("{} ", flag(key))).replace('"', "");
        Failure::new(wrong.replace(&format!("`{key}`"), &format!("`{}`", flag(key))), help)
    })?;
    Ok(Given { key, written: text.to_owned(), value })
}

fn literal(text: &str) -> Literal<'_> {
    if let Ok(value) = text.parse::<i128>() {
        return Literal::Integer { written: text, value };
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    match text.parse::<f64>() {
        Ok(value) if is_number => Literal::Float { written: text, value },
        _ => Literal::Text { written: text, value: text },
    }
}

/// Says what a key does.
pub(crate) fn about(key: &str) -> &'static str {
    match key {
        "threshold" => {
            "Failures in a row that open the breaker [default: 5, or none beside a rate or count]"
        }
        "failure_rate" => "Share of failures in the window that opens it, such as 0.5",
        "failure_count" => "Failures in the window that open it",
        "window" => {
            "Recent calls that rates and counts are taken over: a time, or a number of calls [default: 100]"
        }
        "min_calls" => {
            "Calls in the window before a rate is judged [default: 10, or the window if smaller]"
        }
        "slow_call" => "Duration from which a call is slow: a failure, unless there is a slow rate",
        "slow_rate" => "Share of slow calls in the window that opens it",
        "cooldown" => "Time that it stays open before it lets a probe through [default: 30s]",
        "backoff" => {
            "Factor by which each failed half-open lengthens the next cooldown [default: 1]"
        }
        "cooldown_max" => "Longest cooldown",
        "backoff_reset" => "Time that it must stay closed before the backoff starts anew",
        "probes" => "Probes at once while half-open [default: 1]",
        "success_threshold" => "Successful probes that close it [default: 1]",
        "probe_timeout" => {
            "Time after which a probe loses its slot [default: the longer of cooldown and slow call]"
        }
        _ => "",
    }
}
