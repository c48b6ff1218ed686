//! The outage, played to its end.

use std::fs;
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::Mutex;

use crate::shell::end;
use crate::world::PROGRAM;

#[tokio::test]
async fn demo_without_arguments_shows_what_the_breaker_saves() {
    play(&[]).await;
}

#[tokio::test]
async fn demo_can_be_asked_for() {
    play(&["--demo"]).await;
}

/// A demo starts some twenty processes at once, and gives each less than a second.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

async fn play(args: &[&str]) {
    let _turn = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(PROGRAM)
        .args(args)
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ran = end(child).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("Time runs 100 times as fast as in the story."), "{}", ran.out);

    let row = |label| cells(&ran.out, label);
    let count = |label| row(label).map(|cell| cell.parse::<usize>().unwrap());
    let [probes, _] = count("of them probes");
    let [starts, bare_starts] = count("processes started");
    assert_eq!([starts, bare_starts], [3 + probes, 100], "{}", ran.out);
    assert_eq!(count("degraded at once"), [100 - starts, 0], "{}", ran.out);
    let times = row("time the calls took, here");
    let [time, bare_time] = times.map(|cell| cell.trim_end_matches(" s").parse::<f64>().unwrap());
    assert!(bare_time >= 90.0 && time < bare_time / 2.0, "{}", ran.out);
    let one = ran.out.contains("1 was let through as a probe, 19 were degraded at once");
    assert!(one, "{}", ran.out);
    assert!(ran.out.contains("[delegate:degraded] claude rests after repeated failures; retry in"));

    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!is_mentioned_by_a_process(folder.path().to_str().unwrap()));
}

/// Returns a row's cells.
fn cells<'o>(out: &'o str, label: &str) -> [&'o str; 2] {
    let rest = |line: &'o str| line.trim_start().strip_prefix(label);
    let row = out.lines().find_map(rest).unwrap();
    let cells: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    cells.try_into().unwrap()
}

/// Returns true if a process has that text among its arguments, as all fakes have the
/// name of their stage. Where there is no `/proc`, none is found.
fn is_mentioned_by_a_process(text: &str) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    let arguments =
        processes.flatten().filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let mut arguments = arguments.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    arguments.any(|line| line.contains(text))
}
