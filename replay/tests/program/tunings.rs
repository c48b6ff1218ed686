//! The grid of tunings.

use serde_json::{Value, json};

use crate::world::{csv, expect, fed, refused};

const LOG: &str = "time,duration,outcome\n0,1,fail\n2,1,fail\n4,1,ok\n6,1,fail\n8,1,ok\n";

fn tunings(args: &[&str]) -> Vec<Value> {
    let document = csv(LOG, args);
    document["tunings"].as_array().unwrap().iter().map(|entry| entry["tuning"].clone()).collect()
}

#[test]
fn last_flag_varies_fastest() {
    let grid = tunings(&["--threshold", "3,5", "--cooldown", "5s,1m30s"]);
    assert_eq!(
        grid,
        [
            json!({"threshold": 3, "cooldown": "5s"}),
            json!({"threshold": 3, "cooldown": "1m30s"}),
            json!({"threshold": 5, "cooldown": "5s"}),
            json!({"threshold": 5, "cooldown": "1m30s"}),
        ]
    );
    let grid = tunings(&["--window", "10s,100", "--failure-rate", "0.5"]);
    assert_eq!(grid[0], json!({"window": "10s", "failure_rate": 0.5}));
    assert_eq!(grid[1], json!({"window": 100, "failure_rate": 0.5}));
}

#[test]
fn without_flags_the_defaults_are_played() {
    assert_eq!(tunings(&[]), [json!({})]);
}

#[test]
fn grid_gives_the_figures_of_its_tunings_alone() {
    let all = csv(LOG, &["--threshold", "1,2", "--cooldown", "1s,3s"]);
    for (index, (threshold, cooldown)) in
        [("1", "1s"), ("1", "3s"), ("2", "1s"), ("2", "3s")].into_iter().enumerate()
    {
        let alone = &csv(LOG, &["--threshold", threshold, "--cooldown", cooldown])["tunings"][0];
        let mut found = all["tunings"][index].clone();
        found["unbeaten"] = Value::Bool(true);
        assert_eq!(&found, alone);
    }
}

#[test]
fn unbeaten_tunings_save_more_or_cost_less() {
    // Threshold 1 opens at 1, 2 opens at 3, and 9 never does.
    let entries = csv(LOG, &["--threshold", "1,2,9"])["tunings"].clone();
    expect(&entries[0], "saved_ns 2_000_000_000, lost_calls 2, saved_calls 2");
    expect(&entries[1], "saved_ns 1_000_000_000, lost_calls 2, saved_calls 1");
    expect(&entries[2], "saved_ns 0, lost_calls 0");
    let marks: Vec<_> = (0..3).map(|index| entries[index]["unbeaten"] == true).collect();
    assert_eq!(marks, [true, false, true]);
}

#[test]
fn without_durations_calls_are_compared() {
    let log = "time,outcome\n0,fail\n2,fail\n4,ok\n6,fail\n8,ok\n";
    let entries = csv(log, &["--threshold", "1,2"])["tunings"].clone();
    expect(&entries[0], "saved_ns 0, saved_calls 2, lost_calls 2");
    assert!(entries[0]["unbeaten"] == true && entries[1]["unbeaten"] == false);
}

#[test]
fn equal_tunings_do_not_beat_each_other() {
    let entries = csv(LOG, &["--threshold", "8,9"])["tunings"].clone();
    assert!(entries[0]["unbeaten"] == true && entries[1]["unbeaten"] == true);
}

#[test]
fn combinations_that_break_a_rule_are_left_out_and_named() {
    let flags = "--format csv --json --backoff 2 --cooldown 5s,1m --cooldown-max 30s";
    let args: Vec<_> = flags.split(' ').collect();
    let run = fed(LOG.as_bytes(), &args);
    assert_eq!(run.document()["tunings"].as_array().unwrap().len(), 1);
    let wanted = "--backoff 2 --cooldown 1m --cooldown-max 30s: `cooldown_max` must not be less than `cooldown`, found `30s`";
    assert!(run.errors.contains(wanted), "{}", run.errors);
    let quiet = fed(LOG.as_bytes(), &[&args[..], &["--quiet"]].concat());
    assert_eq!(quiet.errors, "");
    let error = refused(LOG, &["--slow-rate", "0.5"]);
    assert!(error.contains("`slow_rate` needs `slow_call` to be set"), "{error}");
}

#[test]
fn wrong_values_are_refused_with_a_remedy() {
    for (flag, value, wrong, help) in [
        ("--threshold", "0", "`--threshold` must be at least 1, found `0`", "use `--threshold 1`"),
        ("--threshold", "3,x", "expected an integer for `--threshold`", "write `--threshold 5`"),
        ("--threshold", "-1", "`--threshold` must be at least 1, found `-1`", "1 to 65535"),
        ("--cooldown", "30", "expected a duration for `--cooldown`", "`--cooldown 30s`"),
        ("--cooldown", "30 sec", "`--cooldown`", "`--cooldown 30s`"),
        ("--failure-rate", "50", "above 0 and at most 1, found `50`", "`--failure-rate 0.5`"),
        ("--window", "5ms", "between 10ms and 24h", "`--window 10s`"),
        ("--jitter", "0.2", "`--jitter` is random", "leave it out"),
        ("--disorder", "soon", "soon", "write a duration"),
        ("--failure-status", "teapot", "`teapot` is no status", "5xx,408,429"),
        ("--columns", "time", "`time` has no `=`", "--columns time=ts"),
        ("--columns", "when=ts", "`when` is no field", "time, duration, outcome"),
        ("--delimiter", "ab", "ab", "one character"),
    ] {
        let error = refused(LOG, &[flag, value]);
        assert!(error.contains(wrong) && error.contains(help), "{flag} {value}: {error}");
    }
}

#[test]
fn unknown_and_repeated_flags_are_refused() {
    let error = refused(LOG, &["--treshold", "5"]);
    assert!(error.contains("'--treshold'") && error.contains("'--threshold'"), "{error}");
    let error = refused(LOG, &["--threshold", "5", "--threshold", "6"]);
    assert!(error.contains("cannot be used multiple times"), "{error}");
}

#[test]
fn grid_has_a_bound() {
    let many =
        |count: u32| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let error = refused(LOG, &["--threshold", &many(101), "--probes", &many(10)]);
    assert!(error.contains("more than 1000 tunings"), "{error}");
    let grid = csv(LOG, &["--threshold", &many(100), "--probes", &many(10)]);
    assert_eq!(grid["tunings"].as_array().unwrap().len(), 1000);
}
