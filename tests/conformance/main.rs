//! Runs the conformance cases against the crate.
//!
//! A case is a line of a file: the tuning of a breaker, steps, and what holds
//! after each. They are restated from the test suites of other circuit breakers,
//! and from bug reports. This program reads `tests/conformance/*.txt`, and the
//! files that the environment variable `BREAKER_CASES` lists (separated as in
//! `PATH`). Every case gets a registry of its own and a clock that is set by
//! hand; nothing sleeps. It is played four times, with whole calls made as closures
//! and as futures, and by a registry with a link that leaves every breaker alone. It
//! passes if it passes each time.
//!
//! Each case that fails makes a line: the step, what was wanted, what was found.
//! The last line is the sum. `BREAKER_CASES_VERBOSE` also lists what was skipped,
//! by reason; `scope` decides that.

mod action;
mod case;
mod claim;
mod linked;
mod log;
mod player;
mod scope;
mod subject;
mod tuning;
mod verdict;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{env, fs, io, panic, thread};

use case::Case;
use subject::{Form, Planned};

/// After this a case is taken for one that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The sums of the cases that passed, failed and were skipped.
#[derive(Default)]
struct Report {
    passed: usize,
    failed: usize,
    /// Ids, by reason.
    skipped: BTreeMap<String, Vec<String>>,
}

fn main() -> ExitCode {
    silence_planned_panics();
    let mut report = Report::default();
    let named = env::var_os("BREAKER_CASES").unwrap_or_default();
    let named = env::split_paths(&named).filter(|path| !path.as_os_str().is_empty());
    match own_files() {
        Ok(own) => {
            // A file that is named besides being our own is read once.
            let own: BTreeSet<_> = own.into_iter().map(canonical).collect();
            let named = named.map(canonical).filter(|path| !own.contains(path));
            own.iter().cloned().chain(named).for_each(|path| report.run_file(&path));
        }
        Err(error) => report.fail("tests/conformance", &error.to_string()),
    }
    if env::var_os("BREAKER_CASES_VERBOSE").is_some() {
        for (reason, ids) in &report.skipped {
            println!("SKIP {} ({}): {}", ids.len(), reason, ids.join(" "));
        }
    }
    let skipped: usize = report.skipped.values().map(Vec::len).sum();
    println!("{} passed, {} failed, {skipped} skipped", report.passed, report.failed);
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The cases that come with the crate.
fn own_files() -> io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    Ok(paths)
}

fn canonical(path: PathBuf) -> PathBuf {
    path.canonicalize().unwrap_or(path)
}

impl Report {
    fn run_file(&mut self, path: &Path) {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.fail(&path.display().to_string(), &error.to_string()),
        };
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        for (line, case) in case::parse(&text) {
            let place = format!("{file}:{line}");
            match case {
                Ok(case) => self.run_case(&place, case),
                Err(error) => self.fail(&place, &error),
            }
        }
    }

    fn run_case(&mut self, place: &str, case: Case) {
        if let Some(reason) = scope::reason_to_skip(&case) {
            self.skipped.entry(reason).or_default().push(case.id);
            return;
        }
        let subject = format!("{} ({place})", case.id);
        match run(case) {
            Ok(()) => self.passed += 1,
            Err(message) => self.fail(&subject, &message),
        }
    }

    fn fail(&mut self, subject: &str, message: &str) {
        println!("FAIL {subject}: {message}");
        self.failed += 1;
    }
}

/// Plays a case on a thread of its own, in both forms, without a link and with one.
fn run(case: Case) -> Result<(), String> {
    let (sender, receiver) = channel();
    let thread = thread::spawn(move || {
        let forms = [(Form::Closure, ""), (Form::Future, " (calls as futures)")];
        let ways = forms.map(|way| [(way, false, ""), (way, true, " (linked)")]);
        for ((form, suffix), linked, link) in ways.into_iter().flatten() {
            let played = player::play(&case, form, linked).map_err(|failure| {
                let player::Failure { step, wanted, got } = failure;
                format!("step {step}: wanted {wanted}, got {got}{suffix}{link}")
            });
            let failed = played.is_err();
            let sent = sender.send(played);
            if failed || sent.is_err() {
                return;
            }
        }
    });
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(played) => played?,
            Err(RecvTimeoutError::Timeout) => return Err(format!("hangs for {PATIENCE:?}")),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    thread.join().map_err(|payload| format!("wanted no panic, got `{}`", message(&*payload)))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("of some kind")
}

/// Bodies, fallbacks and listeners that panic because a case says so need no report.
fn silence_planned_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Planned>() {
            report(info);
        }
    }));
}
