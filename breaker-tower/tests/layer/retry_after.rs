//! The cooldown that an answer asks for.

use std::time::{Duration, SystemTime};

use breaker_core::{Config, State};
use breaker_tower::BreakerLayer;
use breaker_tower::http::{from_headers, http_outcomes, retry_after};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tower::{Layer, service_fn};

use crate::fake::{Refused, ask, is_rejected};

fn read(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    retry_after(&map)
}

fn of(text: &'static str) -> Option<Duration> {
    read(&[("retry-after", text), ("date", "Sun, 06 Nov 1994 08:00:00 GMT")])
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn seconds_are_read() {
    assert_eq!(of("120"), Some(Duration::from_secs(120)));
    assert_eq!(of("0"), Some(Duration::ZERO));
    assert_eq!(of(" 7 "), Some(Duration::from_secs(7)));
    assert_eq!(of("1.5"), Some(Duration::from_millis(1500)));
    assert_eq!(of("0.000000001999"), Some(Duration::from_nanos(1)));
    assert_eq!(of("2."), Some(Duration::from_secs(2)));
}

#[test]
fn date_is_read_against_the_date_of_the_answer() {
    assert_eq!(of("Sun, 06 Nov 1994 08:01:00 GMT"), Some(Duration::from_secs(60)));
    assert_eq!(of("Sunday, 06-Nov-94 08:01:00 GMT"), Some(Duration::from_secs(60)));
    assert_eq!(of("Sun Nov  6 08:01:00 1994"), Some(Duration::from_secs(60)));
    assert_eq!(of("Mon, 07 Nov 1994 08:00:00 GMT"), Some(DAY));
}

#[test]
fn date_that_has_passed_gives_zero() {
    assert_eq!(of("Sun, 06 Nov 1994 07:59:59 GMT"), Some(Duration::ZERO));
    assert_eq!(of("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(read(&[("retry-after", "Sun, 06 Nov 1994 08:01:00 GMT")]), Some(Duration::ZERO));
}

#[test]
fn date_without_one_of_the_answer_is_read_against_the_local_clock() {
    let tomorrow = httpdate::fmt_http_date(SystemTime::now() + DAY);
    for own in [None, Some("rubbish")] {
        let mut map = HeaderMap::new();
        map.insert("retry-after", HeaderValue::from_str(&tomorrow).unwrap());
        if let Some(own) = own {
            map.insert("date", HeaderValue::from_static(own));
        }
        let found = retry_after(&map).unwrap();
        assert!(found > DAY / 2 && found <= DAY, "{found:?}");
    }
}

#[test]
fn milliseconds_are_read_first() {
    assert_eq!(read(&[("retry-after-ms", "250")]), Some(Duration::from_millis(250)));
    assert_eq!(read(&[("retry-after-ms", "12.5")]), Some(Duration::from_micros(12_500)));
    let both = [("retry-after", "7"), ("retry-after-ms", "6500")];
    assert_eq!(read(&both), Some(Duration::from_millis(6500)));
    let rubbish = [("retry-after", "7"), ("retry-after-ms", "soon")];
    assert_eq!(read(&rubbish), Some(Duration::from_secs(7)));
}

#[test]
fn huge_numbers_are_the_longest_duration() {
    let longest = Some(Duration::MAX);
    assert_eq!(of("18446744073709551616"), longest);
    assert_eq!(of("999999999999999999999999999999999999999999999999"), longest);
    assert_eq!(of("340282366920938463463374607431768211455.9"), longest);
    assert_eq!(of("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
}

#[test]
fn rubbish_and_negative_numbers_are_nothing() {
    for text in [
        "",
        "-1",
        "+1",
        "-0",
        "1e3",
        "inf",
        "NaN",
        ".5",
        "1,5",
        "0x10",
        "1 s",
        "1.5.5",
        "soon",
        "١٢",
        "Sun, 99 Nov 1994 08:01:00 GMT",
    ] {
        let mut map = HeaderMap::new();
        map.insert("retry-after", HeaderValue::from_bytes(text.as_bytes()).unwrap());
        assert_eq!(retry_after(&map), None, "{text:?}");
    }
    assert_eq!(read(&[]), None);
}

#[test]
fn cooldown_follows_the_answer() {
    let scope = breaker_core::testing::Scope::enter();
    let config = Config::builder().threshold(1);
    let mut service = BreakerLayer::named("limited", config)
        .unwrap()
        .judge(http_outcomes())
        .retry_after(from_headers())
        .layer(service_fn(|(status, seconds): (u16, &'static str)| async move {
            let answer = Response::builder().status(status).header("retry-after", seconds);
            Ok::<_, Refused>(answer.body(()).unwrap())
        }));
    let breaker = || scope.registry().get("limited").unwrap();
    assert!(ask(&mut service, (200, "90")).is_ok());
    assert_eq!(breaker().state(), State::Closed);
    let answer = ask(&mut service, (429, "90")).unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "the caller gets the answer");
    assert_eq!(breaker().snapshot().cooldown, Some(Duration::from_secs(90)));
    scope.advance(Duration::from_secs(89));
    assert!(is_rejected(&ask(&mut service, (200, ""))));
    scope.advance(Duration::from_secs(1));
    assert!(ask(&mut service, (200, "")).is_ok());
    assert_eq!(breaker().state(), State::Closed);
    assert!(ask(&mut service, (503, "99999999999999999999")).is_ok());
    assert_eq!(breaker().snapshot().cooldown, Some(Duration::from_secs(3600)), "the cap");
}
