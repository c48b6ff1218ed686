//! The breaker in front of the start.

use std::sync::Arc;
use std::time::Duration;

use breakerbox::State;
use delegate::answer::{Answer, Answerer, AskError};
use delegate::backend::{BackendError, breaker_of};
use delegate::config::Seconds;
use delegate::delegate::Delegate;
use delegate::fakes::Mood;
use tokio::task::JoinSet;

use crate::world::{COOLDOWN, World, state, until};

#[tokio::test]
async fn third_failure_in_a_row_is_the_last_start() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.set("gemini", Mood::ExpiredLogin);
    for _ in 0..3 {
        let error = delegate.ask("gemini", "hi").await.unwrap_err();
        let AskError::Backend { source, .. } = error else { panic!("{error}") };
        assert!(matches!(source, BackendError::Failed { .. }), "the caller gets the real error");
    }
    for _ in 0..20 {
        assert!(delegate.ask("gemini", "hi").await.unwrap().is_degraded());
    }
    assert_eq!(world.starts("gemini"), 3);
}

#[tokio::test]
async fn degraded_answer_tells_when_to_come_back() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    world.scope.advance(Duration::from_secs(15));
    let answer = delegate.ask("gemini", "hi").await.unwrap();
    let said = "[delegate:degraded] gemini rests after repeated failures; retry in 45.0 s";
    assert_eq!(answer.to_string(), said);
    assert_eq!(world.starts("gemini"), 3);
}

#[tokio::test]
async fn success_in_between_starts_the_count_anew() {
    let world = World::new().await;
    let delegate = world.delegate();
    for _ in 0..3 {
        world.set("gemini", Mood::Die);
        delegate.ask("gemini", "hi").await.unwrap_err();
        delegate.ask("gemini", "hi").await.unwrap_err();
        world.set("gemini", Mood::Answer);
        delegate.ask("gemini", "hi").await.unwrap();
    }
    assert_eq!(state("gemini"), State::Closed);
    assert_eq!(world.starts("gemini"), 9);
}

#[tokio::test]
async fn hangs_open_it_as_failures_do() {
    let world = World::new().await;
    let mut config = world.config();
    config.timeout_seconds = Some(Seconds(Duration::from_millis(20)));
    let delegate = Delegate::new(config).unwrap();
    world.set("gemini", Mood::Hang);
    for _ in 0..3 {
        let error = delegate.ask("gemini", "hi").await.unwrap_err();
        assert!(error.to_string().contains("killed, no answer within 20ms"), "{error}");
    }
    assert_eq!(state("gemini"), State::Open);
}

#[tokio::test]
async fn back_ends_have_breakers_of_their_own() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    assert_eq!(delegate.ask("codex", "hi").await.unwrap().by, Answerer::Backend("codex".into()));
}

#[tokio::test]
async fn two_delegates_of_a_process_share_the_breakers() {
    let world = World::new().await;
    world.trip(&world.delegate(), "gemini").await;
    assert!(world.delegate().ask("gemini", "hi").await.unwrap().is_degraded());
}

#[tokio::test]
async fn call_that_is_given_up_counts_as_nothing() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.set("gemini", Mood::Hang);
    for started in 1..=4 {
        tokio::select! {
            ended = delegate.ask("gemini", "hi") => panic!("{ended:?}"),
            () = until("its start", || world.starts("gemini") == started) => {}
        }
    }
    let breaker = breaker_of("gemini").unwrap().snapshot();
    assert_eq!((breaker.state, breaker.consecutive_failures), (State::Closed, 0));
}

#[tokio::test]
async fn refused_prompt_counts_as_nothing() {
    let world = World::new().await;
    let delegate = world.delegate();
    for prompt in ["", " \n", "a\0b", &"x".repeat(200_000)] {
        let error = delegate.ask("gemini", prompt).await.unwrap_err();
        assert!(matches!(error, AskError::Prompt(_)), "{error}");
    }
    assert_eq!(world.starts("gemini"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_callers_after_the_cooldown_one_probes() {
    let world = World::new().await;
    let delegate = Arc::new(world.delegate());
    world.trip(&delegate, "gemini").await;
    world.set("gemini", Mood::Hold);
    world.scope.advance(COOLDOWN);

    let mut callers = callers(&world, &delegate, 20);
    for _ in 0..19 {
        let answer = callers.join_next().await.unwrap().unwrap().unwrap();
        assert!(answer.to_string().ends_with("retry when the probe under way has ended"));
    }
    world.set("gemini", Mood::Answer);
    let answer = callers.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(answer.by, Answerer::Backend("gemini".into()));
    assert_eq!(world.starts("gemini"), 4, "three to trip, one to probe");
    assert_eq!(state("gemini"), State::Closed);
}

#[tokio::test]
async fn probe_may_take_longer_than_the_cooldown() {
    let world = World::new().await;
    let delegate = Arc::new(world.delegate());
    world.trip(&delegate, "gemini").await;
    world.set("gemini", Mood::Hold);
    world.scope.advance(COOLDOWN);
    let mut probe = callers(&world, &delegate, 1);
    until("the probe's start", || world.starts("gemini") == 4).await;

    world.scope.advance(COOLDOWN + Duration::from_secs(1));
    assert!(delegate.ask("gemini", "hi").await.unwrap().is_degraded(), "there is one probe");
    world.set("gemini", Mood::Answer);
    assert!(!probe.join_next().await.unwrap().unwrap().unwrap().is_degraded());
    assert_eq!((world.starts("gemini"), state("gemini")), (4, State::Closed));
}

#[tokio::test]
async fn failed_probe_costs_one_start_and_another_cooldown() {
    let world = World::new().await;
    let delegate = world.delegate();
    world.trip(&delegate, "gemini").await;
    world.scope.advance(COOLDOWN);
    delegate.ask("gemini", "hi").await.unwrap_err();
    assert!(delegate.ask("gemini", "hi").await.unwrap().is_degraded());
    assert_eq!((world.starts("gemini"), state("gemini")), (4, State::Open));
}

type Callers = JoinSet<Result<Answer, AskError>>;

/// Spawns `count` callers of gemini, each a task.
pub(crate) fn callers(world: &World, delegate: &Arc<Delegate>, count: usize) -> Callers {
    let mut callers = JoinSet::new();
    for _ in 0..count {
        let delegate = Arc::clone(delegate);
        let call = async move { delegate.ask("gemini", "hi").await };
        callers.spawn(world.scope.handle().wrap(call));
    }
    callers
}
