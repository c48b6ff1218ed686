//! One run of a program, without a breaker.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use delegate::backend::{Backend, BackendError};
use delegate::fakes::Mood;
use delegate::process::{LONGEST_ANSWER, run};
use delegate::prompt::LONGEST_PROMPT;

use crate::world::{LONG, World, is_alive, until};

/// Long enough for most fakes to start; if not, the call is repeated.
const SHORT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn prompt_reaches_the_program_as_it_is() {
    let world = World::new().await;
    let prompt = "--help; $(exit 1) `exit 1` 'one' \"two\" \\ * {prompt} %s\nümlaut\t|& > x";
    for name in ["gemini", "claude"] {
        let answer = run(&world.backend(name, LONG), prompt).await.unwrap();
        assert_eq!(answer, format!("{name} has read: {prompt}"));
    }
}

#[tokio::test]
async fn longest_prompt_passes_by_argument_and_by_standard_input() {
    let world = World::new().await;
    let prompt = "x".repeat(LONGEST_PROMPT);
    for name in ["gemini", "claude"] {
        let answer = run(&world.backend(name, LONG), &prompt).await.unwrap();
        assert_eq!(answer.len(), format!("{name} has read: ").len() + prompt.len());
    }
}

#[tokio::test]
async fn program_that_does_not_read_its_prompt_fails_by_its_own_word() {
    let world = World::new().await;
    world.set("claude", Mood::WithdrawnModel);
    let prompt = "x".repeat(LONGEST_PROMPT);
    let error = run(&world.backend("claude", LONG), &prompt).await.unwrap_err();
    assert!(error.to_string().ends_with("the model was withdrawn; choose another"), "{error}");
}

#[tokio::test]
async fn failure_tells_status_and_last_line_of_standard_error() {
    let world = World::new().await;
    world.set("gemini", Mood::ExpiredLogin);
    let error = run(&world.backend("gemini", LONG), "hi").await.unwrap_err();
    let BackendError::Failed { status, said } = error else { panic!("{error}") };
    assert_eq!(status.code(), Some(41));
    assert_eq!(said, "error: your login has expired; log in again");
}

#[tokio::test]
async fn death_by_signal_is_a_failure() {
    let world = World::new().await;
    world.set("gemini", Mood::Die);
    let error = run(&world.backend("gemini", LONG), "hi").await.unwrap_err();
    let BackendError::Failed { status, .. } = error else { panic!("{error}") };
    assert!(status.signal().is_some(), "{status}");
}

#[tokio::test]
async fn success_without_an_answer_is_a_failure() {
    let world = World::new().await;
    world.set("gemini", Mood::Silence);
    let error = run(&world.backend("gemini", LONG), "hi").await.unwrap_err();
    assert!(matches!(error, BackendError::Silent), "{error}");
}

#[tokio::test]
async fn program_that_is_not_there_is_named() {
    let world = World::new().await;
    let mut backend = world.backend("gemini", LONG);
    backend.program.command = "/nowhere/gemini".into();
    let error = run(&backend, "hi").await.unwrap_err();
    assert!(error.to_string().contains("`/nowhere/gemini` cannot be started"), "{error}");
}

#[tokio::test]
async fn endless_answer_is_cut() {
    let world = World::new().await;
    world.set("gemini", Mood::Flood);
    let answer = run(&world.backend("gemini", LONG), "hi").await.unwrap();
    let more = 4 * 1024 * 1024 - LONGEST_ANSWER;
    assert_eq!(answer.trim_start_matches('x'), format!(" [{more} bytes more]"));
}

#[tokio::test]
async fn hung_program_is_gone_when_its_time_is_up() {
    let world = World::new().await;
    world.set("gemini", Mood::Hang);
    hang_until(&world.backend("gemini", SHORT), || world.starts("gemini") > 0).await;
    assert!(world.pids("gemini").into_iter().all(|pid| !is_alive(pid)));
}

#[tokio::test]
async fn what_a_hung_program_has_started_is_killed_with_it() {
    let world = World::new().await;
    world.set("gemini", Mood::HangBelow);
    hang_until(&world.backend("gemini", SHORT), || world.starts("gemini-below") > 0).await;
    let pids = [world.pids("gemini"), world.pids("gemini-below")].concat();
    until("the end of both", || !pids.iter().any(|pid| is_alive(*pid))).await;
}

#[tokio::test]
async fn dropped_call_leaves_no_process() {
    let world = World::new().await;
    world.set("gemini", Mood::HangBelow);
    let backend = world.backend("gemini", LONG);
    tokio::select! {
        ended = run(&backend, "hi") => panic!("{ended:?}"),
        () = until("its start", || world.starts("gemini-below") == 1) => {}
    }
    let pids = [world.pids("gemini"), world.pids("gemini-below")].concat();
    until("the end of both", || !pids.iter().any(|pid| is_alive(*pid))).await;
}

/// Calls a hanging back end until, after a kill, `got_so_far` is true.
async fn hang_until(backend: &Backend, mut got_so_far: impl FnMut() -> bool) {
    for _ in 0..60 {
        let error = run(backend, "hi").await.unwrap_err();
        assert!(matches!(error, BackendError::TimedOut { after } if after == SHORT), "{error}");
        if got_so_far() {
            return;
        }
    }
    panic!("none got so far");
}
