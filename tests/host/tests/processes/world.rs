//! A folder of records, a service, and processes that call it.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use breaker_core::shared::Record;
use tempfile::TempDir;

pub(crate) const ACTOR: &str = env!("CARGO_BIN_EXE_actor");
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Returns true if the environment asks for the long form.
pub(crate) fn is_full() -> bool {
    std::env::var_os("HOST_FULL").is_some()
}

/// This many, or in the long form that many.
pub(crate) fn runs(short: usize, full: usize) -> usize {
    if is_full() { full } else { short }
}

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at(&std::env::temp_dir())
    }

    fn at(parent: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("breaker-host-").tempdir_in(parent).unwrap();
        fs::create_dir(folder.path().join("service")).unwrap();
        Self { folder }
    }

    /// One on the disk, one in memory.
    pub(crate) fn both() -> Vec<Self> {
        let memory = Path::new("/dev/shm");
        let memory = memory.is_dir().then(|| Self::at(memory));
        if memory.is_none() {
            println!("there is no /dev/shm here: on the disk alone");
        }
        [Self::at(Path::new(env!("CARGO_TARGET_TMPDIR")))].into_iter().chain(memory).collect()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    fn service(&self, file: &str) -> PathBuf {
        self.path().join("service").join(file)
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        let file = self.service("down");
        if is_down {
            fs::write(file, "").unwrap();
        } else {
            let _ = fs::remove_file(file);
        }
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.service(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Returns the number of calls that reached the service, and of those that were probes.
    pub(crate) fn calls(&self) -> (usize, usize) {
        let calls = self.lines("calls");
        let probes = calls.iter().filter(|line| *line == "probe").count();
        (calls.len(), probes)
    }

    /// Returns the number of trips that processes have warned of.
    pub(crate) fn warnings(&self) -> usize {
        self.lines("warnings").len()
    }

    pub(crate) fn command(&self, role: &str, settings: &[&str]) -> Command {
        let mut command = Command::new(ACTOR);
        command.arg(role).arg(self.path()).args(settings);
        command.env("BREAKERBOX_DIR", self.state()).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    /// Runs a process to its end. Returns what it said.
    pub(crate) fn run(&self, role: &str, settings: &[&str]) -> Vec<String> {
        finish(self.command(role, settings).spawn().unwrap())
    }

    pub(crate) fn once(&self) -> String {
        self.run("once", &[]).pop().unwrap()
    }

    /// The file of the record.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.state().join("named.test")).ok()?;
        let mut files = files.map(|file| file.unwrap().path());
        let file = files.next();
        assert_eq!(files.next(), None, "one name, one file");
        file
    }

    pub(crate) fn record(&self) -> Option<Record> {
        breaker_host::testing::record(&fs::read(self.file()?).ok()?)
    }

    /// Calls of an ill service until the breaker is open.
    pub(crate) fn trip(&self, settings: &[&str]) {
        self.set_down(true);
        until("the trip", || self.run("once", settings).contains(&"rejected".to_owned()));
    }
}

pub(crate) fn finish(child: Child) -> Vec<String> {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A process that does what it is told, line by line.
pub(crate) struct Talk {
    pub(crate) child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, output }
    }

    pub(crate) fn hear(&mut self) -> String {
        self.output.next().expect("it has ended").unwrap()
    }

    /// Asks, and returns the answer and the transitions that were told before it.
    pub(crate) fn ask(&mut self, what: &str) -> (String, Vec<String>) {
        writeln!(self.input, "{what}").unwrap();
        let mut told = Vec::new();
        loop {
            let line = self.hear();
            if !line.contains(" to ") {
                return (line, told);
            }
            told.push(line);
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something that must come, however slow the machine.
pub(crate) fn until(what: &str, mut has_come: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !has_come() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        sleep(Duration::from_millis(2));
    }
}

pub(crate) fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since_1970.as_millis()).unwrap()
}
