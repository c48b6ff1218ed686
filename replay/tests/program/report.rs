//! The report for people, and the picture.

use std::fs;

use serde_json::{Value, json};

use crate::world::{Run, expect, fed, program};

const LOG: &str = "time,duration,outcome\n0,1,fail\n2,1,fail\n4,1,ok\n6,1,fail\n8,1,ok\n9,nan,ok\n";

fn report(args: &[&str]) -> String {
    let run = fed(LOG.as_bytes(), &[&["--format", "csv"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.errors);
    run.printed
}

#[test]
fn report_has_the_log_the_table_the_best_and_the_limits() {
    let text = report(&["--threshold", "1,2,9", "--cooldown", "30s"]);
    for part in [
        "5 calls in 9s, from 1970-01-01 00:00:00 UTC to 1970-01-01 00:00:09 UTC",
        "3 failed (60.0 %): callers waited 3s for them",
        "trips  reopened  not closed",
        "no other saves as much waiting and rejects as few",
        "1 of 6 lines was left out",
        "line 7: no duration is `nan`",
        "* marks the unbeaten, 2 in all",
        "  * --threshold 1 --cooldown 30s ",
        "    --threshold 2 --cooldown 30s ",
        "With --threshold 1 --cooldown 30s:",
        "It keeps 2 of 3 failing calls (66.7 %) from the service.",
        "spared 2s of waiting",
        "it rejects 2 of 2 healthy calls (100 %)",
        "At the end of the log 1 breaker had not closed yet.",
        "#[circuit_breaker(name = \"...\", threshold = 1, cooldown = \"30s\")]",
        "[breakers.\"...\"]\n    threshold = 1\n    cooldown = \"30s\"",
        "With --threshold 9 --cooldown 30s:\n  The breaker never opens",
        "What a replay cannot know",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn large_grid_shows_the_unbeaten_and_the_first_twenty() {
    let many = (1..=30).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    // All with 1 save more than all with 2, at the same price.
    let args = ["--threshold", "2,1", "--probes", &many];
    let text = report(&args);
    let rows = |text: &str| {
        text.lines().filter(|line| line.contains(" --probes ") && line.contains('%')).count()
    };
    assert_eq!(rows(&text), 20 + 30, "{text}");
    assert!(text.contains("10 more are beaten; `--all` lists them"), "{text}");
    assert_eq!(rows(&report(&[&args[..], &["--all"]].concat())), 60);
}

#[test]
fn report_of_a_log_without_calls_says_so() {
    let run = fed(b"time,outcome\n", &["--format", "csv"]);
    assert!(run.code == Some(0) && run.printed.contains("has no call"), "{}", run.printed);
}

#[test]
fn document_goes_to_output_and_remarks_to_errors() {
    let run = fed(LOG.as_bytes(), &["--format", "csv", "--json"]);
    run.document();
    assert!(run.errors.contains("line 7: no duration is `nan`"), "{}", run.errors);
}

#[test]
fn help_lists_the_keys_of_the_attribute() {
    let output = program().arg("--help").output().unwrap();
    let text = Run::of(&output).printed;
    for flag in
        ["--threshold", "--failure-rate", "--backoff-reset", "--probe-timeout", "--min-calls"]
    {
        assert!(text.contains(flag), "{text}");
    }
    assert!(!text.contains("--jitter") && !text.contains("--count-calls"), "{text}");
}

#[test]
fn picture_shows_calls_tunings_and_the_trade_off() {
    let folder = tempfile::tempdir().unwrap();
    let (log, picture) = (folder.path().join("a<b>.csv"), folder.path().join("picture.svg"));
    fs::write(&log, LOG).unwrap();
    let grid = ["--threshold", "1,2,9", "--cooldown", "30s"];
    let output = program().arg(&log).args(grid).arg("--svg").arg(&picture).output().unwrap();
    assert_eq!(Run::of(&output).code, Some(0));
    let svg = fs::read_to_string(&picture).unwrap();
    for part in [
        "Calls in each 100ms",
        "a&lt;b&gt;.csv",
        "Waiting saved",
        "--threshold 9",
        "prefers-color-scheme: dark",
    ] {
        assert!(svg.contains(part), "{part}\n{svg}");
    }
    // A disc for each tuning, and its number for the two unbeaten ones, above and below.
    assert_eq!(svg.matches("<circle").count(), 3 + 2 * 2, "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn picture_of_a_log_without_calls_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (log, picture) = (folder.path().join("a.csv"), folder.path().join("picture.svg"));
    for text in ["time,outcome\n", "time,outcome\n1,ok\n"] {
        fs::write(&log, text).unwrap();
        let output = program().arg(&log).arg("--svg").arg(&picture).output().unwrap();
        assert_eq!(Run::of(&output).code, Some(0));
        let svg = fs::read_to_string(&picture).unwrap();
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
    }
}

/// The command of the program's page.
#[test]
fn sample_is_played() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample.csv");
    let flags = ["--threshold", "3,5,10", "--cooldown", "1s,5s,10s", "--json"];
    let document = Run::of(&program().arg(sample).args(flags).output().unwrap()).document();
    expect(&document["log"], "calls 600, failures 275, ignored 0, keys 1");
    assert!(document["log"]["bad"].as_object().unwrap().is_empty());
    let tunings = document["tunings"].as_array().unwrap();
    let best = |entry: &&Value| entry["unbeaten"] == true;
    let best: Vec<_> = tunings.iter().filter(best).map(|entry| entry["tuning"].clone()).collect();
    let wanted = [(3, "10s"), (5, "1s")];
    assert_eq!(
        best,
        wanted.map(|(threshold, cooldown)| json!({"threshold": threshold, "cooldown": cooldown}))
    );
}
