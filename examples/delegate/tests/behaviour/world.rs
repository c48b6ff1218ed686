//! The world of a test: fakes, and breakers and a clock of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use breakerbox::State;
use breakerbox::testing::Scope;
use delegate::backend::{Backend, breaker_of};
use delegate::config::Config;
use delegate::delegate::Delegate;
use delegate::fakes::{Fakes, Mood};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_delegate");

/// The fakes' cooldown, on a clock that stands still.
pub(crate) const COOLDOWN: Duration = Duration::from_secs(60);
/// Longer than any of the tests should take.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) scope: Scope,
    pub(crate) fakes: Fakes,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self { scope: Scope::enter(), fakes: Fakes::start(Path::new(PROGRAM)).await.unwrap() }
    }

    pub(crate) fn config(&self) -> Config {
        self.fakes.config(COOLDOWN, LONG)
    }

    pub(crate) fn delegate(&self) -> Delegate {
        Delegate::new(self.config()).unwrap()
    }

    /// A fake as a bare back end.
    pub(crate) fn backend(&self, name: &str, timeout: Duration) -> Backend {
        Backend { program: self.fakes.program(name), timeout }
    }

    pub(crate) fn set(&self, name: &str, mood: Mood) {
        self.fakes.stage.set(name, mood).unwrap();
    }

    pub(crate) fn pids(&self, name: &str) -> Vec<u32> {
        self.fakes.stage.starts(name).unwrap()
    }

    pub(crate) fn starts(&self, name: &str) -> usize {
        self.pids(name).len()
    }

    /// Makes a back end fail until its breaker opens.
    pub(crate) async fn trip(&self, delegate: &Delegate, name: &str) {
        self.set(name, Mood::ExpiredLogin);
        for _ in 0..3 {
            delegate.ask(name, "hi").await.unwrap_err();
        }
        assert_eq!(state(name), State::Open);
    }
}

pub(crate) fn state(backend: &str) -> State {
    breaker_of(backend).map_or(State::Closed, |breaker| breaker.state())
}

/// Waits for something that must come, however slow the machine.
pub(crate) async fn until(what: &str, mut has_come: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !has_come() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns true if the process runs; a zombie, dead but not reaped, does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
        return !stat.rsplit(") ").next().unwrap().starts_with('Z');
    }
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok()
}

/// A configuration file of fakes in a folder of its own.
pub(crate) struct Script {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) stage: delegate::fakes::Stage,
}

impl Script {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = delegate::fakes::Stage::new(PROGRAM.into(), folder.path().to_owned());
        Self { folder, stage }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("delegate.toml")
    }

    /// Writes the file: some lines for all, and one fake with lines of its own.
    pub(crate) fn write(&self, for_all: &str, for_gemini: &str) -> io::Result<()> {
        let program = self.stage.program("gemini");
        let (command, args) = (program.command.to_str().unwrap(), program.args);
        let own = format!("name = \"gemini\"\ncommand = {command:?}\nargs = {args:?}");
        fs::write(self.path(), format!("{for_all}\n[[backend]]\n{own}\n{for_gemini}\n"))
    }
}
