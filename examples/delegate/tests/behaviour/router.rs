//! `auto`: in order, past the tripped ones, down to ollama.

use delegate::answer::{Answer, Answerer, AskError};
use delegate::delegate::Delegate;
use delegate::fakes::{CAST, Mood};
use tokio::net::TcpSocket;

use crate::world::World;

#[tokio::test]
async fn first_back_end_that_is_well_answers_alone() {
    let world = World::new().await;
    let answer = world.delegate().ask("auto", "hi").await.unwrap();
    assert_eq!(answer.to_string(), "[delegate:gemini] gemini has read: hi");
    assert_eq!(CAST.map(|name| world.starts(name)), [1, 0, 0]);
    assert_eq!(world.fakes.ollama.requests(), 0);
}

#[tokio::test]
async fn failed_ones_are_tried_in_order_and_named() {
    let world = World::new().await;
    world.set("gemini", Mood::ExpiredLogin);
    world.set("codex", Mood::Die);
    let answer = world.delegate().ask("auto", "hi").await.unwrap();
    assert_eq!(answer.by, Answerer::Backend("claude".into()));
    assert_eq!(passed(&answer), [("gemini", false), ("codex", false)]);
    assert_eq!(CAST.map(|name| world.starts(name)), [1, 1, 1]);
}

#[tokio::test]
async fn tripped_ones_are_skipped_without_a_start() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "codex").await;
    world.trip(&delegate, "gemini").await;
    for _ in 0..5 {
        let answer = delegate.ask("auto", "hi").await.unwrap();
        assert_eq!(answer.by, Answerer::Backend("claude".into()));
        assert_eq!(passed(&answer), [("gemini", true), ("codex", true)]);
    }
    assert_eq!(CAST.map(|name| world.starts(name)), [3, 3, 5]);
}

#[tokio::test]
async fn ollama_answers_when_all_are_tripped() {
    let world = World::new().await;
    let delegate = world.delegate();
    for name in CAST {
        world.trip(&delegate, name).await;
    }
    let answer = delegate.ask("auto", "hi").await.unwrap();
    assert_eq!(answer.to_string(), "[delegate:ollama] ollama has read: hi");
    assert_eq!(CAST.map(|name| world.starts(name)), [3, 3, 3]);
    assert_eq!(world.fakes.ollama.requests(), 1);
}

#[tokio::test]
async fn answer_is_degraded_when_ollama_is_gone_too() {
    let world = World::new().await;
    let (delegate, _port) = without_ollama(&world);
    for name in CAST {
        world.trip(&delegate, name).await;
    }
    let answer = delegate.ask("auto", "hi").await.unwrap().to_string();
    let who = "gemini, codex, claude rest after repeated failures";
    assert_eq!(answer, format!("[delegate:degraded] {who}; retry in 60.0 s"));
}

#[tokio::test]
async fn nobody_left_is_an_error_that_names_them_all() {
    let world = World::new().await;
    let (delegate, _port) = without_ollama(&world);
    for name in CAST {
        world.set(name, Mood::WithdrawnModel);
    }
    let error = delegate.ask("auto", "hi").await.unwrap_err();
    assert!(matches!(error, AskError::Ollama { .. }));
    let error = error.to_string();
    for part in ["gemini failed", "codex failed", "claude failed", "ollama does not run"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn ollama_can_be_asked_by_name() {
    let world = World::new().await;
    let answer = world.delegate().ask("ollama", "hi").await.unwrap();
    assert_eq!(answer.by, Answerer::Ollama);
    assert_eq!(CAST.map(|name| world.starts(name)), [0, 0, 0]);
}

/// A delegate whose ollama has a port that is bound and not listened on.
fn without_ollama(world: &World) -> (Delegate, TcpSocket) {
    let port = TcpSocket::new_v4().unwrap();
    port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut config = world.config();
    config.ollama.url = format!("http://{}", port.local_addr().unwrap());
    (Delegate::new(config).unwrap(), port)
}

fn passed(answer: &Answer) -> Vec<(&str, bool)> {
    let passed_over = answer.passed_over.iter();
    passed_over.map(|passed| (passed.backend.as_str(), passed.is_skipped())).collect()
}
