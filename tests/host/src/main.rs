//! A process that shares its breakers, for the tests: `actor ROLE FOLDER [KEY=VALUE]...`.
//!
//! The service that it calls is a folder too. While there is a file `down`, calls fail. Each
//! call adds a line to the file `calls`.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use breakerbox::host::Options;
use breakerbox::{
    BreakerError, Config, EventKind, Reason, Registry, State, circuit_breaker, is_probe,
};

/// The name that the tests look for.
const NAME: &str = "service";

struct Actor {
    folder: PathBuf,
    settings: Vec<String>,
}

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

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "failed",
            Self::Rejected => "rejected",
        })
    }
}

#[circuit_breaker(name = NAME)]
fn call(actor: &Actor) -> Result<(), Failed> {
    let kind = if is_probe() { "probe" } else { "call" };
    let is_down = actor.service("down").exists();
    actor.note("calls", kind);
    sleep(Duration::from_millis(actor.get("call_ms", 0)));
    if is_down { Err(Failed::Down) } else { Ok(()) }
}

impl Actor {
    fn get<T: FromStr>(&self, key: &str, default: T) -> T {
        let value =
            self.settings.iter().find_map(|setting| setting.strip_prefix(key)?.strip_prefix('='));
        value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{key}: {value}")))
    }

    fn has(&self, word: &str) -> bool {
        self.settings.iter().any(|setting| setting == word)
    }

    fn service(&self, file: &str) -> PathBuf {
        self.folder.join("service").join(file)
    }

    /// Adds a line, by one write.
    fn note(&self, file: &str, line: &str) {
        if self.has("quiet") {
            return;
        }
        let file = OpenOptions::new().append(true).create(true).open(self.service(file));
        file.unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn join(&self) -> breakerbox::host::Host {
        let ms = |key, default| Duration::from_millis(self.get(key, default));
        let tuning = Config::builder()
            .threshold(self.get("threshold", 5))
            .cooldown(ms("cooldown_ms", 1_000))
            .jitter(0.0)
            .probe_timeout(ms("probe_timeout_ms", 10_000));
        Registry::global().configure(NAME, tuning).unwrap();
        let options = Options::new().namespace("test");
        let options = if self.has("watch") { options } else { options.once() };
        // By the environment, as users do it.
        options.join()
    }

    /// Says which transitions there are, and who caused them.
    fn listen(&self) -> breakerbox::Subscription {
        let warnings = (!self.has("quiet")).then(|| self.service("warnings"));
        Registry::global().on_transition(move |event| {
            let EventKind::Transition { from, to, reason } = event.kind else { return };
            say(&format!("{from} to {to}: {reason}"));
            let is_trip = (from, to) == (State::Closed, State::Open) && reason != Reason::Peer;
            if let Some(warnings) = warnings.as_ref().filter(|_| is_trip) {
                let file = OpenOptions::new().append(true).create(true).open(warnings);
                file.unwrap().write_all(b"tripped\n").unwrap();
            }
        })
    }

    /// Calls once. Says what came of it.
    fn once(&self) {
        let host = self.join();
        let _listening = self.listen();
        let mut left: u32 = self.get("calls", 1);
        while left > 0 {
            let local = host.status().local_events;
            match call(self) {
                Ok(()) => say("ok"),
                Err(error) => say(&error.to_string()),
            }
            left -= 1;
            // The next failure writes the counts that could not be written.
            if left == 0 && self.has("settle") && host.status().local_events > local {
                left = 1;
            }
        }
        if self.has("status") {
            say(&format!("{}", host.status()));
        }
    }

    /// Calls without rest, until killed or for a time.
    fn life(&self) {
        let _host = self.join();
        let end = Instant::now() + Duration::from_millis(self.get("for_ms", 3_600_000));
        while Instant::now() < end {
            if matches!(call(self), Err(Failed::Rejected)) {
                thread::yield_now();
            }
        }
    }

    /// Does what lines on standard input say.
    fn steps(&self) {
        let _host = self.join();
        let _listening = self.listen();
        for line in std::io::stdin().lines() {
            match line.unwrap().as_str() {
                "call" => match call(self) {
                    Ok(()) => say("ok"),
                    Err(error) => say(&error.to_string()),
                },
                "state" => say(&state()),
                "reset" => {
                    Registry::global().get(NAME).unwrap().reset();
                    say("reset");
                }
                other => panic!("{other}"),
            }
        }
    }

    /// Says how the breaker is, without a call.
    fn look(&self) {
        let host = self.join();
        Registry::global().get_or_insert(NAME, Config::new()).unwrap();
        say(&state());
        if self.has("status") {
            say(&host.status().to_string());
        }
    }
}

fn state() -> String {
    let Some(breaker) = Registry::global().get(NAME) else { return "none".into() };
    let snapshot = breaker.snapshot();
    format!("{} {}", snapshot.state, snapshot.consecutive_failures)
}

/// Locks a file, and keeps it so until killed.
fn hold(file: &Path) {
    let file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    say("held");
    loop {
        sleep(Duration::from_secs(3_600));
    }
}

fn say(line: &str) {
    let mut out = stdout().lock();
    // The test that reads it may have gone.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(role), Some(folder)) = (words.next(), words.next()) else {
        eprintln!("usage: actor ROLE FOLDER [KEY=VALUE]...");
        return ExitCode::FAILURE;
    };
    let actor = Actor { folder: folder.into(), settings: words.collect() };
    match role.as_str() {
        "once" => actor.once(),
        "humble" => {
            assert!(!rustix::process::geteuid().is_root(), "root may do anything");
            actor.once();
        }
        "life" => actor.life(),
        "steps" => actor.steps(),
        "look" => actor.look(),
        "hold" => hold(&actor.folder),
        _ => {
            eprintln!("no role `{role}`");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
