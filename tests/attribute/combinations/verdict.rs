//! `failure`, `ignore`, `trip` and `retry_after`, which judge one output.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};

use super::{Error, SECOND, cooldown, state};

#[circuit_breaker(
    name = "overlap",
    threshold = 2,
    ignore = Err(error) if error.is_ours(),
    trip(Err(Error::Unauthorized), Err(Error::Overloaded { .. }), Ok(0)),
)]
fn overlap(outcome: Result<u8, Error>) -> Result<u8, Error> {
    outcome
}

#[circuit_breaker(
    name = "value",
    threshold = 3,
    failure = 500.. | 429,
    trip(401, 403),
    retry_after = |status| (*status == 429).then_some(7 * SECOND),
    fallback = 503,
)]
fn value(status: u16) -> u16 {
    status
}

#[circuit_breaker(name = "words", threshold = 2, trip = Some("stop"), failure = None, fallback = None)]
fn words(said: Option<&str>) -> Option<&str> {
    said
}

struct Reply {
    headers: Vec<(&'static str, String)>,
}

fn seconds(reply: &Result<Reply, Error>) -> Option<Duration> {
    let (_, length) = reply.as_ref().ok()?.headers.iter().find(|(name, _)| *name == "after")?;
    length.parse().ok().map(Duration::from_secs)
}

#[circuit_breaker(
    name = "headers",
    failure(Err(_), Ok(reply) if reply.headers.iter().any(|(name, _)| *name == "after")),
    trip = Ok(Reply { headers }) if headers.len() > 1,
    retry_after = seconds,
    cooldown_max = "1h",
)]
fn headers(headers: Vec<(&'static str, String)>) -> Result<Reply, Error> {
    Ok(Reply { headers })
}

#[circuit_breaker(
    name = "lending",
    threshold = 1,
    retry_after = |output| {
        let words: &Vec<String> = output.as_ref().err()?;
        words.first().map(|word| Duration::from_secs(word.len() as u64))
    },
    error = |_| Vec::new(),
)]
fn lending<T>(words: Vec<String>, _kind: T) -> Result<T, Vec<String>> {
    Err(words)
}

#[test]
fn ignored_beats_tripping_and_tripping_beats_success() {
    let scope = Scope::enter();
    assert_eq!(overlap(Err(Error::Unauthorized)), Err(Error::Unauthorized));
    assert_eq!(state(&scope, "overlap"), State::Closed);
    assert_eq!(overlap(Ok(1)), Ok(1));
    assert_eq!(overlap(Ok(0)), Ok(0));
    assert_eq!(state(&scope, "overlap"), State::Open);
    let scope = Scope::enter();
    assert!(overlap(Err(Error::Overloaded { retry_after: None })).is_err());
    assert_eq!(state(&scope, "overlap"), State::Open);
}

#[test]
fn plain_value_has_failures_trips_and_hints() {
    let scope = Scope::enter();
    assert_eq!((value(200), value(401)), (200, 401));
    assert_eq!(value(200), 503);
    assert_eq!(cooldown(&scope, "value"), Some(30 * SECOND));
    let scope = Scope::enter();
    assert_eq!((value(500), value(500), value(429)), (500, 500, 429));
    assert_eq!(cooldown(&scope, "value"), Some(7 * SECOND));
    let scope = Scope::enter();
    assert_eq!(
        [words(Some("go")), words(Some("stop")), words(Some("go"))],
        [Some("go"), Some("stop"), None]
    );
    assert_eq!(state(&scope, "words"), State::Open);
}

#[test]
fn hint_may_look_into_the_output() {
    let scope = Scope::enter();
    let after = |length: &str| ("after", length.to_owned());
    assert!(headers(vec![after("9")]).is_ok());
    assert_eq!(state(&scope, "headers"), State::Closed);
    assert!(headers(vec![after("9"), after("10")]).is_ok());
    assert_eq!(cooldown(&scope, "headers"), Some(9 * SECOND));
    assert_eq!(lending(vec!["four".into()], 1), Err(vec!["four".to_owned()]));
    assert_eq!(cooldown(&scope, "lending"), Some(4 * SECOND));
}
