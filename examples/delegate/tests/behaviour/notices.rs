//! One warning for each trip.

use std::fs;
use std::sync::Arc;

use breakerbox::State;
use delegate::backend::breaker_of;
use delegate::fakes::Mood;

use crate::gate::callers;
use crate::world::{COOLDOWN, World, state, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_failures_at_once_make_one_notice() {
    let world = World::new().await;
    let delegate = Arc::new(world.delegate());
    world.set("gemini", Mood::Hold);
    let callers = callers(&world, &delegate, 20);
    until("twenty starts", || world.starts("gemini") == 20).await;
    world.set("gemini", Mood::ExpiredLogin);
    let outcomes = callers.join_all().await;
    assert!(outcomes.iter().all(Result::is_err), "all were let in, and failed");

    let breaker = breaker_of("gemini").unwrap().snapshot();
    assert_eq!((breaker.state, breaker.late_outcomes), (State::Open, 17));
    assert_eq!(delegate.notices().all().len(), 1);
    assert_eq!(lines(&world).len(), 1);
}

#[tokio::test]
async fn probe_that_fails_makes_none_and_the_next_trip_another() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    world.scope.advance(COOLDOWN);
    delegate.ask("gemini", "hi").await.unwrap_err();
    assert_eq!(lines(&world).len(), 1);

    world.set("gemini", Mood::Answer);
    world.scope.advance(COOLDOWN);
    delegate.ask("gemini", "hi").await.unwrap();
    assert_eq!(state("gemini"), State::Closed);
    world.trip(&delegate, "gemini").await;
    assert_eq!(lines(&world).len(), 2);
}

#[tokio::test]
async fn notice_names_back_end_reason_and_time() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "codex").await;
    let line: serde_json::Value = serde_json::from_str(&lines(&world)[0]).unwrap();
    assert_eq!(line["level"], "warning");
    assert_eq!(line["backend"], "codex");
    assert_eq!(line["retry_after_seconds"], 60.0);
    let said = "codex does not answer (consecutive failures); left in peace for 60.0 s";
    assert_eq!(line["message"], said);
    assert!(line["unix_seconds"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(delegate.notices().all()[0].message, said);
}

#[tokio::test]
async fn file_is_appended_to() {
    let world = World::new().await;
    fs::write(world.fakes.notices(), "{\"level\":\"old\"}\n").unwrap();
    let delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    world.trip(&delegate, "codex").await;
    let lines = lines(&world);
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("old") && lines[2].contains("codex"));
}

fn lines(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.fakes.notices()).unwrap();
    text.lines().map(str::to_owned).collect()
}
