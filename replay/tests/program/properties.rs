//! Rules that hold for every log.

use std::fmt::Write;

use proptest::prelude::*;

use crate::world::{csv, json};

#[derive(Clone, Debug)]
struct Line {
    /// Milliseconds.
    start: u64,
    duration: u64,
    outcome: &'static str,
    key: u8,
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let outcome = prop::sample::select(vec!["ok", "fail", "fail", "ignored"]);
    let line = (0..30_000_u64, 0..3_000_u64, outcome, 0..3_u8);
    prop::collection::vec(line, 0..80).prop_map(|lines| {
        let line = |(start, duration, outcome, key)| Line { start, duration, outcome, key };
        lines.into_iter().map(line).collect()
    })
}

/// Flags of grids that open often.
fn flags() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![
        vec!["--threshold", "1,2,3", "--cooldown", "1s,5s"],
        vec!["--failure-rate", "0.5", "--window", "5s,10", "--min-calls", "3", "--cooldown", "2s"],
        vec![
            "--threshold",
            "2",
            "--slow-call",
            "1s",
            "--probes",
            "1,2",
            "--success-threshold",
            "1,2",
        ],
        vec!["--failure-count", "2", "--window", "3s", "--backoff", "1,2", "--cooldown", "1s"],
    ])
}

fn as_csv(lines: &[Line]) -> String {
    let mut log = "time,duration_ms,outcome,key\n".to_owned();
    for Line { start, duration, outcome, key } in lines {
        let _ = writeln!(log, "{}.{:03},{duration},{outcome},{key}", start / 1000, start % 1000);
    }
    log
}

fn as_json_of_ends(lines: &[Line]) -> String {
    let mut log = "{}\n".repeat(0);
    for Line { start, duration, outcome, key } in lines {
        let end = start + duration;
        let (seconds, millis) = (end / 1000, end % 1000);
        let _ = writeln!(
            log,
            "{{\"key\":\"{key}\",\"time\":{seconds}.{millis:03},\"latency\":\"{duration}ms\",\"outcome\":\"{outcome}\"}}"
        );
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_are_admitted_or_rejected(lines in lines(), flags in flags()) {
        let document = csv(&as_csv(&lines), &flags);
        for entry in document["tunings"].as_array().unwrap() {
            let figure = |name: &str| entry[name].as_u64().unwrap();
            prop_assert_eq!(figure("admitted") + figure("rejected"), figure("calls"));
            prop_assert_eq!(figure("calls"), lines.len() as u64);
            prop_assert_eq!(figure("saved_calls") + figure("reached_failures"), figure("failures"));
            let turned = figure("saved_calls") + figure("lost_calls") + figure("rejected_ignored");
            prop_assert_eq!(turned, figure("rejected"));
            prop_assert_eq!(figure("trips"), figure("closes") + figure("open_at_end"));
            prop_assert!(figure("late_ns") <= figure("open_ns"));
            prop_assert!(figure("late_max_ns") <= figure("late_ns"));
            prop_assert!(figure("reopened") + figure("closes") <= figure("probes"));
        }
        prop_assert!(document["tunings"].as_array().unwrap().iter().any(|entry| entry["unbeaten"] == true));
    }

    #[test]
    fn order_of_lines_changes_nothing(lines in lines(), flags in flags(), seed in any::<u64>()) {
        // Lines that start or end together are settled by their order, so no two may.
        let mut lines = lines;
        for (index, line) in lines.iter_mut().enumerate() {
            line.start = line.start / 100 * 100 + index as u64;
            line.duration = line.duration / 100 * 100;
        }
        let mut mixed = lines.clone();
        mixed.sort_by_key(|line| (line.start ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(csv(&as_csv(&lines), &flags), csv(&as_csv(&mixed), &flags));
    }

    #[test]
    fn forms_of_a_log_tell_the_same(lines in lines(), flags in flags()) {
        if lines.is_empty() {
            return Ok(());
        }
        let ends = json(&as_json_of_ends(&lines), &[&["--time", "end"], &flags[..]].concat());
        prop_assert_eq!(csv(&as_csv(&lines), &flags), ends);
    }

    #[test]
    fn keys_are_played_alone(lines in lines(), flags in flags()) {
        // A last call of each key lets all their logs end together.
        let end = |key| Line { start: 40_000, duration: 0, outcome: "ignored", key };
        let begin = |key| Line { start: 0, duration: 0, outcome: "ignored", key };
        let of = |key: u8| {
            let own = lines.iter().filter(|line| line.key == key).cloned();
            [begin(key)].into_iter().chain(own).chain([end(key)]).collect::<Vec<_>>()
        };
        let all: Vec<_> = (0..3).flat_map(of).collect();
        let whole = csv(&as_csv(&all), &flags);
        let parts: Vec<_> = (0..3).map(|key| csv(&as_csv(&of(key)), &flags)).collect();
        for (index, entry) in whole["tunings"].as_array().unwrap().iter().enumerate() {
            for name in ["admitted", "saved_ns", "lost_calls", "trips", "closes", "probes", "open_ns", "late_ns"] {
                let sum: u64 = parts.iter().map(|part| part["tunings"][index][name].as_u64().unwrap()).sum();
                prop_assert_eq!(entry[name].as_u64(), Some(sum), "{}", name);
            }
        }
    }
}
