//! Stand-ins for the back ends, which play an outage: a program that answers or fails as told, and
//! a server like ollama's.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

pub use mood::Mood;
pub use ollama::FakeOllama;
pub use program::{FakeArgs, play};
pub use stage::Stage;

use crate::config::{Config, Program, Seconds, Server};

mod mood;
mod ollama;
mod program;
mod stage;

/// The back ends that have fakes, in the order of `auto`.
pub const CAST: [&str; 3] = ["gemini", "codex", "claude"];

/// All fakes, on a stage of their own, until dropped.
#[derive(Debug)]
pub struct Fakes {
    /// The folder of the fakes' moods and starts.
    pub stage: Stage,
    /// The server.
    pub ollama: FakeOllama,
    _folder: TempDir,
}

impl Fakes {
    /// Starts the fakes, which `executable`, this program, plays.
    ///
    /// # Errors
    /// There is no temporary folder, or no free port.
    pub async fn start(executable: &Path) -> io::Result<Self> {
        let folder = TempDir::with_prefix("delegate-")?;
        let stage = Stage::new(executable.to_owned(), folder.path().to_owned());
        Ok(Self { stage, ollama: FakeOllama::start().await?, _folder: folder })
    }

    /// A configuration of the fakes; a hang ends after `timeout`.
    #[must_use]
    pub fn config(&self, cooldown: Duration, timeout: Duration) -> Config {
        Config {
            cooldown: Some(cooldown),
            timeout_seconds: Some(Seconds(timeout)),
            notifications_file: Some(self.notices()),
            backends: CAST.map(|name| self.stage.program(name)).into(),
            ollama: Server { url: self.ollama.url(), ..Server::default() },
            ..Config::default()
        }
    }

    /// The file of the notices.
    #[must_use]
    pub fn notices(&self) -> PathBuf {
        self.stage.folder().join("notices.jsonl")
    }

    /// Returns one more back end, played by `executable`.
    #[must_use]
    pub fn program(&self, name: &str) -> Program {
        self.stage.program(name)
    }
}
