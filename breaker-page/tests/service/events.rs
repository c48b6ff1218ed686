//! Streams of events: their beginning, their continuation, and readers that fall behind.

use std::time::Duration;

use breaker_core::{Config, Registry};
use breaker_page::Page;
use http::Request;
use serde_json::{Value, json};

use crate::common::events::Reader;
use crate::common::{LONG, Stage, call, fail, send};

#[tokio::test]
async fn stream_begins_with_the_page_and_a_full_list() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1).force_open();
    stage.breaker("db", 1);
    let response = call(&stage.page.clone().vital(["db"]), Request::get("/events"));
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(!response.headers().contains_key("content-length"));
    let mut reader = Reader::of(response.into_body());
    let first = reader.next().await.unwrap();
    assert_eq!(
        (first.name.as_str(), first.data),
        ("page", json!({"actions": true, "vital": ["db"]}))
    );
    let list = reader.next().await.unwrap();
    assert_eq!(list.name, "list");
    assert_eq!((&list.data["first"], &list.data["last"]), (&true.into(), &true.into()));
    assert_eq!(list.data["registry"]["conflicts_count"], 0);
    assert_eq!(reader.known.len(), 2);
    assert_eq!(reader.get("llm").unwrap()["state"], "isolated");
    assert_eq!(reader.get("llm").unwrap()["config"]["threshold"], 1);
}

#[tokio::test]
async fn empty_registry_has_an_empty_list() {
    let stage = Stage::new();
    let mut reader = Reader::open(&stage.page);
    let list = reader.until("list").await.data;
    assert_eq!((&list["breakers"], &list["last"]), (&json!([]), &true.into()));
}

#[tokio::test]
async fn transitions_come_in_order_with_their_figures() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 2);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    fail(&llm, 2);
    llm.force_open();
    llm.reset();
    let mut told = Vec::new();
    for _ in 0..3 {
        let event = reader.until("transition").await.data;
        let it = &event["transition"];
        told.push((it["id"].as_u64().unwrap(), it["to"].as_str().unwrap().to_owned()));
        if it["to"] == "open" {
            assert_eq!(
                (&it["reason"], &it["figures"]["consecutive_failures"]),
                (&"consecutive failures".into(), &2.into())
            );
        }
        assert_eq!((&event["name"], &event["key"]), (&"llm".into(), &Value::Null));
    }
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(told.iter().map(|(_, to)| to).collect::<Vec<_>>(), ["open", "isolated", "closed"]);
    let known = reader.get("llm").unwrap();
    assert_eq!((&known["state"], &known["last"]["to"]), (&"closed".into(), &"closed".into()));
    assert_eq!(known["strip"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn tick_has_what_has_changed_and_nothing_else() {
    let stage = Stage::new();
    let (llm, _db) = (stage.breaker("llm", 5), stage.breaker("db", 5));
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    let quiet = reader.until("tick").await.data;
    assert_eq!(
        (&quiet["changed"], &quiet["gone"], &quiet["registry"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    fail(&llm, 2);
    let tick = loop {
        let tick = reader.until("tick").await.data;
        if tick["changed"] != json!([]) {
            break tick;
        }
    };
    let changed = tick["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(
        (&changed[0]["name"], &changed[0]["consecutive_failures"]),
        (&"llm".into(), &2.into())
    );
    assert_eq!(changed[0].get("config"), None, "its tuning has not changed");
}

#[tokio::test]
async fn new_removed_and_tuned_breakers_are_told_of() {
    let stage = Stage::allowing();
    stage.breaker("llm", 5);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    stage.breaker("db", 5);
    reader.until_field("db", "state", "closed").await;
    assert_eq!(reader.get("db").unwrap()["path"], "breakers/db");

    assert_eq!(stage.act("/breakers/llm/override?threshold=9").status, 200);
    while reader.get("llm").unwrap()["config"]["threshold"] != 9 {
        reader.next().await.unwrap();
    }
    assert_eq!(reader.get("llm").unwrap()["override"]["settings"]["threshold"], "9");

    stage.registry.remove("db");
    while reader.get("db").is_some() {
        reader.next().await.unwrap();
    }
}

#[tokio::test]
async fn breaker_that_is_new_is_told_whole_before_its_transition() {
    let stage = Stage::new();
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    fail(&stage.breaker("llm", 1), 1);
    reader.until("transition").await;
    let known = reader.get("llm").expect("it was told whole");
    assert_eq!((&known["state"], &known["config"]["threshold"]), (&"open".into(), &1.into()));
}

#[tokio::test]
async fn longer_cooldown_by_hand_is_told_of() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    fail(&llm, 1);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    llm.open_for(Duration::from_secs(600));
    reader.until_field("llm", "cooldown_ms", 600_000).await;
}

#[tokio::test]
async fn conflict_is_told_of_in_the_next_tick() {
    let stage = Stage::new();
    stage.breaker("llm", 1);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    assert!(stage.registry.get_or_insert("llm", Config::new()).is_err());
    loop {
        let tick = reader.until("tick").await.data;
        if tick["registry"] != Value::Null {
            assert_eq!(tick["registry"]["conflicts_count"], 1);
            break;
        }
    }
}

/// A reader that sleeps until the log has dropped events which it has not read.
#[tokio::test]
async fn reader_that_falls_behind_gets_a_full_list_again() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let (mut slow, mut quick) = (Reader::open(&stage.page), Reader::open(&stage.page));
    slow.list().await;
    quick.list().await;
    for _ in 0..2_000 {
        llm.force_open();
        llm.reset();
        llm.observe();
        // Waits for the ticker, which would otherwise fall behind itself.
        let episode = llm.snapshot().episode;
        if episode % 300 == 0 {
            quick.until_field("llm", "episode", episode).await;
        }
    }
    llm.force_open();
    quick.until_field("llm", "episode", 6_001).await;
    let first = slow.next().await.unwrap();
    assert_eq!(first.name, "list", "what came before is forgotten");
    assert_eq!(slow.get("llm").unwrap()["state"], "isolated");
    assert_eq!(slow.get("llm").unwrap()["episode"], 6_001);
}

/// More transitions at once than can wait for the ticker, so they are not reported one by one.
#[tokio::test]
async fn flood_of_transitions_ends_in_the_right_state() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let mut reader = Reader::open(&stage.page);
    reader.list().await;
    for _ in 0..10_000 {
        llm.force_open();
        llm.reset();
    }
    llm.observe();
    reader.until_field("llm", "episode", 20_001).await;
    assert_eq!(reader.get("llm").unwrap()["state"], "observing");
}

#[tokio::test]
async fn long_list_comes_in_parts_that_have_every_breaker() {
    let stage = Stage::new();
    let names: Vec<_> = (0..300).map(|at| format!("name-{at:03}")).collect();
    for name in &names {
        stage.breaker(name, 1);
    }
    let mut reader = Reader::open(&stage.page);
    let (mut parts, mut ended) = (0, false);
    reader.next().await;
    while !ended {
        let list = reader.next().await.unwrap();
        assert_eq!(list.name, "list", "nothing comes between the parts");
        assert_eq!(list.data["first"], parts == 0);
        assert_eq!(list.data["registry"].is_object(), parts == 0);
        assert!(list.data.to_string().len() < 20_000);
        parts += 1;
        ended = list.data["last"] == true;
    }
    assert!(parts > 5, "{parts}");
    assert!(reader.known.keys().map(|(name, _)| name).eq(&names));
}

/// A change while a list is being sent is in the list, or comes after it.
#[tokio::test]
async fn slow_list_is_right_in_the_end() {
    let stage = Stage::new();
    let breakers: Vec<_> = (0..200).map(|at| stage.breaker(&format!("b-{at:03}"), 1)).collect();
    let mut slow = Reader::open(&stage.page);
    slow.next().await;
    assert_eq!(slow.next().await.unwrap().data["first"], true);
    breakers[0].force_open();
    breakers[199].force_open();
    stage.registry.remove("b-001");
    // Another reader sees the change, so the ticker has reported it.
    let mut quick = Reader::open(&stage.page);
    quick.list().await;
    quick.until_field("b-199", "state", "isolated").await;
    quick.until("tick").await;
    quick.until("tick").await;
    slow.list().await;
    slow.until_field("b-000", "state", "isolated").await;
    slow.until_field("b-199", "state", "isolated").await;
    while slow.get("b-001").is_some() {
        slow.next().await.unwrap();
    }
    assert_eq!(slow.known.len(), 199);
}

#[tokio::test]
async fn streams_over_the_limit_are_refused_until_one_ends() {
    let stage = Stage::new();
    let page = stage.page.clone().max_streams(2);
    let (one, _two) = (Reader::open(&page), Reader::open(&page));
    let refused = send(&page, Request::get("/events"));
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "2"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    drop(one);
    Reader::open(&page).list().await;
}

#[tokio::test]
async fn stream_that_is_opened_after_all_have_ended_begins_anew() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    for state in ["closed", "isolated"] {
        let mut reader = Reader::open(&stage.page);
        reader.list().await;
        assert_eq!(reader.get("llm").unwrap()["state"], state);
        reader.until("tick").await;
        drop(reader);
        llm.force_open();
    }
}

/// The ticker's thread holds an `Arc` of all that the page holds.
#[tokio::test]
async fn nothing_runs_any_more_when_the_last_stream_has_ended() {
    let registry = Registry::new();
    let llm = registry.get_or_insert("llm", Config::new()).unwrap();
    let alive = std::sync::Arc::downgrade(&llm);
    let page = Page::new(registry.clone());
    let mut reader = Reader::open(&page);
    reader.list().await;
    drop((llm, registry, page));
    assert!(alive.upgrade().is_some(), "the stream goes on without the page");
    reader.until("tick").await;
    drop(reader);
    tokio::time::timeout(LONG, async {
        while alive.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the ticker ends");
}
