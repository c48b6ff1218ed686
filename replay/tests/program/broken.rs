//! Logs and outputs that are broken.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use crate::world::{Run, csv, expect, fed, program, refused};

#[test]
fn empty_log_is_an_error() {
    for log in ["", "\n", "\u{feff}", " \r\n"] {
        let error = refused(log, &[]);
        assert!(error.contains("is empty") && error.contains("header"), "{error}");
    }
}

#[test]
fn missing_column_is_named_with_those_that_there_are() {
    let error = refused("when,outcome\n1,ok\n", &[]);
    assert!(error.contains("no column for time") && error.contains("`when`, `outcome`"), "{error}");
    assert!(error.contains("--columns time=NAME"), "{error}");
    let error = refused("time,what\n1,ok\n", &[]);
    assert!(error.contains("no column for outcome"), "{error}");
    let error = refused("time,outcome\n1,ok\n", &["--columns", "key=host"]);
    assert!(error.contains("no column for `host`"), "{error}");
}

#[test]
fn form_of_the_log_must_be_known() {
    let run = fed(b"time,outcome\n", &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.errors.contains("--format csv"), "{}", run.errors);
}

#[test]
fn missing_file_is_named() {
    let output = program().args(["/no/such/log.csv"]).output().unwrap();
    let run = Run::of(&output);
    assert_eq!(run.code, Some(2));
    assert!(run.errors.contains("cannot read the log `/no/such/log.csv`"), "{}", run.errors);
}

#[test]
fn compressed_log_is_recognized() {
    let run = fed(b"\x1f\x8b\x08\0\0\0\0\0", &["--format", "csv"]);
    assert!(run.code == Some(2) && run.errors.contains("zcat"), "{}", run.errors);
}

#[test]
fn form_is_told_by_the_ending() {
    let folder = tempfile::tempdir().unwrap();
    for (name, log) in [
        ("log.csv", "time,outcome\n1,ok\n"),
        ("log.CSV", "time,outcome\n1,ok\n"),
        ("log.jsonl", "{\"time\":1,\"outcome\":\"ok\"}\n"),
        ("log.ndjson", "{\"time\":1,\"outcome\":\"ok\"}\n"),
        ("log.json", "{\"time\":1,\"outcome\":\"ok\"}"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, log).unwrap();
        let output = program().arg(&path).arg("--json").output().unwrap();
        expect(&Run::of(&output).document()["log"], "calls 1");
    }
}

#[test]
fn mostly_bad_log_is_refused() {
    let error = refused("time,outcome\n1,ok\n2,yes\n3,no\n", &[]);
    assert!(
        error.contains("2 of the first 3 lines") && error.contains("line 3: no outcome is `yes`")
    );
    assert!(error.contains("`success`, `failure` or `ignored`"), "{error}");
    // Half is allowed, and of a longer log the first thousand lines decide.
    expect(&csv("time,outcome\n1,ok\n2,yes\n", &[])["log"], "calls 1");
    let log = format!("time,outcome\n{}{}", "1,ok\n".repeat(500), "1,yes\n".repeat(5_000));
    expect(&csv(&log, &[])["log"], "calls 500");
    let log = format!("time,outcome\n{}{}", "1,yes\n".repeat(501), "1,ok\n".repeat(5_000));
    assert!(refused(&log, &[]).contains("501 of the first 1000 lines"));
}

#[test]
fn strict_run_ends_at_the_first_bad_line() {
    let log = "time,outcome\n1,ok\n2,ok\n3,perhaps\n4,ok\n";
    let error = refused(log, &["--strict"]);
    assert!(error.contains("line 4: no outcome is `perhaps`"), "{error}");
}

#[test]
fn bytes_that_are_no_text_make_bad_lines() {
    let good = b"1,ok,a\n".repeat(9);
    let log = [b"time,outcome,key\n", &good[..], b"2,o\0k,a\n3,\xff\xfe,a\n\0,ok,a\n4,ok,\xff\n"]
        .concat();
    let document = fed(&log, &["--format", "csv", "--json"]).document();
    expect(&document["log"], "calls 10, keys 2");
    assert_eq!(document["log"]["bad"], serde_json::json!({"outcome": 2, "time": 1}));
    let good = b"{\"time\":1,\"outcome\":\"ok\"}\n".repeat(9);
    let log = [
        &good[..],
        b"{\"time\":1,\"outcome\":\"\xff\"}\n\0\n{\"time\":1,\"outcome\":\"ok\",\"x\":\"\xff\"}\n",
    ]
    .concat();
    let document = fed(&log, &["--format", "json", "--json"]).document();
    assert!(document["log"]["calls"].as_u64().unwrap() >= 9, "{document}");
}

#[test]
fn endless_line_is_one_bad_line() {
    let endless = "x".repeat(10_000_000);
    let log = format!("time,outcome\n1,ok\n{endless},ok\n2,ok\n");
    let run = fed(log.as_bytes(), &["--format", "csv"]);
    assert!(run.code == Some(0) && run.printed.len() < 10_000, "{}", run.errors);
    assert!(run.printed.contains("line 3: no time is `xxx"), "{}", run.printed);
    let log = format!(
        "{{\"time\":1,\"outcome\":\"ok\"}}\n{endless}\n{{\"time\":1,\"outcome\":\"ok\"}}\n"
    );
    let run = fed(log.as_bytes(), &["--format", "json", "--json"]);
    expect(&run.document()["log"], "calls 2");
}

#[test]
fn quote_that_is_never_closed_ends_with_the_log() {
    let document = csv("time,outcome\n1,ok\n2,ok\n3,\"ok\n4,ok\n", &[]);
    expect(&document["log"], "calls 2");
    assert_eq!(document["log"]["bad"]["outcome"], 1);
}

#[test]
fn reader_may_leave_early() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    fs::write(&path, "time,outcome\n1,ok\n").unwrap();
    let mut child =
        program().arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_full_is_an_error() {
    let log = "time,outcome\n1,ok\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    fs::write(&path, log).unwrap();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = program().arg(&path).stdout(full).output().unwrap();
    let run = Run::of(&output);
    assert!(run.code == Some(2) && run.errors.contains("standard output"), "{}", run.errors);
    let output = program().arg(&path).args(["--svg", "/no/such/folder/a.svg"]).output().unwrap();
    let run = Run::of(&output);
    assert!(run.code == Some(2) && run.errors.contains("/no/such/folder/a.svg"), "{}", run.errors);
}

#[test]
fn other_packings_and_encodings_are_recognized() {
    for (begin, remedy) in [
        (&b"\xfd7zXZ\0\0"[..], "xzcat"),
        (b"BZh91AY&SY", "bzcat"),
        (b"PK\x03\x04\x14\0", "unzip -p"),
        (b"\xff\xfet\0i\0m\0e\0", "iconv"),
        (b"\xfe\xff\0t\0i\0m\0e", "iconv"),
    ] {
        let run = fed(begin, &["--format", "csv"]);
        assert!(run.code == Some(2) && run.errors.contains(remedy), "{}", run.errors);
    }
    // The ending tells it too, before the form of the log is asked for.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv.gz");
    fs::write(&path, b"\x1f\x8b\x08\0\0\0\0\0").unwrap();
    let run = Run::of(&program().arg(&path).output().unwrap());
    assert!(run.code == Some(2) && run.errors.contains("zcat"), "{}", run.errors);
}

#[test]
fn bad_line_has_its_number_whatever_ends_the_lines() {
    for (log, line) in [
        ("time,outcome\n1,ok\n\n2,maybe\n", 4),
        ("time,outcome\r\n1,ok\r\n2,maybe\r\n", 3),
        ("time,outcome\r\n1,ok\r\n\r\n2,maybe", 4),
        ("time,outcome\n1,\"o\nk\"\n2,ok", 2),
        ("time,outcome\n2,ok\n1,\"o\nk", 3),
        ("time,outcome\n\n\n1,\"o\nk\"\n2,ok\n", 4),
    ] {
        let run = fed(log.as_bytes(), &["--format", "csv"]);
        assert_eq!(run.code, Some(0), "{}", run.errors);
        assert!(
            run.printed.contains(&format!("line {line}: no outcome")),
            "{log:?} {}",
            run.printed
        );
    }
}

#[cfg(unix)]
#[test]
fn name_of_the_log_gives_no_orders_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\u{1b}[31m\n.csv");
    let missing = Run::of(&program().arg(&path).output().unwrap());
    fs::write(&path, "time,outcome\n1,ok\n").unwrap();
    let run = Run::of(&program().arg(&path).output().unwrap());
    for text in [missing.errors, run.printed] {
        assert!(text.contains("a\u{fffd}[31m\u{fffd}.csv") && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn picture_never_takes_the_place_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.csv");
    fs::write(&log, "time,outcome\n1,ok\n").unwrap();
    let other = folder.path().join(".").join("log.csv");
    let run = Run::of(&program().arg(&log).arg("--svg").arg(&other).output().unwrap());
    assert!(run.code == Some(2) && run.errors.contains("is the log"), "{}", run.errors);
    assert_eq!(fs::read_to_string(&log).unwrap(), "time,outcome\n1,ok\n");
}

#[test]
fn picture_that_cannot_be_written_is_told_before_the_log_is_read() {
    // The log is no log: its error would come first if it were read first.
    let run = fed(b"x\n", &["--format", "csv", "--svg", "/no/such/folder/a.svg"]);
    assert!(run.code == Some(2) && run.errors.contains("/no/such/folder/a.svg"), "{}", run.errors);
}

#[test]
fn run_that_fails_leaves_the_picture_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.svg");
    let args = ["--format", "csv", "--svg", picture.to_str().unwrap()];
    assert_eq!(fed(b"x\n", &args).code, Some(2));
    assert!(!picture.exists());
    fs::write(&picture, "an older and longer picture".repeat(10_000)).unwrap();
    assert_eq!(fed(b"x\n", &args).code, Some(2));
    assert!(fs::read_to_string(&picture).unwrap().starts_with("an older"));
    assert_eq!(fed(b"time,outcome\n1,ok\n", &args).code, Some(0));
    assert!(fs::read_to_string(&picture).unwrap().ends_with("</svg>\n"));
}
