//! A registry on a clock set by hand, with its page, and requests to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{Breaker, Clock, Config, ManualClock, Registry};
use breaker_page::{Body, Page};
use futures_util::FutureExt;
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower_service::Service;

pub mod events;
pub mod http1;

/// The longest wait for a state that a thread brings about.
pub const LONG: Duration = Duration::from_secs(30);

pub struct Stage {
    pub registry: Registry,
    pub clock: ManualClock,
    pub page: Page,
}

impl Stage {
    pub fn new() -> Self {
        let (clock, hand) = Clock::manual();
        let registry = Registry::with_clock(clock);
        let page = Page::new(registry.clone());
        Stage { registry, clock: hand, page }
    }

    /// A stage whose page allows everything.
    pub fn allowing() -> Self {
        let stage = Self::new();
        let page = stage.page.clone().allow(|_, _| true);
        Stage { page, ..stage }
    }

    /// A breaker that opens after this many failures in a row.
    pub fn breaker(&self, name: &str, threshold: u64) -> Arc<Breaker> {
        let config = Config::builder().threshold(threshold).build().unwrap();
        self.registry.get_or_insert(name, config).unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        send(&self.page, Request::get(path))
    }

    /// Sends an action as the page does.
    pub fn act(&self, path: &str) -> Answer {
        send(&self.page, action(path))
    }
}

/// An action as the page sends it.
pub fn action(path: &str) -> Builder {
    Request::post(path).header("host", "localhost").header("breakerbox-action", "1")
}

pub fn fail(breaker: &Breaker, times: u32) {
    for _ in 0..times {
        breaker.try_acquire().unwrap().failure();
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

pub fn call(page: &Page, request: Builder) -> http::Response<Body> {
    let request = request.body(String::new()).unwrap();
    page.clone().call(request).into_inner().unwrap()
}

/// Sends a request without a body, and reads the whole answer, which is ready at once.
pub fn send(page: &Page, request: Builder) -> Answer {
    read(call(page, request))
}

pub fn send_body(page: &Page, request: Request<String>) -> Answer {
    read(page.clone().call(request).into_inner().unwrap())
}

fn read(response: http::Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().now_or_never().expect("a whole answer").unwrap();
    Answer { status: parts.status, headers: parts.headers, body: body.to_bytes().to_vec() }
}
