//! The program as a command.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

#[path = "../../../stage/tests/page/mod.rs"]
mod page;

/// Runs the program in an empty folder of its own.
fn bot(folder: &str, arguments: &[&str]) -> (PathBuf, Output) {
    let (folder, mut program) = command(folder, arguments);
    let output = program.output().unwrap();
    (folder, output)
}

fn command(folder: &str, arguments: &[&str]) -> (PathBuf, Command) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_bot"));
    program.args(arguments).current_dir(&folder);
    (folder, program)
}

/// Returns the two numbers of a table row, for each scenario.
fn row(table: &str, label: &str) -> Vec<(f64, f64)> {
    let rows = table.lines().filter_map(|line| line.trim().strip_prefix(label));
    let number = |word: &str| word.parse().ok();
    let numbers = rows.map(|row| row.split(' ').filter_map(number).collect::<Vec<f64>>());
    numbers.map(|row| (row[0], row[1])).collect()
}

#[test]
fn without_arguments_it_plays_both_scenarios_in_less_than_30_s() {
    let start = Instant::now();
    let (folder, output) = bot("plain", &[]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 s here is 50 s of life"), "{text}");

    for label in ["replies per second, service sick", "requests that reached the sick service"] {
        assert_eq!(row(&text, label).len(), 2, "{label} in\n{text}");
    }
    for (with, without) in row(&text, "requests that reached the sick service") {
        assert!(with < without, "{text}");
    }
    for (with, without) in row(&text, "replies per second, service sick") {
        assert!(with > without, "{text}");
    }
    for (with, without) in row(&text, "p99, service sick") {
        assert!(with < without, "{text}");
    }
    for (with, _) in row(&text, "failed") {
        assert!(with.abs() < 0.5, "with breakers every turn is answered\n{text}");
    }

    let svg = fs::read_to_string(folder.join("target/bot.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for text in ["The Cat hangs", "The LLM is overloaded", "cat", "llm", "half-open"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn arguments_choose_scenario_and_file() {
    let arguments =
        ["--scenario=llm", "--users=5", "--seconds=4", "--retries=0", "--seed=7", "--out=a/b.svg"];
    let (folder, output) = bot("chosen", &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("5 users, seed 7; without breakers, 0 retries"), "{text}");
    assert!(text.contains("The LLM is overloaded") && !text.contains("The Cat"), "{text}");
    let svg = fs::read_to_string(folder.join("a/b.svg")).unwrap();
    assert!(!svg.contains("The Cat"));
}

/// Each message has the key, the value and a remedy.
#[test]
fn bad_arguments_are_told_with_key_value_and_remedy() {
    let file = env!("CARGO_BIN_EXE_bot");
    let out = format!("--out={file}/bot.svg");
    for (argument, parts) in [
        ("--users=0", ["'0'", "--users", "from 1 to 200"]),
        ("--users=many", ["'many'", "--users", "from 1 to 200"]),
        ("--seconds=3", ["'3'", "--seconds", "from 4 to 60"]),
        ("--retries=-1", ["'-1'", "--retries", "from 0 to 5"]),
        ("--seed=x", ["'x'", "--seed", "from 0 to 18446744073709551615"]),
        ("--scenario=dog", ["'dog'", "--scenario", "cat, llm, both"]),
        ("--user=5", ["'--user'", "unexpected", "--help"]),
        (&out, [file, "cannot write the picture", "--out PATH"]),
    ] {
        let (_, output) = bot("bad", &[argument]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{argument}");
        for part in parts {
            assert!(error.contains(part), "{argument}: {part} is not in\n{error}");
        }
    }
}

#[test]
fn tuning_of_a_file_is_in_force() {
    let tuning = Path::new(env!("CARGO_TARGET_TMPDIR")).join("isolated.toml");
    fs::write(&tuning, "[breakers.cat]\nstate = \"isolated\"\n").unwrap();
    let tuning = tuning.to_str().unwrap();
    let arguments = ["--scenario", "cat", "--seconds", "4", "--users", "5", "--tuning", tuning];
    let (_, output) = bot("tuned", &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let reached = row(&text, "requests that reached the sick service");
    assert!(matches!(reached[..], [(with, without)] if with < 0.5 && without > 0.5), "{text}");
}

#[test]
fn mistake_in_the_tuning_is_shown_and_nothing_is_played() {
    let tuning = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistaken.toml");
    fs::write(&tuning, "[breakers.cat]\ntreshold = 3\n").unwrap();
    let (folder, output) = bot("mistaken", &["--tuning", tuning.to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{text}");
    assert!(text.contains("mistaken.toml:2:1") && text.contains("`threshold`"), "{text}");
    assert!(!folder.join("target").exists());
}

#[tokio::test]
async fn page_shows_the_trip_while_it_plays() {
    let arguments = ["--scenario=llm", "--users=10", "--seconds=4", "--page=127.0.0.1:0"];
    let mut child = command("paged", &arguments).1.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let page = page::Page::announced(&line).expect("the first line");
    page.shows_a_trip_of("breakers/llm").await;
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success() && rest.contains("picture: "), "{rest}");
}

#[test]
fn address_that_is_malformed_or_taken_is_told_with_the_remedy() {
    let (_taken, address) = page::taken();
    for given in page::MALFORMED.into_iter().chain([&*address]) {
        let (folder, output) = bot("unpaged", &["--page", given]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{given}: {said}");
        page::assert_names(&said, given);
        assert!(!folder.join("target").exists(), "nothing is played");
    }
}
