//! Mistakes of a person at the command line, and the answers of `replay`.

use super::world::fed;

/// Runs `replay` on a log; returns what it prints, or the error that it ends with.
fn replay(format: &str, log: &str, words: &[&str]) -> Result<String, String> {
    let run = fed(log.as_bytes(), &[&["--format", format, "--quiet"], words].concat());
    if run.code == Some(0) { Ok(run.printed) } else { Err(run.errors) }
}

/// As `tracing` writes them: what a program has logged is inside `fields`.
const NESTED: &str = r#"{"timestamp":"2026-01-31T09:30:00Z","fields":{"status":200,"time.busy":"120ms"}}
{"timestamp":"2026-01-31T09:30:01Z","fields":{"status":502,"time.busy":"3s"},"status":200}
{"fields":{"time.busy":"1s","status":502},"timestamp":"2026-01-31T09:30:02Z"}
"#;

#[test]
fn columns_inside_objects_of_json_are_read() {
    let columns = "--columns=status=fields.status,duration=fields.time.busy";
    let found = replay("json", NESTED, &[columns]).unwrap();
    assert!(found.contains("3 calls in 4s"), "{found}");
    assert!(found.contains("2 failed (66.7 %): callers waited 4s for them"), "{found}");
}

#[test]
fn column_that_the_lines_lack_is_answered_with_their_names() {
    let error = replay("json", NESTED, &["--columns=status=code"]).unwrap_err();
    let names = "line 1: no status; the line has `fields.status`, `fields.time.busy`, `timestamp`";
    assert!(error.contains(names), "{error}");
    assert!(error.contains("help: name it by"), "{error}");
    let log = r#"{"begun":"2026-01-31T09:30:00Z","outcome":"ok"}"#;
    let error = replay("json", log, &[]).unwrap_err();
    assert!(error.contains("help: name it by `--columns time=NAME`"), "{error}");
}

#[test]
fn value_in_place_of_an_object_has_no_columns() {
    let log = r#"{"time":1700000000,"fields":7,"outcome":"ok"}"#;
    let columns = "--columns=duration=fields.took";
    let found = replay("json", log, &[columns]).unwrap();
    assert!(found.contains("It has no durations"), "{found}");
}

/// `awk '{ print substr($4, 2) " " substr($5, 1, 5) "," $9 }' access.log`, with a header.
const ACCESS: &str = "time,status
31/Jan/2026:23:59:59 +0000,200
[01/Feb/2026:01:00:01 +0100],503
01/Feb/2026:00:00:03 +0000,429
01/Okt/2026:00:00:03 +0000,200
";

#[test]
fn dates_of_access_logs_are_read() {
    let found = replay("csv", ACCESS, &["--threshold=2"]).unwrap();
    let span = "3 calls in 4s, from 2026-01-31 23:59:59 UTC to 2026-02-01 00:00:03 UTC";
    assert!(found.contains(span), "{found}");
    assert!(found.contains("line 5: no time is `01/Okt/2026:00:00:03 +0000`"), "{found}");
}

const CSV: &str = "time,duration,outcome\n1700000000,2,ok\n1700000001,4,error\n";

#[test]
fn durations_are_summed_up_so_that_a_wrong_unit_shows() {
    let found = replay("csv", CSV, &[]).unwrap();
    assert!(found.contains("A call took 3s on average, and 4s at most"), "{found}");
}

#[test]
fn key_that_does_nothing_is_refused() {
    for words in ["--window=10", "--min-calls=5", "--cooldown-max=60s --backoff=1"] {
        let words: Vec<_> = words.split(' ').chain(["--threshold=5"]).collect();
        let error = replay("csv", CSV, &words).unwrap_err();
        assert!(error.contains("is of no use"), "{error}");
    }
}

#[test]
fn combination_in_which_a_key_does_nothing_is_left_out() {
    let found = replay("csv", CSV, &["--backoff=1,2", "--cooldown-max=60s"]).unwrap();
    assert!(found.contains("1 combination left out"), "{found}");
}

#[test]
fn disorder_needs_a_unit() {
    let error = replay("csv", CSV, &["--disorder=5"]).unwrap_err();
    assert!(error.contains("add a unit: `--disorder 5s`"), "{error}");
}

#[test]
fn array_of_json_is_answered_with_a_way_out() {
    let error = replay("json", "[{\"time\":1},\n{\"time\":2}]\n", &[]).unwrap_err();
    assert!(error.contains("`jq -c '.[]'`"), "{error}");
}

#[test]
fn line_that_is_no_header_is_shown_in_part() {
    let log = format!("192.168.1.7 - - {}\n", "x".repeat(200));
    let error = replay("csv", &log, &[]).unwrap_err();
    assert!(error.contains("the first line has to be a header"), "{error}");
    assert!(error.len() < 300, "{error}");
}
