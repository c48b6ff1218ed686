//! The query of an action.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use breaker_core::Override;
use breaker_core::written::{self, Fault, Key, Literal};
use http::StatusCode;

use super::ActionKind;
use crate::answer::{Problem, shown};

/// The longest note, in bytes.
const LONGEST_NOTE: usize = 500;
const TIME: Key = Key { name: "time", example: "open-for?time=5m" };

/// The action, with its parameters.
pub(super) enum Order {
    ForceOpen,
    OpenFor(Duration),
    Observe,
    Disable,
    Reset,
    /// The parameters as they were written, and their meaning. Without parameters, the override is
    /// removed.
    Override(BTreeMap<String, String>, Box<Override>),
}

/// Reads a query. Returns the action, and the operator's note.
pub(super) fn read(kind: ActionKind, query: &str) -> Result<(Order, Option<String>), Problem> {
    let mut rest: BTreeMap<Cow<'_, str>, Cow<'_, str>> = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let wrong = format!("{} is given twice", shown(&key));
        if rest.insert(key, value).is_some() {
            return Err(bad(wrong));
        }
    }
    let note = rest.remove("note").filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.len() > LONGEST_NOTE) {
        return Err(bad(format!("`note` is longer than {LONGEST_NOTE} bytes")));
    }
    let order = match kind {
        ActionKind::ForceOpen => Order::ForceOpen,
        ActionKind::OpenFor => Order::OpenFor(time(rest.remove("time").as_deref())?),
        ActionKind::Observe => Order::Observe,
        ActionKind::Disable => Order::Disable,
        ActionKind::Reset => Order::Reset,
        ActionKind::Override => settings(std::mem::take(&mut rest))?,
    };
    match rest.keys().next() {
        None => Ok((order, note.map(Cow::into_owned))),
        Some(unknown) => {
            let also = if kind == ActionKind::OpenFor { "`time` and " } else { "" };
            let wrong = format!("unknown parameter {}", shown(unknown));
            Err(bad(wrong).help(format!("`{kind}` takes {also}`note`")))
        }
    }
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

fn time(value: Option<&str>) -> Result<Duration, Problem> {
    let Some(value) = value else {
        return Err(bad("`open-for` needs `time`").help(TIME.help()));
    };
    let text = Literal::Text { written: value, value };
    written::length(TIME, &text).map_err(|fault| {
        let Fault { wrong, .. } = fault;
        bad(wrong).help(TIME.help())
    })
}

fn settings(given: BTreeMap<Cow<'_, str>, Cow<'_, str>>) -> Result<Order, Problem> {
    let pairs = given.iter().map(|(key, value)| (&**key, &**value));
    let over = breaker_config::read_pairs(pairs).map_err(|faults| {
        let wrong: Vec<_> = faults.iter().map(|fault| fault.wrong.as_str()).collect();
        let help: Vec<_> = faults.iter().map(|fault| fault.help.as_str()).collect();
        bad(wrong.join("; ")).help(help.join("; "))
    })?;
    let written = given.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned()));
    Ok(Order::Override(written.collect(), Box::new(over)))
}
