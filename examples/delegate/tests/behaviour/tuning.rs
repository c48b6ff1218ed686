//! The sources of the breakers' numbers.

use std::fs;
use std::time::Duration;

use breakerbox::State;
use delegate::backend::breaker_of;
use delegate::config::{Config, ConfigError, Seconds};
use delegate::delegate::Delegate;
use delegate::fakes::Mood;
use tempfile::NamedTempFile;

use crate::world::{Script, World, state};

/// A file with tuning alone.
struct Tuning(NamedTempFile);

impl Tuning {
    fn new(text: &str) -> Self {
        let file = NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        Self(file)
    }

    fn over(&self, config: Config) -> Config {
        Config { tuning_file: Some(self.0.path().to_owned()), ..config }
    }
}

#[tokio::test]
async fn own_threshold_beats_the_one_for_all() {
    let world = World::new().await;
    let tuning = Tuning::new(
        "breaker_failure_threshold = 2
        [[backend]]
        name = \"codex\"
        breaker_failure_threshold = 1",
    );
    let config = tuning.over(world.config());
    let delegate = Delegate::new(config).unwrap();
    fail(&world, &delegate, "codex").await;
    assert_eq!(state("codex"), State::Open, "its own, 1");
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Closed, "that for all, 2");
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Open);
    let thresholds: Vec<_> = delegate.status().rows.iter().map(|row| row.threshold).collect();
    assert_eq!(thresholds, [Some(2), Some(1), Some(2)], "claude has had no call");
}

#[tokio::test]
async fn own_cooldown_beats_the_one_for_all() {
    let world = World::new().await;
    let tuning = Tuning::new(
        "breaker_cooldown_seconds = 20
        [[backend]]
        name = \"codex\"
        breaker_cooldown_seconds = 300",
    );
    let delegate = Delegate::new(tuning.over(world.config())).unwrap();
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
    let delegate = Delegate::new(Config { cooldown: None, ..world.config() }).unwrap();
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

/// Tables have more keys than the file's own words.
#[tokio::test]
async fn tables_of_tuning_beat_the_own_words_beside_them() {
    let world = World::new().await;
    let tuning = Tuning::new(
        "breaker_failure_threshold = 5
        breaker_cooldown_seconds = 20
        [all]
        threshold = 1
        [[backend]]
        name = \"codex\"
        breaker_cooldown_seconds = 30
        [breakers.backend.keys.codex]
        jitter = 0.5
        cooldown = \"40s\"",
    );
    let delegate = Delegate::new(tuning.over(world.config())).unwrap();
    let mut tuned = Vec::new();
    for name in ["gemini", "codex"] {
        fail(&world, &delegate, name).await;
        assert_eq!(state(name), State::Open);
        let config = breaker_of(name).unwrap().config();
        tuned.push((config.cooldown().as_secs(), config.jitter()));
    }
    assert_eq!(tuned, [(20, 0.0), (40, 0.5)]);
}

/// A reload then changes nothing.
#[test]
fn mistake_in_the_tuning_is_found_as_the_file_is_read() {
    let script = Script::new();
    script.write("", "breaker_failure_threshold = 0").unwrap();
    assert!(matches!(Config::load(&script.path()), Err(ConfigError::Tuning(_))));
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
    let tuning = Tuning::new("breaker_failure_threshold = 2");
    delegate.reload(tuning.over(world.config())).unwrap();
    fail(&world, &delegate, "gemini").await;
    assert_eq!(state("gemini"), State::Open, "one before, one after");
}

#[tokio::test]
async fn reload_takes_back_what_the_file_no_longer_says() {
    let world = World::new().await;
    let tuning = Tuning::new("[[backend]]\nname = \"gemini\"\nbreaker_failure_threshold = 1");
    let mut delegate = Delegate::new(tuning.over(world.config())).unwrap();
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
    let tuning = Tuning::new("breaker_failure_threshold = 1");
    let mut config = tuning.over(world.config());
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
