//! Lines that are not in order.

use crate::world::{csv, expect, figures};

const SORTED: &str = "time,duration,outcome\n0,1,fail\n1,1,fail\n2,1,ok\n10,1,fail\n70,1,ok\n";

#[test]
fn lines_are_played_in_the_order_of_their_starts() {
    let shuffled = "time,duration,outcome\n2,1,ok\n10,1,fail\n0,1,fail\n1,1,fail\n70,1,ok\n";
    let flags = "--threshold 2 --cooldown 3s";
    assert_eq!(figures(shuffled, flags), figures(SORTED, flags));
}

#[test]
fn line_that_comes_too_late_is_out_of_order() {
    // At 70 all up to 10 are due. The line of 9 is too late; that of 10 is not.
    let log = format!("{SORTED}9,1,fail\n10,1,ok\n");
    let document = csv(&log, &[]);
    assert_eq!(document["log"]["bad"]["out of order"], 1);
    expect(&document["log"], "calls 6");
    let document = csv(&log, &["--disorder", "61s"]);
    assert!(document["log"]["bad"].as_object().unwrap().is_empty());
    let document = csv(&log, &["--disorder", "60.000000001s"]);
    assert!(document["log"]["bad"].as_object().unwrap().is_empty());
}

#[test]
fn without_disorder_each_line_is_played_at_once() {
    let log = "time,outcome\n1,ok\n2,ok\n2,ok\n1.5,ok\n3,ok\n2.9,ok\n";
    let document = csv(log, &["--disorder", "0s"]);
    assert_eq!(document["log"]["bad"]["out of order"], 2);
}

#[test]
fn late_line_is_played_if_nothing_later_was() {
    // At 100 the line of 0 is due, and that of 5 comes later, but nothing between was played.
    let log = "time,outcome\n0,ok\n100,ok\n5,ok\n4,ok\n";
    let document = csv(log, &[]);
    assert_eq!(document["log"]["bad"]["out of order"], 1, "the line of 4");
    expect(&document["log"], "calls 3");
}

#[test]
fn many_lines_of_an_access_log_are_sorted() {
    // Written at the end: line i starts at i, and each fourth ends 40 s later than the others.
    let mut lines: Vec<(u64, String)> = (0..50_000)
        .map(|start| {
            let duration = if start % 4 == 0 { 40 } else { 1 };
            (start + duration, format!("{},{duration},ok\n", start + duration))
        })
        .collect();
    lines.sort_by_key(|(end, _)| *end);
    let log: String = lines.into_iter().map(|(_, line)| line).collect();
    let document = csv(&format!("time,duration,outcome\n{log}"), &["--time", "end"]);
    expect(&document["log"], "calls 50_000");
    assert!(document["log"]["bad"].as_object().unwrap().is_empty());
    assert_eq!(document["log"]["first"], "1970-01-01T00:00:00.000000000Z");
}

#[test]
fn call_that_ends_beyond_the_clock_is_left_out() {
    let years = |count: u64| count * 365 * 86_400;
    let log = format!(
        "time,duration,outcome\n0,1,ok\n1,{},fail\n2,{},ok\n3,1,ok\n",
        years(100),
        years(30) - 2
    );
    let document = csv(&log, &["--threshold", "1"]);
    assert_eq!(document["log"]["bad"]["too far"], 1);
    expect(&document["tunings"][0], "calls 3, admitted 3, trips 0");
    assert_eq!(document["tunings"][0]["seconds"].as_f64(), Some(946_080_000.0));
}
