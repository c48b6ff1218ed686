//! The values of a log.

use crate::world::{csv, expect, figures, json};

/// The failures among the calls, by their verdict.
fn failures(column: &str, texts: &[&str], args: &[&str]) -> Vec<bool> {
    let is_failure = |text: &&str| {
        let document = csv(&format!("time,{column}\n0,{text}\n"), args);
        assert_eq!(document["log"]["calls"], 1, "{text}: {document}");
        document["log"]["failures"] == 1
    };
    texts.iter().map(is_failure).collect()
}

#[test]
fn words_tell_the_outcome() {
    let all = failures("outcome", &["success", "OK", "True", " ok "], &[]);
    assert_eq!(all, [false; 4]);
    let words = ["failure", "error", "ERR", "fail", "False", "timeout"];
    assert_eq!(failures("result", &words, &[]), [true; 6]);
    assert_eq!(csv("time,outcome\n0,Cancelled\n0,ignore\n0,ignored\n", &[])["log"]["ignored"], 3);
}

#[test]
fn status_is_judged_as_by_the_layer() {
    let statuses = ["100", "200", "302", "404", "408", "429", "499", "500", "503", "599"];
    let failed = [false, false, false, false, true, true, false, true, true, true];
    assert_eq!(failures("status", &statuses, &[]), failed);
    let rule = ["--failure-status", "404,5xx"];
    let failed = [false, false, false, true, false, false, false, true, true, true];
    assert_eq!(failures("status_code", &statuses, &rule), failed);
}

#[test]
fn calls_without_an_answer_fail_if_the_rule_says_so() {
    // As k6, nginx and HAProxy write them.
    let log = "time,status\n0,200\n1,200\n2,200\n3,0\n4,-\n5,-1\n";
    let found = csv(log, &[]);
    assert_eq!((&found["log"]["failures"], &found["log"]["bad"]["status"]), (&0.into(), &3.into()));
    let found = csv(log, &["--failure-status", "5xx,0,-1"]);
    assert_eq!((&found["log"]["failures"], &found["log"]["bad"]["status"]), (&2.into(), &1.into()));
    assert_eq!(csv(log, &["--failure-status=-,0,-1"])["log"]["failures"], 3);
}

#[test]
fn outcome_is_read_before_a_status() {
    let log = "time,status,outcome\n0,500,ok\n1,200,fail\n2,200,fail\n";
    assert_eq!(csv(log, &[])["log"]["failures"], 2);
    assert_eq!(csv(log, &["--columns", "status=status"])["log"]["failures"], 1);
}

#[test]
fn times_have_many_forms() {
    for (text, nanos) in [
        ("1767225600", "2026-01-01T00:00:00.000000000Z"),
        ("1767225600.123456789", "2026-01-01T00:00:00.123456789Z"),
        ("1767225600.1234567899", "2026-01-01T00:00:00.123456789Z"),
        ("1767225600123", "2026-01-01T00:00:00.123000000Z"),
        ("1767225600123.5", "2026-01-01T00:00:00.123500000Z"),
        ("1767225600123456", "2026-01-01T00:00:00.123456000Z"),
        ("1767225600123456789", "2026-01-01T00:00:00.123456789Z"),
        ("1.7672256e9", "2026-01-01T00:00:00.000000000Z"),
        ("17672256000E-1", "2026-01-01T00:00:00.000000000Z"),
        ("99999999", "1973-03-03T09:46:39.000000000Z"),
        ("100000000000", "1973-03-03T09:46:40.000000000Z"),
        ("-1.5", "1969-12-31T23:59:58.500000000Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000000Z"),
        ("2026-01-01 02:00:00.25+02:00", "2026-01-01T00:00:00.250000000Z"),
        ("2025-12-31t21:30:00.000000001-02:30", "2026-01-01T00:00:00.000000001Z"),
        ("2026-01-01T02:00:00.5+0200", "2026-01-01T00:00:00.500000000Z"),
        ("2025-12-31 19:00:00 -05", "2026-01-01T00:00:00.000000000Z"),
        ("2026-01-01 00:00:00.125", "2026-01-01T00:00:00.125000000Z"),
        ("\"2026-01-01 00:00:00,125\"", "2026-01-01T00:00:00.125000000Z"),
        ("1901-02-03T04:05:06.7Z", "1901-02-03T04:05:06.700000000Z"),
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000000Z"),
    ] {
        let document = csv(&format!("time,outcome\n{text},ok\n"), &[]);
        assert_eq!(document["log"]["first"], nanos, "{text}");
    }
}

#[test]
fn bad_values_are_counted_by_their_kind() {
    let good = "0,1,ok\n".repeat(20);
    for (line, kind) in [
        ("yesterday,1,ok", "time"),
        (",1,ok", "time"),
        ("99999999999,1,ok", "time"),
        ("NaN,1,ok", "time"),
        ("inf,1,ok", "time"),
        ("1e400,1,ok", "time"),
        ("9999999999999999999999,1,ok", "time"),
        ("-9223372036854775809,1,ok", "time"),
        ("2023-02-29T00:00:00Z,1,ok", "time"),
        ("2026-01-01T00:00:00+2,1,ok", "time"),
        ("2026-01-01T00:00:00*0200,1,ok", "time"),
        ("2026-01-01T24:00:00Z,1,ok", "time"),
        ("31/Jan/2026:09:30:00,1,ok", "time"),
        ("32/Jan/2026:09:30:00 +0000,1,ok", "time"),
        ("31/Okt/2026:09:30:00 +0000,1,ok", "time"),
        ("31/Jan/2026:09:60:00 +0000,1,ok", "time"),
        ("1,-1,ok", "duration"),
        ("1,NaN,ok", "duration"),
        ("1,1d,ok", "duration"),
        ("1,\"0.1, 0.2\",ok", "duration"),
        ("1,1e300,ok", "duration"),
        ("1,1,maybe", "outcome"),
        ("1,1,", "outcome"),
        ("1,1,200", "outcome"),
        ("1,1", "fields"),
        ("1,1,ok,", "fields"),
    ] {
        let log = &csv(&format!("time,duration,outcome\n{good}{line}\n"), &[])["log"];
        assert_eq!(log["bad"][kind], 1, "{line}: {log}");
        assert_eq!(log["calls"], 20, "{line}");
    }
    for status in ["20", "2000", "0.5", "600", "099", "OK", "UNAVAILABLE", "-14", ""] {
        let log = &csv(&format!("time,status\n0,200\n1,200\n2,{status}\n"), &[])["log"];
        assert_eq!(log["bad"]["status"], 1, "{status}: {log}");
    }
}

#[test]
fn durations_have_units() {
    for (header, text, nanos) in [
        ("duration", "1.5", 1_500_000_000_u64),
        ("latency_ms", "1.5", 1_500_000),
        ("elapsed_us", "1.5", 1_500),
        ("took_ns", "1.5", 1),
        ("request_time", "0.003", 3_000_000),
        ("response_time_s", "2", 2_000_000_000),
        ("duration_ms", "2s", 2_000_000_000),
        ("duration", "120ms", 120_000_000),
        ("duration", "1m30.5s", 90_500_000_000),
        ("duration", "1h", 3_600_000_000_000),
        ("duration", "12.5µs", 12_500),
        ("duration", "7ns", 7),
        ("duration", "1e-3", 1_000_000),
        ("duration", "-0", 0),
        ("duration", "", 0),
        ("duration", "-", 0),
    ] {
        let log = format!("time,{header},outcome\n0,,fail\n1,{text},fail\n");
        let all = figures(&log, "--threshold 1");
        assert_eq!(all["saved_ns"], nanos, "{header} {text}");
    }
    let plain = "time,duration,outcome\n0,,fail\n1,1.5,fail\n";
    expect(&figures(plain, "--threshold 1 --duration-unit ms"), "saved_ns 1_500_000");
    let ending = "time,duration_us,outcome\n0,,fail\n1,1.5,fail\n";
    expect(&figures(ending, "--threshold 1 --duration-unit ms"), "saved_ns 1_500");
}

#[test]
fn ends_are_taken_back_to_starts() {
    let ends = "time,duration,outcome\n1,1,fail\n1.5,0.25,ok\n";
    let starts = "time,duration,outcome\n0,1,fail\n1.25,0.25,ok\n";
    assert_eq!(figures(ends, "--threshold 1 --time end"), figures(starts, "--threshold 1"));
}

#[test]
fn columns_are_found_by_many_names() {
    let log = "Upstream,TS,Latency_MS,Code\na,0,10,200\nb,1,10,500\n";
    let log = &csv(log, &["--columns", "key=upstream"])["log"];
    expect(log, "calls 2, failures 1, keys 2");
    // The preferred name wins, whatever the order.
    let log = &csv("ts,time,result,outcome\n9,1,ok,fail\n9,2,ok,fail\n", &[])["log"];
    expect(log, "calls 2, failures 2");
    assert_eq!(log["first"], "1970-01-01T00:00:01.000000000Z");
    let log = &csv(
        "ts,time,result,outcome\n9,1,ok,fail\n",
        &["--columns", "time=TS,outcome=result"],
    )["log"];
    expect(log, "calls 1, failures 0");
    assert_eq!(log["first"], "1970-01-01T00:00:09.000000000Z");
}

#[test]
fn forms_of_csv_are_read() {
    let plain = csv("time,outcome,key\n0,ok,a b\n1,fail,c\n", &[]);
    for (log, args) in [
        ("time,outcome,key\r\n0,ok,a b\r\n1,fail,c\r\n", vec![]),
        ("\u{feff}time,outcome,key\n\n0,ok,a b\n\n1,fail,c", vec![]),
        ("\"time\",\"outcome\",\"key\"\n\"0\",\"ok\",\"a b\"\n\"1\",\"fail\",\"c\"\n", vec![]),
        ("time;outcome;key\n0;ok;a b\n1;fail;c\n", vec!["--delimiter", ";"]),
        ("time\toutcome\tkey\n0\tok\ta b\n1\tfail\tc\n", vec!["--delimiter", "tab"]),
    ] {
        assert_eq!(csv(log, &args), plain, "{log}");
    }
}

#[test]
fn json_lines_are_read_like_csv() {
    let plain =
        csv("time,duration_ms,status,key\n1767225600.000000001,5,200,7\n1767225601,6,503,é\n", &[]);
    let log = r#"
{"time": 1767225600.000000001, "duration_ms": 5, "status": 200, "key": 7, "more": {"status": [1]}}
{"key":"\u00e9","level":"INFO","Status":"503","duration_ms":"6","time":"2026-01-01T00:00:01Z"}
"#;
    assert_eq!(json(log, &[]), plain);
}

#[test]
fn json_lines_that_are_no_calls_are_counted() {
    let good = "{\"time\":1,\"outcome\":\"ok\"}\n".repeat(12);
    let bad = r#"nonsense
[1]
{"time":1,"outcome":"ok"
{"time":1,"outcome":"ok"} more
{"time":null,"outcome":"ok"}
{"outcome":"ok"}
{"time":1}
{"time":1,"outcome":true}
{"time":1,"outcome":"ok","duration":null,"key":null}
{"time":1,"outcome":"ok","duration":[1]}
{"time":1,"status":"OK"}
"#;
    let log = &json(&(good + bad), &[])["log"];
    expect(log, "calls 14");
    let kinds =
        serde_json::json!({"fields": 4, "time": 2, "outcome": 1, "duration": 1, "status": 1});
    assert_eq!(log["bad"], kinds);
}
