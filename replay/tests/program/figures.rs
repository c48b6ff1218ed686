//! The figures of a tuning.

use crate::world::{csv, expect, figures};

/// Two failures trip at 2.5; the calls at 3 and 4 are rejected; the probe at 10 fails at 10.5, and
/// the call at 13 is rejected.
const LOG: &str = "time,duration,outcome
0,1,ok
1,0.5,fail
2,0.5,fail
3,0.5,fail
4,0.5,ok
10,0.5,fail
13,0.5,ok
";

#[test]
fn every_figure_of_a_log_is_as_by_hand() {
    let all = figures(LOG, "--threshold 2 --cooldown 5s");
    expect(&all, "calls 7, failures 4, ignored 0, admitted 4, rejected 3");
    expect(&all, "saved_calls 1, saved_ns 500_000_000, reached_failures 3");
    expect(&all, "lost_calls 2, rejected_ignored 0");
    expect(&all, "trips 1, reopened 1, probes 1, closes 0, open_at_end 1");
    // From 2.5 to the end, 13.5. The last failure ends at 10.5.
    expect(&all, "open_ns 11_000_000_000, late_ns 3_000_000_000, late_max_ns 3_000_000_000");
    assert_eq!(all["seconds"].as_f64(), Some(13.5));
}

#[test]
fn recovery_delay_counts_from_the_last_failure_of_the_log() {
    // Trips at 1, and closes at 7 by the probe. The rejected failure ends at 4.
    let log = "time,duration,outcome\n0,1,fail\n3,1,fail\n6,1,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 5s");
    expect(&all, "trips 1, closes 1, open_ns 6_000_000_000, late_ns 3_000_000_000");
    // Without it the delay counts from the opening.
    let log = "time,duration,outcome\n0,1,fail\n6,1,ok\n";
    expect(&figures(log, "--threshold 1 --cooldown 5s"), "late_ns 6_000_000_000");
}

#[test]
fn failure_that_ends_with_the_span_leaves_no_delay() {
    // Both end at 7: the probe, which closes, and the rejected failure of a later line.
    let log = "time,duration,outcome\n0,1,fail\n6,1,ok\n6.5,0.5,fail\n9,1,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 5s");
    expect(&all, "rejected 1, closes 1, open_ns 6_000_000_000, late_ns 0, late_max_ns 0");
}

#[test]
fn delays_of_several_spans_are_summed_and_the_longest_is_kept() {
    let log = "time,duration,outcome\n0,1,fail\n6,1,ok\n10,1,fail\n16,3,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 5s");
    expect(&all, "trips 2, closes 2, open_ns 14_000_000_000");
    expect(&all, "late_ns 14_000_000_000, late_max_ns 8_000_000_000");
}

#[test]
fn call_that_ends_as_the_next_starts_is_settled_before() {
    let log = |next: &str| format!("time,duration,outcome\n0,1,fail\n{next},1,ok\n");
    expect(&figures(&log("1"), "--threshold 1"), "admitted 1, rejected 1");
    expect(&figures(&log("0.999999999"), "--threshold 1"), "admitted 2, rejected 0, trips 1");
}

#[test]
fn cooldown_is_over_to_the_millisecond() {
    let log =
        |fail: &str, next: &str| format!("time,duration,outcome\n0,{fail},fail\n{next},1,ok\n");
    let flags = "--threshold 1 --cooldown 5s";
    expect(&figures(&log("1", "5.999999999"), flags), "rejected 1, probes 0, closes 0");
    expect(&figures(&log("1", "6"), flags), "rejected 0, probes 1, closes 1");
    // A breaker counts whole milliseconds, and cuts no cooldown short.
    expect(&figures(&log("1.0000005", "6.000999999"), flags), "rejected 1");
    expect(&figures(&log("1.0000005", "6.001"), flags), "rejected 0, probes 1");
}

#[test]
fn calls_without_length_are_settled_before_the_next_or_at_the_end() {
    let log = "time,outcome\n5,fail\n5,ok\n5,fail\n";
    let all = figures(log, "--threshold 1");
    expect(&all, "admitted 1, rejected 2, saved_calls 1, saved_ns 0, lost_calls 1");
    expect(&all, "trips 1, open_ns 0, open_at_end 1");
    let last = figures("time,outcome\n5,ok\n5,fail\n", "--threshold 1");
    expect(&last, "admitted 2, rejected 0, trips 1, open_ns 0, open_at_end 1");
}

#[test]
fn ends_at_one_moment_are_settled_by_line() {
    // Both end at 3. If the success came first, the failures would not be in a row.
    let log = |first: &str, second: &str| {
        format!("time,duration,outcome\n0,1,fail\n{first}\n{second}\n4,1,ok\n")
    };
    let flags = "--threshold 2";
    expect(&figures(&log("1,2,fail", "2,1,ok"), flags), "trips 1, rejected 1");
    expect(&figures(&log("1,2,ok", "2,1,fail"), flags), "trips 0, rejected 0");
    // The line decides, not the start.
    expect(&figures(&log("2,1,fail", "1,2,ok"), flags), "trips 1, rejected 1");
}

#[test]
fn outcome_of_an_earlier_episode_does_not_count() {
    // The first call ends as a failure at 10, after a trip and a recovery.
    let log = "time,duration,outcome\n0,10,fail\n1,1,fail\n5,1,ok\n12,1,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 3s");
    expect(&all, "trips 1, closes 1, admitted 4, rejected 0, open_ns 4_000_000_000");
}

#[test]
fn probes_close_after_the_success_threshold() {
    let log = "time,duration,outcome\n0,1,fail\n6,1,ok\n6.5,1,ok\n8,1,ok\n10,1,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 5s --success-threshold 2");
    // At 6.5 the one slot is taken.
    expect(&all, "probes 2, closes 1, rejected 1, lost_calls 1, admitted 4, open_ns 8_000_000_000");
    let two = figures(log, "--threshold 1 --cooldown 5s --success-threshold 2 --probes 2");
    expect(&two, "probes 2, closes 1, rejected 0, admitted 5, open_ns 6_500_000_000");
}

#[test]
fn ignored_call_counts_as_nothing() {
    let log = "time,duration,outcome\n0,1,fail\n2,1,ignored\n4,1,cancelled\n6,1,ignored\n8,1,ok\n";
    let all = figures(log, "--threshold 1 --cooldown 5s");
    // At 6 an ignored probe gives its slot back; at 8 the next one closes.
    expect(&all, "ignored 3, rejected 2, rejected_ignored 2, lost_calls 0, probes 2, closes 1");
    let none = figures("time,outcome\n0,fail\n1,ignore\n2,fail\n", "--threshold 2");
    expect(&none, "trips 1");
}

#[test]
fn each_key_has_a_breaker() {
    let log = "time,duration,key,outcome
0,1,a,fail
1,1,b,ok
2,1,a,ok
3,1,b,fail
4,1,,ok
5,5,a,ok
";
    let all = figures(log, "--threshold 1 --cooldown 30s");
    // `a` is open from 1, and `b` from 4, to the end of the log at 10.
    expect(&all, "trips 2, open_at_end 2, rejected 2, admitted 4, open_ns 15_000_000_000");
    expect(&all, "late_ns 15_000_000_000, late_max_ns 9_000_000_000");
    assert_eq!(csv(log, &[])["log"]["keys"], 3);
    let one = figures(&log.replace("key", "host"), "--threshold 1 --cooldown 30s");
    expect(&one, "trips 1, open_at_end 1, rejected 5");
}

#[test]
fn slow_call_is_a_failure() {
    let log = "time,duration,outcome\n0,2,ok\n3,1.999,ok\n6,2,ok\n9,1,ok\n";
    expect(
        &figures(log, "--threshold 1 --slow-call 2s"),
        "trips 1, rejected 3, reached_failures 0",
    );
    expect(&figures(log, "--threshold 2 --slow-call 2s"), "trips 0");
}

#[test]
fn call_that_hangs_is_counted_by_a_later_one() {
    // The first call is out for 100 s; at 50 it has been slow for long.
    let log = "time,duration,outcome\n0,100,ok\n50,1,ok\n";
    let all = figures(log, "--threshold 1 --slow-call 2s --cooldown 10s");
    expect(&all, "trips 1, rejected 1, open_ns 50_000_000_000, open_at_end 1");
}

#[test]
fn rates_are_taken_over_a_window() {
    let log = "time,outcome\n0,ok\n1,fail\n2,ok\n3,fail\n4,ok\n";
    let flags = "--failure-rate 0.5 --window 4 --min-calls 4 --cooldown 30s";
    expect(&figures(log, flags), "trips 1, rejected 1");
    expect(&figures(log, "--failure-rate 0.6 --window 4 --min-calls 4"), "trips 0");
    expect(&figures(log, "--failure-count 2 --window 10s"), "trips 1, rejected 1");
    // At 3, the failure of 1 is out of the window.
    expect(&figures(log, "--failure-count 2 --window 1s"), "trips 0");
}

#[test]
fn backoff_lengthens_the_next_cooldown() {
    let log = "time,outcome\n0,fail\n1,fail\n2.5,ok\n3,ok\n";
    expect(&figures(log, "--threshold 1 --cooldown 1s"), "reopened 1, rejected 0, closes 1");
    let all = figures(log, "--threshold 1 --cooldown 1s --backoff 2");
    expect(&all, "reopened 1, rejected 1, closes 1, open_ns 3_000_000_000");
}

#[test]
fn log_itself_is_summed_up() {
    let document = csv("time,outcome\n2026-01-31T23:59:59.5Z,ok\n1769904000.25,fail\n", &[]);
    let log = &document["log"];
    expect(log, "calls 2, failures 1, ignored 0, keys 1");
    assert_eq!(log["first"], "2026-01-31T23:59:59.500000000Z");
    assert_eq!(log["last"], "2026-02-01T00:00:00.250000000Z");
    assert_eq!(log["bad"].as_object().unwrap().len(), 0);
    assert_eq!(document["tunings"][0]["seconds"], 0.75);
}

#[test]
fn log_without_calls_has_no_moments() {
    let document = csv("time,outcome\n", &["--threshold", "1,2"]);
    assert!(document["log"]["first"].is_null() && document["log"]["last"].is_null());
    expect(&document["log"], "calls 0, keys 0");
    assert_eq!(document["tunings"].as_array().unwrap().len(), 2);
    expect(&document["tunings"][0], "calls 0, admitted 0, open_ns 0, late_ns 0");
}
