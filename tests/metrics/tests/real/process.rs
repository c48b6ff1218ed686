//! Processes that end with their test.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A process that is killed when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program of Prometheus.
pub(crate) fn tool(name: &str) -> Command {
    let folder = std::env::var_os("BREAKER_PROMETHEUS").map(PathBuf::from).unwrap_or_default();
    Command::new(folder.join(name))
}

/// Returns what the first line in which `find` finds something has, and goes on reading, so that
/// the writer never waits.
pub(crate) fn first<T: Send + 'static>(
    output: impl Read + Send + 'static,
    find: impl Fn(&str) -> Option<T> + Send + 'static,
) -> T {
    let (found, finding) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut lines = Vec::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(what) = find(&line) {
                let _ = found.send(what);
            }
            lines.push(line);
        }
        lines
    });
    match finding.recv_timeout(Duration::from_secs(60)) {
        Ok(what) => what,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("nothing was found in a minute"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            panic!("it ended: {}", reading.join().unwrap().join("\n"))
        }
    }
}

/// The service of this package.
pub(crate) struct Service {
    pub(crate) address: String,
    client: reqwest::Client,
    _process: Process,
}

impl Service {
    pub(crate) fn start() -> Self {
        let mut service = Command::new(env!("CARGO_BIN_EXE_metrics-check"));
        let mut child =
            service.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let output = child.stdout.take().unwrap();
        let process = Process(child);
        let address = first(output, |line| Some(line.to_owned()));
        Service { address, client: reqwest::Client::new(), _process: process }
    }

    pub(crate) async fn call(&self, model: &str, fails: bool, times: u32) {
        let (fails, times) = (fails.to_string(), times.to_string());
        let wish = [("model", model), ("fails", &fails), ("times", &times)];
        let url = format!("http://{}/call", self.address);
        let answer = self.client.get(url).query(&wish).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.client.get(format!("http://{}{path}", self.address)).send().await;
        answer.unwrap().error_for_status().unwrap().text().await.unwrap()
    }
}
