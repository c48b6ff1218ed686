//! Where the breakers' numbers come from.

use std::time::Duration;

use breakerbox::State;
use delegate::config::{Config, Seconds, Threshold};
use delegate::delegate::Delegate;
use delegate::fakes::Mood;

use crate::world::{Script, World, state};

#[tokio::test]
async fn own_threshold_beats_the_one_for_all() {
    let world = World::new().await;
    let mut config = world.config();
    config.breaker_failure_threshold = Some(Threshold(2));
    config.backends[1].breaker_failure_threshold = Some(Threshold(1));
    let delegate = Delegate::new(config).unwrap();
    fail(&world, &delegate, "codex").await;
    assert_eq!(state("codex"), State::Open, "its own, 1");
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Closed, "that for all, 2");
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Open);
    let thresholds: Vec<_> = delegate.status().rows.iter().map(|row| row.threshold).collect();
    assert_eq!(thresholds, [2, 1, 2]);
}

#[tokio::test]
async fn own_cooldown_beats_the_one_for_all() {
    let world = World::new().await;
    let mut config = world.config();
    config.breaker_cooldown_seconds = Some(Seconds(Duration::from_secs(20)));
    config.backends[1].breaker_cooldown_seconds = Some(Seconds(Duration::from_secs(300)));
    let delegate = Delegate::new(config).unwrap();
    world.trip(&delegate, "gemini").await;
    world.trip(&delegate, "codex").await;
    let retry = |text: String| text.rsplit("retry in ").next().unwrap().to_owned();
    let gemini = delegate.ask("gemini", "hi").await.unwrap();
    let codex = delegate.ask("codex", "hi").await.unwrap();
    assert_eq!(retry(gemini.to_string()), "20.0 s");
    assert_eq!(retry(codex.to_string()), "300.0 s");
}

#[tokio::test]
async fn own_timeout_beats_the_one_for_all() {
    let world = World::new().await;
    let mut config = world.config();
    config.backends[0].timeout_seconds = Some(Seconds(Duration::from_millis(20)));
    let delegate = Delegate::new(config).unwrap();
    world.set("gemini", Mood::Hang);
    let error = delegate.ask("gemini", "hi").await.unwrap_err();
    assert!(error.to_string().contains("within 20ms"), "{error}");
}

#[tokio::test]
async fn without_a_file_the_attribute_rules() {
    let world = World::new().await;
    let delegate =
        Delegate::new(Config { breaker_cooldown_seconds: None, ..world.config() }).unwrap();
    world.trip(&delegate, "gemini").await;
    let answer = delegate.ask("gemini", "hi").await.unwrap();
    assert!(answer.to_string().ends_with("retry in 60.0 s"), "{answer}");
}

#[tokio::test]
async fn file_is_read_as_it_is_written() {
    let world = World::new().await;
    let script = Script::new();
    let for_all = "breaker_failure_threshold = 2\nbreaker_cooldown_seconds = 30";
    script.write(for_all, "breaker_cooldown_seconds = 1.5").unwrap();
    let delegate = Delegate::new(Config::load(&script.path()).unwrap()).unwrap();
    script.stage.set("gemini", Mood::ExpiredLogin).unwrap();
    for _ in 0..2 {
        delegate.ask("gemini", "hi").await.unwrap_err();
    }
    let answer = delegate.ask("gemini", "hi").await.unwrap();
    assert!(answer.to_string().ends_with("retry in 1.5 s"), "{answer}");
    world.scope.advance(Duration::from_millis(1_500));
    script.stage.set("gemini", Mood::Answer).unwrap();
    delegate.ask("gemini", "hi").await.unwrap();
    assert_eq!(state("gemini"), State::Closed);
}

#[test]
fn file_of_the_real_programs_is_valid() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/delegate.toml");
    let config = Config::load(file.as_ref()).unwrap();
    let names: Vec<_> = config.backends.iter().map(|program| program.name.as_str()).collect();
    assert_eq!(names, ["gemini", "codex", "claude"]);
}

#[tokio::test]
async fn reload_keeps_what_was_counted() {
    let world = World::new().await;
    let mut delegate = world.delegate();
    fail(&world, &delegate, "gemini").await;
    let mut config = world.config();
    config.breaker_failure_threshold = Some(Threshold(2));
    delegate.reload(config).unwrap();
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Open, "one before, one after");
}

#[tokio::test]
async fn reload_takes_back_what_the_file_no_longer_says() {
    let world = World::new().await;
    let mut config = world.config();
    config.backends[0].breaker_failure_threshold = Some(Threshold(1));
    let mut delegate = Delegate::new(config).unwrap();
    delegate.reload(world.config()).unwrap();
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Closed, "the attribute's 3 again");
}

#[tokio::test]
async fn reload_drops_the_breaker_of_a_back_end_that_is_gone() {
    let world = World::new().await;
    let mut delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    let mut config = world.config();
    config.backends.remove(0);
    delegate.reload(config).unwrap();
    delegate.ask("gemini", "hi").await.unwrap_err();
    delegate.reload(world.config()).unwrap();
    assert_eq!(state("gemini"), State::Closed);
}

#[tokio::test]
async fn reload_that_fails_changes_nothing() {
    let world = World::new().await;
    let mut delegate = world.delegate();
    let mut config = world.config();
    config.breaker_failure_threshold = Some(Threshold(1));
    config.notifications_file = Some("/nowhere/notices.jsonl".into());
    let error = delegate.reload(config).unwrap_err();
    assert!(error.to_string().contains("`notifications_file`, `/nowhere/notices.jsonl`"));
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Closed);
}

async fn fail(world: &World, delegate: &Delegate, name: &str) {
    world.set(name, Mood::ExpiredLogin);
    delegate.ask(name, "hi").await.unwrap_err();
}
