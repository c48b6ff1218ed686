//! A Redis of this program's own.

use std::env;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const PROGRAM: &str = "redis-server";

/// The longest that the server may take to answer after its start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that keeps nothing on disk. Dropping this kills the server.
#[derive(Debug)]
pub(super) struct Redis {
    url: String,
    server: Child,
    _folder: Folder,
}

impl Redis {
    /// Starts the server on a free loopback port. Returns once it answers.
    pub(super) async fn start() -> Result<Self, String> {
        let port = free_port().await.map_err(|error| format!("there is no free port: {error}"))?;
        let folder = Folder::create(port)
            .map_err(|error| format!("cannot make a folder for {PROGRAM}: {error}"))?;
        let mut server = Command::new(PROGRAM)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--dir")
            .arg(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| start_error(&error))?;
        let answered = async {
            while !answers(port).await.unwrap_or(false) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            ended = server.wait() => Err(match ended {
                Ok(status) => format!("{PROGRAM} has ended at its start, {status}"),
                Err(error) => format!("{PROGRAM} cannot be waited for: {error}"),
            }),
            answered = timeout(PATIENCE, answered) => match answered {
                Ok(()) => Ok(()),
                Err(_) => Err(format!("{PROGRAM} does not answer within {PATIENCE:?}")),
            },
        }?;
        Ok(Self { url: format!("redis://127.0.0.1:{port}"), server, _folder: folder })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // This fails only if the server has ended.
        let _ = self.server.start_kill();
        // The server must be gone before its folder is, and leave no zombie. A process that was
        // killed ends at once.
        while matches!(self.server.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn start_error(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        let install = "`apt install redis-server`, or `brew install redis`";
        return format!("there is no {PROGRAM} in PATH; install it: {install}");
    }
    format!("{PROGRAM} does not start: {error}")
}

/// Returns a port that was free just now. If somebody takes it, the server ends at its start.
async fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(listener.local_addr()?.port())
}

/// Pings the server.
async fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await?;
    Ok(answer == *b"+PONG")
}

/// A folder for temporary files, removed when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn create(port: u16) -> io::Result<Self> {
        let path = env::temp_dir().join(format!("outage-redis-{}-{port}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The folder is empty, and the system clears temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
