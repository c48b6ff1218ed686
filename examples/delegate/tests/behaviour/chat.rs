//! The loop, which keeps the breakers alive from one command to the next.

use std::fs;

use delegate::fakes::Mood;
use rustix::process::{Pid, Signal, kill_process};

use crate::shell::{chat, chat_args, end, start, type_in};
use crate::world::{Script, is_alive, until};

#[tokio::test]
async fn outage_is_lived_through_line_by_line() {
    let ask = "ask --backend gemini hi";
    let lines = ["mood gemini expired-login", ask, ask, ask, ask, "status", "notices"];
    let more = ["mood gemini answer", ask, "reset gemini", ask, "status", "quit", "ask not run"];
    let ran = chat(None, &[&lines[..], &more[..]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(count(&ran.err, "error: gemini failed, exit status: 41"), 3, "{}", ran.err);
    assert_eq!(count(&ran.err, "warning: gemini does not answer"), 1, "{}", ran.err);
    assert_eq!(count(&ran.out, "[delegate:degraded] gemini rests"), 2, "{}", ran.out);
    assert_eq!(count(&ran.out, "\"level\":\"warning\",\"backend\":\"gemini\""), 1, "{}", ran.out);
    assert_eq!(count(&ran.out, "gemini was open, is closed now"), 1, "{}", ran.out);
    assert_eq!(count(&ran.out, "[delegate:gemini] gemini has read: hi"), 1, "{}", ran.out);
    assert_eq!(count(&ran.out, "not run"), 0, "{}", ran.out);
    let rows: Vec<_> = ran.out.lines().filter(|line| line.starts_with("gemini  ")).collect();
    assert!(rows[0].contains("open       3 of 3") && rows[0].contains("in "), "{rows:?}");
    assert!(rows[1].contains("closed     0 of 3"), "{rows:?}");
}

#[tokio::test]
async fn mistakes_do_not_end_it() {
    let lines =
        ["nonsense", "reset nobody", "ask", "ask it's", "mood gemini", "", "reload", "ask hi"];
    let ran = chat(None, &lines).await;
    assert_eq!(ran.code, Some(0), "the end of the input ends it: {}", ran.err);
    for part in [
        "unrecognized subcommand 'nonsense'",
        "there is no back end `nobody`",
        "a quote is not closed",
        "no file to reload; start with `--config FILE`",
    ] {
        assert_eq!(count(&ran.err, part), 1, "{part} is not in\n{}", ran.err);
    }
    assert_eq!(ran.out, "[delegate:gemini] gemini has read: hi\n");
}

#[tokio::test]
async fn help_lists_the_commands() {
    let ran = chat(None, &["help"]).await;
    for command in ["ask", "status", "reset", "notices", "reload", "mood", "quit"] {
        assert!(ran.out.contains(&format!("\n  {command} ")), "{}", ran.out);
    }
}

#[tokio::test]
async fn reload_takes_over_the_file_and_a_bad_one_changes_nothing() {
    let script = Script::new();
    script.write("notifications_file = \"notices.jsonl\"", "").unwrap();
    script.stage.set("gemini", Mood::ExpiredLogin).unwrap();
    let config = script.path();
    let mut child = start(chat_args(Some(&config)));
    let started = |count| {
        let stage = script.stage.clone();
        move || stage.starts("gemini").unwrap().len() == count
    };

    type_in(&mut child, &["ask -b gemini one"]).await;
    until("the first call", started(1)).await;
    fs::write(&config, "breaker_failure_threshold = 0").unwrap();
    type_in(&mut child, &["reload", "ask -b gemini two"]).await;
    until("the second", started(2)).await;
    script
        .write("notifications_file = \"notices.jsonl\"", "breaker_failure_threshold = 1")
        .unwrap();
    type_in(&mut child, &["reload", "ask -b gemini three", "ask -b gemini four"]).await;
    drop(child.stdin.take());

    let ran = end(child).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(count(&ran.err, "`threshold` must be at least 1, found `0`"), 1);
    assert_eq!(count(&ran.out, "reloaded; breakers keep their state"), 1);
    assert_eq!(count(&ran.out, "[delegate:degraded] gemini rests"), 1, "{}", ran.out);
    let notices = fs::read_to_string(script.folder.path().join("notices.jsonl")).unwrap();
    assert_eq!(notices.lines().count(), 1, "in the folder of the file: {notices}");
    assert!(started(3)());
}

#[tokio::test]
async fn interrupt_ends_it_and_what_it_has_started() {
    let script = Script::new();
    script.write("", "").unwrap();
    script.stage.set("gemini", Mood::Hang).unwrap();
    let config = script.path();
    let mut child = start(chat_args(Some(&config)));
    type_in(&mut child, &["ask -b gemini hi"]).await;
    until("the start", || !script.stage.starts("gemini").unwrap().is_empty()).await;
    let fake = script.stage.starts("gemini").unwrap()[0];
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::INT).unwrap();
    // The input is still open: the signal alone ends the loop.
    let input = child.stdin.take();
    assert_eq!(end(child).await.code, Some(0));
    drop(input);
    until("the end of the fake", || !is_alive(fake)).await;
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}
