//! Performs the actions of an operator.

use std::sync::Arc;

use breaker_core::{Breaker, Registry};
use http::request::Parts;
use http::{Response, StatusCode};
use serde::Serialize;

use super::query::{self, Order};
use super::{Action, ActionKind, Allow};
use crate::answer::{self, Problem, shown};
use crate::body::Body;
use crate::core::Heard;
use crate::operator::{Laid, Refused};
use crate::time;

/// The header that an action needs. A page of another site must ask first to send it, and is never
/// allowed to.
const HEADER: &str = "breakerbox-action";
/// The header by which current browsers say which site a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// The breakers that an action is addressed to.
pub(crate) struct Target<'a> {
    pub(crate) name: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) action: &'a str,
}

#[derive(Serialize)]
struct Done<'a> {
    action: &'static str,
    name: &'a str,
    key: Option<&'a str>,
    breakers: usize,
}

/// Performs the action of a request, if it is allowed.
pub(crate) fn perform(
    heard: &Heard,
    allow: &Allow,
    (request, has_body): (&Parts, bool),
    target: &Target<'_>,
) -> Result<Response<Body>, Problem> {
    let Target { name, key, action } = *target;
    let Some(kind) = ActionKind::find(action) else {
        let known = ActionKind::ALL.map(|kind| format!("`{kind}`")).join(", ");
        let wrong = format!("there is no action {}", shown(action));
        return Err(Problem::not_found(wrong).help(format!("the actions are {known}")));
    };
    check_origin(request)?;
    if has_body {
        let wrong = "an action has no body";
        let help = format!("put its parameters into the query: `{action}?note=why`");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, wrong).help(help));
    }
    let asked = Action { kind, name, key };
    if !allow(request, &asked) {
        record_refusal(asked);
        let wrong = format!("`{kind}` is not allowed to this request");
        return Err(Problem::new(StatusCode::FORBIDDEN, wrong));
    }
    let breakers = targets(&heard.registry, name, key);
    if breakers.is_empty() {
        return Err(unknown(name, key));
    }
    let (order, note) = query::read(kind, request.uri.query().unwrap_or_default())?;
    let count = breakers.len();
    carry_out(heard, asked, order, note.as_deref(), breakers)?;
    record(asked, count, note.as_deref());
    Ok(answer::json(&Done { action: kind.as_str(), name, key, breakers: count }))
}

fn check_origin(request: &Parts) -> Result<(), Problem> {
    let forbidden = |wrong: &str| Problem::new(StatusCode::FORBIDDEN, wrong);
    if !request.headers.contains_key(HEADER) {
        let help = format!("send the header `{HEADER}: 1`, which another site cannot send");
        return Err(forbidden("the header of the page is missing").help(help));
    }
    let site = request.headers.get(FETCH_SITE);
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(forbidden("the request comes from another site"));
    }
    Ok(())
}

/// Returns the breaker of a key, or the name's own breaker with those of its keys.
fn targets(registry: &Registry, name: &str, key: Option<&str>) -> Vec<Arc<Breaker>> {
    match key {
        Some(key) => registry.get_key(name, key).into_iter().collect(),
        None => registry.iter().filter(|breaker| breaker.family() == name).collect(),
    }
}

pub(crate) fn unknown(name: &str, key: Option<&str>) -> Problem {
    let what = match key {
        Some(key) => format!("there is no breaker {} with the key {}", shown(name), shown(key)),
        None => format!("there is no breaker {}", shown(name)),
    };
    Problem::not_found(what).help("a breaker is there once its function has been called")
}

fn carry_out(
    heard: &Heard,
    asked: Action<'_>,
    order: Order,
    note: Option<&str>,
    breakers: Vec<Arc<Breaker>>,
) -> Result<(), Problem> {
    let each = |control: &dyn Fn(&Breaker)| breakers.iter().for_each(|breaker| control(breaker));
    match order {
        Order::ForceOpen => each(&|breaker| breaker.force_open()),
        Order::OpenFor(length) => each(&|breaker| breaker.open_for(length)),
        Order::Observe => each(&|breaker| breaker.observe()),
        Order::Disable => each(&|breaker| breaker.disable()),
        Order::Reset => each(&|breaker| breaker.reset()),
        Order::Override(settings, over) => {
            drop(breakers);
            let laid = (!settings.is_empty()).then(|| Laid {
                settings,
                note: note.map(str::to_owned),
                at_ms: time::now(),
                over: *over,
            });
            let Action { name, key, .. } = asked;
            heard.operator.lay(&heard.registry, name, key, laid).map_err(refused)?;
        }
    }
    Ok(())
}

fn refused(refused: Refused) -> Problem {
    let wrong = match refused {
        Refused::Name(error) => error.to_string(),
        Refused::Invalid(error) => error.to_string(),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, wrong).help("nothing has been changed")
}

/// Writes the action into the program's log.
#[cfg(feature = "tracing")]
fn record(asked: Action<'_>, breakers: usize, note: Option<&str>) {
    tracing::info!(
        target: "breakerbox",
        breaker = asked.name,
        key = asked.key.map(|key| key.escape_debug().to_string()),
        action = asked.kind.as_str(),
        breakers,
        // The operator's note, without line breaks, which would look like another record.
        note = note.map(|note| note.escape_debug().to_string()),
        "circuit breaker steered from the page"
    );
}

#[cfg(feature = "tracing")]
fn record_refusal(asked: Action<'_>) {
    tracing::warn!(
        target: "breakerbox",
        breaker = %asked.name.escape_debug(),
        key = asked.key.map(|key| key.escape_debug().to_string()),
        action = asked.kind.as_str(),
        "action on circuit breaker refused by the page"
    );
}

#[cfg(not(feature = "tracing"))]
fn record(_: Action<'_>, _: usize, _: Option<&str>) {}

#[cfg(not(feature = "tracing"))]
fn record_refusal(_: Action<'_>) {}
