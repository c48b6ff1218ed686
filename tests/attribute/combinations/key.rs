//! `key` beside moved arguments, generic types, `self` and a timeout.

use std::fmt::Display;
use std::future::{pending, ready};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};

use super::{Error, state};

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[circuit_breaker(name = "owned", threshold = 1, key = model)]
fn owned(model: String) -> Result<Vec<u8>, Error> {
    let bytes = model.into_bytes();
    if bytes.is_empty() { Err(Error::Down) } else { Ok(bytes) }
}

#[circuit_breaker(name = "owned-async", threshold = 1, key = model)]
async fn owned_async(model: String) -> Result<Vec<u8>, Error> {
    let model = ready(model).await;
    if model == "dead" { Err(Error::Down) } else { Ok(model.into_bytes()) }
}

#[circuit_breaker(name = "made", key = format!("{}-{}", model, size), fallback = Err(Error::Down))]
async fn made(model: String, size: u8) -> Result<String, Error> {
    ready(Ok(model.repeat(size.into()))).await
}

#[circuit_breaker(name = "lent", key = format_args!("{model}:{}", *size))]
async fn lent(model: &str, size: &mut u8) -> Result<u8, Error> {
    *size += 1;
    ready(()).await;
    Ok(*size + u8::try_from(model.len()).unwrap())
}

#[circuit_breaker(name = "any", threshold = 1, key = of)]
fn any<T: Display>(of: T, outcome: Result<(), Error>) -> Result<T, Error> {
    outcome.map(|()| of)
}

#[circuit_breaker(name = "implied", key = of)]
async fn implied(of: impl Display) -> Result<String, Error> {
    std::future::ready(()).await;
    Ok(of.to_string())
}

struct Client {
    host: String,
    calls: usize,
}

impl Client {
    const LIMIT: Duration = Duration::from_secs(2);

    #[circuit_breaker(name = "host", threshold = 1, key = self.host)]
    fn lend(&mut self, fails: bool) -> Result<&mut usize, Error> {
        self.calls += 1;
        if fails { Err(Error::Down) } else { Ok(&mut self.calls) }
    }

    #[circuit_breaker(name = "host", threshold = 1, key = self.host)]
    async fn take(self, suffix: String) -> Result<String, Error> {
        ready(Ok(self.host + &suffix)).await
    }

    #[circuit_breaker(
        name = "slow-host",
        threshold = 1,
        key = self.host,
        timeout = Self::LIMIT,
        fallback_on = "failure",
        fallback = Self::local,
    )]
    async fn answered(&self, prompt: String) -> Result<String, Error> {
        if prompt == "hang" { pending().await } else { Ok(prompt) }
    }

    #[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "it stands in")]
    async fn local(&self, prompt: String) -> Result<String, Error> {
        Ok(format!("{prompt} at {}", self.host))
    }
}

#[test]
fn key_is_only_looked_at_and_the_argument_moved_into_the_body() {
    let scope = Scope::enter();
    assert_eq!(owned("large".into()), Ok(b"large".to_vec()));
    assert_eq!(state(&scope, "owned/large"), State::Closed);
}

#[tokio::test]
async fn key_of_an_async_function_is_gone_before_the_body_runs() {
    let scope = Scope::enter();
    assert_eq!(owned_async("dead".into()).await, Err(Error::Down));
    assert!(owned_async("dead".into()).await.is_err());
    assert_eq!(state(&scope, "owned-async/dead"), State::Open);
    assert_eq!(assert_send(made("x".into(), 3)).await.unwrap(), "xxx");
    let mut size = 4;
    assert_eq!(assert_send(lent("abc", &mut size)).await, Ok(8));
    assert_eq!(state(&scope, "made/x-3"), State::Closed);
    assert_eq!(state(&scope, "lent/abc:4"), State::Closed);
}

#[tokio::test]
async fn key_may_be_of_a_generic_type() {
    let scope = Scope::enter();
    assert_eq!(any(7, Err(Error::Down)), Err(Error::Down));
    assert_eq!(any("seven", Ok(())), Ok("seven"));
    assert_eq!(state(&scope, "any/7"), State::Open);
    assert_eq!(implied('x').await.unwrap(), "x");
}

#[tokio::test]
async fn key_may_be_of_self_however_it_is_taken() {
    let scope = Scope::enter();
    let mut client = Client { host: "a".into(), calls: 0 };
    *client.lend(false).unwrap() += 10;
    assert_eq!(client.calls, 11);
    assert!(client.lend(true).is_err());
    assert_eq!(state(&scope, "host/a"), State::Open);
    assert!(client.take("!".into()).await.is_err(), "it shares the breaker");
    let other = Client { host: "b".into(), calls: 0 };
    assert_eq!(other.take("!".into()).await.unwrap(), "b!");
}

#[tokio::test(start_paused = true)]
async fn key_and_timeout_and_fallback_each_do_their_part() {
    let scope = Scope::enter();
    let client = Client { host: "a".into(), calls: 0 };
    assert_eq!(assert_send(client.answered("hi".into())).await.unwrap(), "hi");
    assert_eq!(client.answered("hang".into()).await.unwrap(), "hang at a");
    assert_eq!(state(&scope, "slow-host/a"), State::Open);
    assert_eq!(client.answered("hi".into()).await.unwrap(), "hi at a");
}
