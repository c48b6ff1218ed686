//! A call makes no allocation in the layer.

use allocation_counter::measure;
use breaker_core::{Config, ConfigBuilder};
use breaker_tower::http::{from_headers, http_outcomes};
use breaker_tower::{BreakerLayer, Until};
use bytes::Bytes;
use futures_util::FutureExt;
use http::Response;
use http_body_util::{BodyExt, Full};
use tower::{Layer, service_fn};

use crate::fake::{Refused, ask};

const CALLS: u8 = 100;

fn windowed() -> ConfigBuilder {
    Config::builder().failure_rate(0.5)
}

fn allocations(mut call: impl FnMut()) -> u64 {
    call();
    measure(|| (0..CALLS).for_each(|_| call())).count_total
}

#[test]
fn success_allocates_nothing() {
    let answers = || service_fn(|number: u8| async move { Ok::<_, Refused>(number) });
    let mut plain = BreakerLayer::named("plain", Config::new()).unwrap().layer(answers());
    assert_eq!(allocations(|| assert_eq!(ask(&mut plain, 1).unwrap(), 1)), 0);
    let mut rated = BreakerLayer::named("rated", windowed()).unwrap().layer(answers());
    assert_eq!(allocations(|| assert_eq!(ask(&mut rated, 1).unwrap(), 1)), 0);
    let layer = BreakerLayer::named("by-key", windowed()).unwrap();
    let mut keyed = layer.key(|_: &u8| Some("key")).layer(answers());
    assert_eq!(allocations(|| assert_eq!(ask(&mut keyed, 1).unwrap(), 1)), 0);
}

#[test]
fn watched_body_allocates_nothing() {
    let mut service = BreakerLayer::named("watched", windowed())
        .unwrap()
        .judge(http_outcomes())
        .retry_after(from_headers())
        .body(Until::End)
        .stall(std::time::Duration::from_secs(1))
        .layer(service_fn(|(): ()| async {
            Ok::<_, Refused>(Response::new(Full::new(Bytes::from_static(b"hello"))))
        }));
    let call = || {
        let mut body = ask(&mut service, ()).unwrap().into_body();
        let frame = body.frame().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "hello");
    };
    assert_eq!(allocations(call), 0);
}
