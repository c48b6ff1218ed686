//! One command, one process.

use delegate::fakes::Mood;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::shell::{end, run, start};
use crate::world::{PROGRAM, Script, is_alive, until};

#[tokio::test]
async fn ask_prints_the_answer_alone_on_standard_output() {
    let ran = run(["ask", "--backend", "auto", "two words"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out, "[delegate:gemini] gemini has read: two words\n");
    assert!(ran.err.starts_with("note: without --config the back ends are fakes"));
}

#[tokio::test]
async fn ask_of_an_unknown_back_end_names_those_there_are() {
    let ran = run(["ask", "--backend", "gemnii", "hi"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    let said = "no back end `gemnii`; choose from: gemini, codex, claude, ollama, auto";
    assert!(ran.err.contains(said), "{}", ran.err);
}

#[tokio::test]
async fn failed_ask_ends_with_failure() {
    let script = Script::new();
    script.write("", "").unwrap();
    script.stage.set("gemini", Mood::ExpiredLogin).unwrap();
    let ran = run(with_config(&script, &["ask", "-b", "gemini", "hi"])).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("gemini failed, exit status: 41: error: your login"), "{}", ran.err);
}

#[tokio::test]
async fn variable_tunes_the_breakers() {
    let mistaken = ("BREAKERBOX__BACKEND__THRESHOLD", "0");
    let program = Command::new(PROGRAM).arg("status").envs([mistaken]).output();
    let output = program.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("BREAKERBOX__BACKEND__THRESHOLD=0"),
        "{said}"
    );
}

#[tokio::test]
async fn status_of_fakes_says_that_their_breakers_live_in_the_process() {
    let ran = run(["status"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for name in ["gemini", "codex", "claude"] {
        let row = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(cells, [name, "closed", "0", "of", "3", "-"]);
    }
    assert!(ran.out.contains("live in the process, and so do their breakers"), "{}", ran.out);
}

#[tokio::test]
async fn reset_says_that_there_is_nothing_to_reset() {
    let ran = run(["reset", "gemini"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("gemini is closed, nothing is counted\n"), "{}", ran.out);
    assert!(ran.out.contains("live in the process"));
    assert_eq!(run(["reset", "nobody"]).await.code, Some(1));
}

#[tokio::test]
async fn options_that_do_not_go_together_are_refused() {
    let ran = run(["--demo", "status"]).await;
    assert!(ran.code == Some(1) && ran.err.contains("`--demo` takes no command"), "{}", ran.err);
    let ran = run(["--config", "some.toml"]).await;
    assert!(ran.code == Some(1) && ran.err.contains("`--config` is of use to"), "{}", ran.err);
}

#[tokio::test]
async fn ask_that_is_interrupted_leaves_no_process() {
    for signal in [Signal::INT, Signal::TERM] {
        let script = Script::new();
        script.write("", "").unwrap();
        script.stage.set("gemini", Mood::Hang).unwrap();
        let child = start(with_config(&script, &["ask", "-b", "gemini", "hi"]));
        until("the start", || !script.stage.starts("gemini").unwrap().is_empty()).await;
        let fake = script.stage.starts("gemini").unwrap()[0];
        let pid = i32::try_from(child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
        assert_eq!(end(child).await.code, Some(130));
        until("the end of the fake", || !is_alive(fake)).await;
    }
}

fn with_config(script: &Script, args: &[&str]) -> Vec<String> {
    let file = script.path().to_str().unwrap().to_owned();
    ["--config".to_owned(), file].into_iter().chain(args.iter().map(|&a| a.to_owned())).collect()
}
