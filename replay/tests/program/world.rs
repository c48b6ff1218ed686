//! Runs of the program.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The output of a run, and its exit code.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) printed: String,
    pub(crate) errors: String,
}

/// The program, to be run.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_replay"))
}

/// Runs the program with a log on standard input, and waits for its end.
pub(crate) fn fed(log: &[u8], args: &[&str]) -> Run {
    let mut command = program();
    command.arg("-").args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let log = log.to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || drop(input.write_all(&log)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run::of(&output)
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (printed, errors) = (text(&output.stdout), text(&output.stderr));
        Run { code: output.status.code(), printed, errors }
    }

    pub(crate) fn document(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.errors);
        serde_json::from_str(&self.printed).unwrap()
    }
}

/// Plays a log in CSV, and returns the document.
pub(crate) fn csv(log: &str, args: &[&str]) -> Value {
    fed(log.as_bytes(), &[&["--format", "csv", "--json"], args].concat()).document()
}

/// Plays JSON lines, and returns the document.
pub(crate) fn json(log: &str, args: &[&str]) -> Value {
    fed(log.as_bytes(), &[&["--format", "json", "--json"], args].concat()).document()
}

/// Plays a log in CSV through one tuning, whose flags are one text, and returns its figures.
pub(crate) fn figures(log: &str, flags: &str) -> Value {
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let document = csv(log, &flags);
    let tunings = document["tunings"].as_array().unwrap();
    assert_eq!(tunings.len(), 1);
    tunings[0].clone()
}

/// Checks some figures: `admitted 4, rejected 3`. Durations are in nanoseconds.
#[track_caller]
pub(crate) fn expect(figures: &Value, wanted: &str) {
    for part in wanted.split(',').map(str::trim) {
        let (name, number) = part.split_once(' ').unwrap();
        assert_eq!(
            figures[name].as_u64(),
            number.replace('_', "").parse().ok(),
            "{part}\n{figures:#}"
        );
    }
}

/// Returns the error of a log in CSV.
pub(crate) fn refused(log: &str, args: &[&str]) -> String {
    let run = fed(log.as_bytes(), &[&["--format", "csv", "--json"], args].concat());
    assert_eq!((run.code, run.printed.as_str()), (Some(2), ""), "{}", run.errors);
    run.errors
}
