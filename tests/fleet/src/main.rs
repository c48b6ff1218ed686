//! An instance of a service, for the tests: `instance URL NAMESPACE DOMAIN FOLDER`.
//!
//! It calls without rest until its input ends. The service that it calls is the folder: while there is
//! a file `down`, calls fail; while there is a file `hang`, they do not end. Each call that reaches
//! the service adds a line to the file `calls`: the number of the process, and what kind it was.

use std::fs::OpenOptions;
use std::io::{Read, Write, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::fleet::{OptionsError, Redis};
use breakerbox::{BreakerError, Registry, circuit_breaker, is_probe};

#[derive(Debug)]
enum Failed {
    Down,
    Rejected,
}

impl From<BreakerError> for Failed {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

#[circuit_breaker(
    name = "service",
    threshold = 3,
    cooldown = "300ms",
    probe_timeout = "1s",
    jitter = 0.0
)]
fn call(folder: &Path) -> Result<(), Failed> {
    let kind = if is_probe() { "probe" } else { "call" };
    let line = format!("{} {kind}\n", std::process::id());
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).open(folder.join("calls"));
    // A call that cannot be counted has not succeeded.
    file.and_then(|mut file| file.write_all(line.as_bytes())).map_err(|_| Failed::Down)?;
    while folder.join("hang").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    if folder.join("down").exists() { Err(Failed::Down) } else { Ok(()) }
}

fn run(url: &str, namespace: &str, domain: &str, folder: &Path) -> Result<(), OptionsError> {
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    let options = Redis::new(url)?.namespace(namespace)?.domain(domain)?;
    let fleet = options.quorum(2).spread(Duration::ZERO).join(&Registry::global());
    thread::spawn(|| {
        let _ = stdin().read(&mut [0]);
        IS_OVER.store(true, Ordering::Relaxed);
    });
    while !IS_OVER.load(Ordering::Relaxed) {
        match call(folder) {
            Ok(()) | Err(Failed::Down | Failed::Rejected) => {}
        }
        thread::sleep(Duration::from_millis(5));
    }
    fleet.leave();
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, namespace, domain, folder] = words.as_slice() else {
        eprintln!("usage: instance URL NAMESPACE DOMAIN FOLDER");
        return ExitCode::FAILURE;
    };
    match run(url, namespace, domain, &PathBuf::from(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
