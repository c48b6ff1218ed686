//! Memory is bounded, whatever clients do. Linux tells the memory of a process, so the test is a
//! process of its own.
#![cfg(target_os = "linux")]

mod common;

use breaker_core::{Clock, Config, Registry};
use breaker_page::{Body, Page};
use common::{call, send};
use futures_util::FutureExt;
use http::Request;
use http_body_util::BodyExt;

const MIB: usize = 1 << 20;

/// The memory of the process, in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn registry_of(breakers: usize) -> Registry {
    let registry = Registry::with_clock(Clock::manual().0);
    for at in 0..breakers {
        registry.get_or_insert(&format!("breaker-{at:05}"), Config::new()).unwrap();
    }
    registry
}

/// All checks look at the memory of the process, so they are one test and run one by one.
#[tokio::test]
async fn memory_is_bounded() {
    history_of_a_flood();
    ten_thousand_streams_that_nobody_reads();
    ten_thousand_streams_that_stop_in_their_list().await;
    answers_that_nobody_reads();
}

fn ten_thousand_streams_that_nobody_reads() {
    let registry = registry_of(100);
    let page = Page::new(registry.clone()).max_streams(10_000);
    let before = resident();
    let streams: Vec<Body> =
        (0..10_000).map(|_| call(&page, Request::get("/events")).into_body()).collect();
    assert_eq!(send(&page, Request::get("/events")).status, 503);
    let llm = registry.get_or_insert("llm", Config::new()).unwrap();
    for _ in 0..20_000 {
        llm.force_open();
        llm.reset();
    }
    let more = resident().saturating_sub(before);
    assert!(more < 40 * MIB, "{} MiB", more / MIB);
    drop(streams);
}

/// Each stream holds a part of the list that it has taken, and each waits in another second's list.
async fn ten_thousand_streams_that_stop_in_their_list() {
    let registry = registry_of(2_000);
    let page = Page::new(registry.clone()).max_streams(10_000);
    let before = resident();
    let (mut held, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let mut bodies: Vec<Body> =
            (0..1_000).map(|_| call(&page, Request::get("/events")).into_body()).collect();
        for body in &mut bodies {
            for _ in 0..2 {
                let frame = tokio::time::timeout(common::LONG, body.frame()).await.expect("a list");
                held.push(frame.unwrap().unwrap());
            }
        }
        held.extend(bodies.iter_mut().filter_map(|it| it.frame().now_or_never()??.ok()));
        // All breakers change, so the next list differs.
        registry.iter().for_each(|breaker| breaker.open_for(common::LONG));
        registry.iter().for_each(|breaker| breaker.reset());
        kept.extend(bodies);
    }
    let more = resident().saturating_sub(before);
    assert!(more < 64 * MIB, "{} MiB", more / MIB);
}

fn history_of_a_flood() {
    let registry = registry_of(1_000);
    let page = Page::new(registry.clone()).history(1_000_000);
    let before = resident();
    for _ in 0..75 {
        for breaker in registry.iter() {
            breaker.force_open();
            breaker.reset();
        }
    }
    let more = resident().saturating_sub(before);
    assert!(more < 30 * MIB, "{} MiB for 150,000 transitions", more / MIB);
    drop(page);
}

fn answers_that_nobody_reads() {
    let registry = registry_of(5_000);
    let page = Page::new(registry);
    let before = resident();
    let mut waiting = Vec::new();
    loop {
        let response = call(&page, Request::get("/breakers"));
        if response.status() == 503 {
            break;
        }
        waiting.push(response);
        let more = resident().saturating_sub(before);
        assert!(more < 120 * MIB, "{} MiB", more / MIB);
    }
    assert!(waiting.len() > 5, "{}", waiting.len());
    waiting.pop();
    assert_eq!(send(&page, Request::get("/breakers")).status, 200);
}
