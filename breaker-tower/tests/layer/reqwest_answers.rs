//! Answers of `reqwest`, which have a type of their own.

use std::time::Duration;

use breaker_core::testing::Scope;
use breaker_core::{Config, Registry, State};
use breaker_tower::http::{by_host, from_headers, http_outcomes};
use breaker_tower::{BreakerLayer, Until};
use http::Method;
use reqwest::{Body, Request, Response, ResponseBuilderExt, Url};
use tower::{Layer, Service, service_fn};

use crate::body::{Script, Step};
use crate::fake::{Refused, ask, is_rejected};

fn url() -> Url {
    Url::parse("http://user:secret@service:81/path").unwrap()
}

fn answer(status: u16, body: Body) -> Response {
    let head = http::Response::builder().status(status).header("retry-after", "90");
    head.url(url()).body(body).unwrap().into()
}

fn script(steps: &[Step]) -> Body {
    Body::wrap(Script(steps.iter().copied().collect()))
}

fn tuned() -> Config {
    Config::builder().threshold(1).build().unwrap()
}

#[test]
fn status_headers_and_host_are_read() {
    let scope = Scope::enter();
    let mut service = BreakerLayer::named("reqwest", tuned())
        .unwrap()
        .judge(http_outcomes())
        .retry_after(from_headers())
        .key(by_host())
        .layer(service_fn(|request: Request| async move {
            let status = if request.method() == Method::GET { 200 } else { 429 };
            Ok::<_, Refused>(answer(status, Body::from("text")))
        }));
    assert!(ask(&mut service, Request::new(Method::GET, url())).is_ok());
    assert!(ask(&mut service, Request::new(Method::PUT, url())).is_ok());
    assert!(is_rejected(&ask(&mut service, Request::new(Method::GET, url()))));
    let breaker = scope.registry().get_key("reqwest", "service:81").unwrap();
    assert_eq!(breaker.snapshot().cooldown, Some(Duration::from_secs(90)));
    let no_host = Request::new(Method::GET, Url::parse("data:text").unwrap());
    assert!(ask(&mut service, no_host).is_ok());
    assert!(scope.registry().get("reqwest").is_some(), "a request without a host");
}

fn watched(
    steps: &'static [Step],
) -> impl Service<(), Response = Response, Error: std::fmt::Debug> {
    let layer = BreakerLayer::named("reqwest-body", tuned()).unwrap();
    let layer = layer.judge(http_outcomes()).body(Until::End);
    layer.layer(service_fn(move |()| async { Ok::<_, Refused>(answer(200, script(steps))) }))
}

fn state() -> State {
    Registry::global().get("reqwest-body").unwrap().state()
}

#[tokio::test]
async fn watched_answer_keeps_its_type_and_its_head() {
    let _scope = Scope::enter();
    let answer = ask(&mut watched(&[Step::Data("a"), Step::Data("b")]), ()).unwrap();
    assert_eq!((answer.status().as_u16(), answer.url()), (200, &url()));
    assert_eq!(answer.headers()["retry-after"], "90");
    assert_eq!(answer.text().await.unwrap(), "ab");
    assert_eq!(state(), State::Closed);
}

#[tokio::test]
async fn watched_answer_that_fails_in_its_body_is_a_failure() {
    let _scope = Scope::enter();
    let mut answer = ask(&mut watched(&[Step::Data("a"), Step::Fail]), ()).unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "a");
    assert_eq!(state(), State::Closed);
    assert!(answer.chunk().await.is_err());
    assert_eq!(state(), State::Open);
}

#[tokio::test]
async fn watched_answer_that_is_a_success_lets_a_probe_close_the_breaker() {
    let scope = Scope::enter();
    let breaker = scope.registry().get_or_insert("reqwest-body", tuned()).unwrap();
    breaker.half_open();
    let mut answer = ask(&mut watched(&[Step::Data("a")]), ()).unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "a");
    assert_eq!(state(), State::HalfOpen);
    assert!(answer.chunk().await.unwrap().is_none());
    assert_eq!(state(), State::Closed);
}
