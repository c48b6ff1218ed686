//! A Redis of the program's own, on a free port.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Failure;

pub(crate) struct Server {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
}

/// The server's own count of its work since it started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    /// Commands, those inside of scripts included.
    pub(crate) commands: u64,
    pub(crate) scripts: u64,
    pub(crate) processor: Duration,
    pub(crate) bytes: u64,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Server { child: None, folder: TempDir::new()?, port };
        server.restart().await?;
        Ok(server)
    }

    /// Starts it, empty.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("`redis-server` cannot be started: {error}; install it"))?;
        self.child = Some(child);
        let limit = Instant::now() + Duration::from_secs(10);
        while self.load().is_err() {
            if Instant::now() > limit {
                return Err("`redis-server` does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends a signal by its name, `STOP` for example.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Failure> {
        let id = self.child.as_ref().map(Child::id).ok_or("the server does not run")?;
        Command::new("kill").args([format!("-{name}"), id.to_string()]).status()?;
        Ok(())
    }

    pub(crate) fn load(&self) -> Result<Load, Failure> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?;
        let mut connection = client.get_connection_with_timeout(Duration::from_millis(500))?;
        let text: String = redis::cmd("INFO").arg("everything").query(&mut connection)?;
        let value = |key: &str| {
            text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap_or("0")
        };
        let calls = |command: &str| {
            let stats = value(&format!("cmdstat_{command}"));
            let calls = stats.split(',').find_map(|part| part.strip_prefix("calls="));
            calls.and_then(|calls| calls.parse::<u64>().ok()).unwrap_or(0)
        };
        let seconds = |key: &str| value(key).parse::<f64>().unwrap_or(0.0);
        Ok(Load {
            commands: value("total_commands_processed").parse()?,
            scripts: calls("evalsha") + calls("eval"),
            processor: Duration::from_secs_f64(seconds("used_cpu_user") + seconds("used_cpu_sys")),
            bytes: value("used_memory").parse()?,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
