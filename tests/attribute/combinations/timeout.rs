//! `timeout` beside fallbacks, patterns, hints and `on_cancel`.

use std::future::{pending, ready};

use breakerbox::testing::Scope;
use breakerbox::{Cause, State, circuit_breaker};

use super::{Error, SECOND, cooldown, state};

#[circuit_breaker(
    name = "told",
    threshold = 1,
    timeout = "1s",
    error = |error| error.to_string(),
    fallback = |hangs| Ok(format!("instead of {hangs}")),
)]
async fn told(hangs: bool) -> Result<String, String> {
    if hangs { pending().await } else { Ok("done".into()) }
}

#[circuit_breaker(
    name = "plain",
    threshold = 1,
    timeout = "1s",
    failure = 500..,
    trip = 401,
    fallback_on = "failure",
    fallback = |status, cause| match cause {
        Cause::TimedOut(_) => 504,
        Cause::Rejected(_) => 503,
        Cause::Failed(found) => found + status,
    },
)]
async fn plain(status: u16) -> u16 {
    if status == 0 { pending().await } else { status }
}

#[circuit_breaker(
    name = "judged",
    threshold = 2,
    timeout = "1s",
    ignore = Err(error) if error.is_ours(),
    failure(Err(_), Ok(text) if text.is_empty()),
    retry_after = |output| match output.as_ref().err()? {
        Error::Overloaded { retry_after } => *retry_after,
        _ => None,
    },
    on_cancel = "failure",
)]
async fn judged(outcome: Result<String, Error>) -> Result<String, Error> {
    ready(outcome).await
}

#[circuit_breaker(name = "hidden", timeout = "1s", trip = Err(Error::Unauthorized))]
async fn hidden(up_to: u8) -> Result<impl Iterator<Item = u8>, Error> {
    ready(Ok(0..up_to)).await
}

#[circuit_breaker(name = "borrowed", timeout = "1s", retry_after = |_| None)]
async fn borrowed<'a>(words: &'a [&'a str], at: usize) -> Result<&'a str, Error> {
    words.get(at).copied().ok_or(Error::Down)
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_is_told_by_error_and_a_rejection_by_the_fallback() {
    let _scope = Scope::enter();
    assert_eq!(told(false).await.unwrap(), "done");
    assert!(told(true).await.unwrap_err().contains("did not end within 1s"));
    assert_eq!(told(false).await.unwrap(), "instead of false");
}

#[tokio::test(start_paused = true)]
async fn plain_value_may_time_out_if_the_fallback_answers_failures() {
    for (status, answer, after) in [
        (200, 200, State::Closed),
        (401, 802, State::Open),
        (404, 404, State::Closed),
        (500, 1000, State::Open),
        (0, 504, State::Open),
    ] {
        let scope = Scope::enter();
        assert_eq!(plain(status).await, answer);
        assert_eq!(state(&scope, "plain"), after, "{status}");
        let next = if after == State::Open { 503 } else { 200 };
        assert_eq!(plain(200).await, next);
    }
}

#[tokio::test(start_paused = true)]
async fn patterns_and_hints_know_the_output_under_a_timeout() {
    let scope = Scope::enter();
    let overloaded = Error::Overloaded { retry_after: Some(90 * SECOND) };
    assert_eq!(judged(Err(Error::BadRequest)).await, Err(Error::BadRequest));
    assert_eq!(judged(Ok(String::new())).await.unwrap(), "");
    assert!(judged(Err(overloaded)).await.is_err());
    assert_eq!(state(&scope, "judged"), State::Open);
    assert_eq!(cooldown(&scope, "judged"), Some(90 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn output_may_be_hidden_or_borrowed_under_a_timeout() {
    let _scope = Scope::enter();
    assert_eq!(hidden(3).await.unwrap().sum::<u8>(), 3);
    assert_eq!(borrowed(&["a", "b"], 1).await, Ok("b"));
}

#[tokio::test(start_paused = true)]
async fn future_dropped_under_a_timeout_is_judged_by_on_cancel() {
    #[circuit_breaker(name = "dropped", threshold = 1, timeout = "9s", on_cancel = "failure")]
    async fn dropped() -> Result<(), Error> {
        pending().await
    }
    let scope = Scope::enter();
    assert!(tokio::time::timeout(SECOND, dropped()).await.is_err());
    assert_eq!(state(&scope, "dropped"), State::Open);
}
