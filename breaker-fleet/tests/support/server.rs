//! A Redis server of a test's own, on a port of its own.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The limit of a wait for something that should take milliseconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A server, which ends with the value.
pub(crate) struct RedisServer {
    child: Option<Child>,
    pub(crate) port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server, on a port that is free, with these arguments too. `None` if this machine has
    /// no `redis-server`; with `BREAKER_REDIS=required` in the environment that is a failure.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        let Some(version) = version() else {
            assert!(
                std::env::var_os("BREAKER_REDIS").is_none_or(|value| value != "required"),
                "BREAKER_REDIS=required, but there is no `redis-server` in PATH"
            );
            let test = thread::current().name().unwrap_or("a test").to_owned();
            left_out(&format!("{test}: there is no `redis-server` in PATH"));
            return None;
        };
        assert!(version.contains("v="), "not a Redis: {version}");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("breaker-redis-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut server = Self { child: None, port: free_port(), folder, arguments };
        server.restart();
        Some(server)
    }

    /// Starts the server, empty, after [`kill`](Self::kill).
    pub(crate) fn restart(&mut self) {
        for _ in 0..10 {
            let mut command = Command::new("redis-server");
            command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
            command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(&self.folder);
            command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null());
            let mut child = command.spawn().unwrap();
            if is_ready(&mut child, self.port) {
                self.child = Some(child);
                return;
            }
            // Somebody else has the port by now.
            let _ = (child.kill(), child.wait());
            self.port = free_port();
        }
        panic!("no redis-server has started");
    }

    /// Ends the server by SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().map(Child::id).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// A connection that no breaker uses.
    pub(crate) fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = (child.kill(), child.wait());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Says what a test leaves out, past the harness, which keeps what tests that pass have printed.
pub(crate) fn left_out(what: &str) {
    let _ = writeln!(std::io::stderr(), "left out: {what}");
}

fn version() -> Option<String> {
    let output = Command::new("redis-server").arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until the server answers, be it by an error. `false` if it has ended.
fn is_ready(child: &mut Child, port: u16) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let answers = || {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
            stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
            stream.write_all(b"PING\r\n").ok()?;
            stream.read_exact(&mut [0]).ok()
        };
        if answers().is_some() {
            return child.try_wait().unwrap().is_none();
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}
