//! Cases, and how a file spells them.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::{Action, whole};
use crate::claim::{Claim, Measure};
use crate::scope;

/// One scenario: a line of a file.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) header: Header,
    /// Semantics that it needs.
    pub(crate) pins: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
}

/// Actions in a row, and what holds after them; with their spelling.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) actions: Vec<(String, Action)>,
    pub(crate) claims: Vec<(String, Claim)>,
}

/// The `key=value` pairs of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header(BTreeMap<String, String>);

const KINDS: [&str; 21] = [
    "core",
    "time",
    "slow",
    "halfopen",
    "late",
    "predicate",
    "manual",
    "events",
    "backoff",
    "metrics",
    "fallback",
    "registry",
    "config",
    "twostep",
    "shared",
    "nested",
    "panic",
    "cancel",
    "concurrent",
    "clock",
    "persist",
];

const KEYS: [&str; 24] = [
    "t",
    "src",
    "kind",
    "sem",
    "policy",
    "threshold",
    "rate",
    "min",
    "window",
    "cooldown",
    "probes",
    "close_after",
    "close_ratio",
    "ho_sample",
    "probe_timeout",
    "slow",
    "slow_rate",
    "record",
    "ignore",
    "record_ok",
    "fallback",
    "name",
    "initial",
    "shared",
];

/// The cases of a file, each with its line number; for a line that is none, what
/// is wrong with it.
pub(crate) fn parse(text: &str) -> Vec<(usize, Result<Case, String>)> {
    let mut ids = BTreeSet::new();
    let lines = text.lines().map(str::trim).enumerate();
    let is_case =
        |line: &str| !line.is_empty() && !line.starts_with('#') && !line.starts_with("@section ");
    let mut parse = |line| {
        let case = Case::parse(line)?;
        let is_new = ids.insert(case.id.clone());
        if is_new { Ok(case) } else { Err(format!("duplicate id `{}`", case.id)) }
    };
    lines
        .filter(|(_, line)| is_case(line))
        .map(|(number, line)| (number + 1, parse(line)))
        .collect()
}

impl Case {
    fn parse(line: &str) -> Result<Self, String> {
        let mut pieces = pieces(line).into_iter();
        let mut words = words(pieces.next().unwrap_or_default())?.into_iter();
        if words.next().as_deref() != Some("case") {
            return Err("expected `case`".to_owned());
        }
        let id = words.next().ok_or("a case needs an id")?;
        let header = Header::parse(words)?;
        let pins = header.pins()?;
        let steps = pieces.filter(|piece| !piece.is_empty());
        let steps = steps.map(Step::parse).collect::<Result<Vec<_>, _>>()?;
        let case = Case { id, header, pins, steps };
        case.check_calls()?;
        if case.claims().next().is_none() {
            return Err("the case claims nothing".to_owned());
        }
        Ok(case)
    }

    /// Returns true if the case is about a configuration, which may be a bad one.
    pub(crate) fn is_of_config(&self) -> bool {
        self.header.get("kind") == Some("config")
    }

    pub(crate) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.steps.iter().flat_map(|step| step.actions.iter().map(|(_, action)| action))
    }

    fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.steps.iter().flat_map(|step| step.claims.iter().map(|(_, claim)| claim))
    }

    /// Returns true if the case claims a number that only a window counts.
    pub(crate) fn reads_window(&self) -> bool {
        let is_of_window = |of: &Measure| of.is_of_window();
        self.claims().any(|claim| matches!(claim, Claim::Measure { of, .. } if is_of_window(of)))
    }

    /// Each call in two steps is started once, before its end.
    fn check_calls(&self) -> Result<(), String> {
        let mut started = BTreeSet::new();
        for action in self.actions() {
            match action {
                Action::Start { call, .. } if !started.insert(call) => {
                    return Err(format!("call `{call}` is started twice"));
                }
                Action::End { call, .. } if !started.contains(call) => {
                    return Err(format!("end of unknown call `{call}`"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Step {
    /// `actions -> claims`, or actions alone.
    fn parse(text: &str) -> Result<Self, String> {
        let (actions, claims) = match text.split_once("->") {
            Some((_, claims)) if claims.trim().is_empty() => {
                return Err("`->` without a claim".to_owned());
            }
            Some(parts) => parts,
            None => (text, ""),
        };
        Ok(Step {
            actions: parse_each(actions, "action", Action::parse)?,
            claims: parse_each(claims, "expectation", Claim::parse)?,
        })
    }
}

fn parse_each<T>(
    text: &str,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<(String, T)>, String> {
    let one = |word: &str| match parse(word) {
        Some(parsed) => Ok((word.to_owned(), parsed)),
        None => Err(format!("unknown {what} `{word}`")),
    };
    text.split_whitespace().map(one).collect()
}

impl Header {
    fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut header = Header::default();
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                return Err(format!("expected `key=value`, found `{word}`"));
            };
            if !KEYS.contains(&key) && !key.starts_with("ov.") {
                return Err(format!("unknown key `{key}`"));
            }
            if header.0.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(format!("duplicate key `{key}`"));
            }
        }
        for key in ["t", "src", "kind"] {
            if header.get(key).is_none_or(str::is_empty) {
                return Err(format!("missing `{key}=`"));
            }
        }
        match header.get("kind") {
            Some(kind) if !KINDS.contains(&kind) => Err(format!("unknown kind `{kind}`")),
            Some("config") => Ok(header),
            _ => header.check_numbers().map(|()| header),
        }
    }

    /// Checks the numbers of a case that runs: a bad value is the business of
    /// `kind=config` alone.
    fn check_numbers(&self) -> Result<(), String> {
        for key in ["threshold", "min", "probes", "close_after"] {
            if self.get(key).is_some_and(|value| whole::<u64>(value).is_none()) {
                return Err(format!("`{key}` must be a number"));
            }
        }
        match (self.get("policy"), self.get("rate")) {
            (Some("rate"), None) => Err("`policy=rate` needs `rate=`".to_owned()),
            (None | Some("consecutive" | "rate" | "count"), _) => Ok(()),
            (Some(policy), _) => Err(format!("unknown policy `{policy}`")),
        }
    }

    fn pins(&self) -> Result<Vec<(String, String)>, String> {
        let pins = self.get("sem").unwrap_or_default().split(',').filter(|pin| !pin.is_empty());
        let known = |pin: &str| {
            let (knob, value) = pin.split_once(':')?;
            scope::is_known(knob, value).then(|| (knob.to_owned(), value.to_owned()))
        };
        pins.map(|pin| known(pin).ok_or_else(|| format!("unknown semantic `{pin}`"))).collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    pub(crate) fn set_default(&mut self, key: &str, value: &str) {
        if self.get(key).is_none() {
            self.set(key, value);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// With the overrides in force: a method's over a global one, and that over
    /// the declaration's own.
    pub(crate) fn overridden(&self) -> Header {
        let mut header = self.clone();
        header.0.retain(|key, _| !key.starts_with("ov."));
        for scope in ["ov.global.", "ov.method."] {
            for (key, value) in &self.0 {
                if let Some(key) = key.strip_prefix(scope) {
                    header.set(key, value);
                }
            }
        }
        header
    }
}

/// A line at its semicolons that stand alone.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in line.match_indices(';') {
        let before = line[start..at].ends_with(char::is_whitespace);
        let after = line[at + 1..].chars().next().is_none_or(char::is_whitespace);
        if before && after {
            pieces.push(line[start..at].trim());
            start = at + 1;
        }
    }
    pieces.push(line[start..].trim());
    pieces
}

/// A text at its white space, but for what is quoted, as a shell does.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            (_, Some(open)) if char == open => quote = None,
            ('\\', Some('"')) => match chars.next() {
                Some(next @ ('"' | '\\')) => word.get_or_insert_default().push(next),
                next => word.get_or_insert_default().extend(['\\'].into_iter().chain(next)),
            },
            ('\\', None) => word.get_or_insert_default().extend(chars.next()),
            ('"' | '\'', None) => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (_, None) if char.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    if quote.is_some() {
        return Err("a quotation is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}
