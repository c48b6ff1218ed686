//! A Redis of the program's own, on a free port.

#[path = "../../../../breaker-fleet/tests/support/server.rs"]
mod redis_server;

use std::process::Command;
use std::time::Duration;

use redis_server::RedisServer;

use crate::Failure;

pub(crate) struct Server(RedisServer);

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
    pub(crate) fn start() -> Result<Self, Failure> {
        let server = RedisServer::start(&[]);
        Ok(Server(server.ok_or("there is no `redis-server` in PATH; install it")?))
    }

    /// Starts it, empty.
    pub(crate) fn restart(&mut self) {
        self.0.restart();
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }

    /// Sends a signal by its name, `STOP` for example.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Failure> {
        Command::new("kill").args([format!("-{name}"), self.0.id().to_string()]).status()?;
        Ok(())
    }

    pub(crate) fn load(&self) -> Result<Load, Failure> {
        let client = redis::Client::open(self.0.url())?;
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
