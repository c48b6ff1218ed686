//! The folder in which fakes find their moods and note their starts.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::de::IgnoredAny;

use super::Mood;
use crate::config::Program;

/// A folder with two files for each fake: its mood, and its starts.
#[derive(Clone, Debug)]
pub struct Stage {
    executable: PathBuf,
    folder: PathBuf,
}

impl Stage {
    /// `executable` is this program, which plays the fakes.
    #[must_use]
    pub fn new(executable: PathBuf, folder: PathBuf) -> Self {
        Self { executable, folder }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a fake as a program. To show both ways, `claude` takes its prompt from standard
    /// input, the other fakes as an argument.
    #[must_use]
    pub fn program(&self, name: &str) -> Program {
        let folder = self.folder.to_string_lossy();
        let mut args = vec!["fake", name, "--stage", &folder];
        if name != "claude" {
            args.extend(["--", "{prompt}"]);
        }
        Program {
            name: name.to_owned(),
            command: self.executable.clone(),
            args: args.into_iter().map(str::to_owned).collect(),
            breaker_failure_threshold: IgnoredAny,
            breaker_cooldown_seconds: IgnoredAny,
            timeout_seconds: None,
        }
    }

    /// Sets a fake's mood from now on. A fake without one answers.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn set(&self, name: &str, mood: Mood) -> io::Result<()> {
        // A rename is atomic: no fake reads half a word.
        let draft = self.file(name, "draft");
        fs::write(&draft, mood.word())?;
        fs::rename(draft, self.file(name, "mood"))
    }

    /// Reads a fake's mood.
    pub(super) fn mood(&self, name: &str) -> io::Result<Mood> {
        match fs::read_to_string(self.file(name, "mood")) {
            Ok(word) => Mood::from_str(&word, false).map_err(io::Error::other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Mood::Answer),
            Err(error) => Err(error),
        }
    }

    /// Notes that a fake was started.
    pub(super) fn note_start(&self, name: &str) -> io::Result<()> {
        let path = self.file(name, "starts");
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        // One write, so that lines do not mix.
        file.write_all(format!("{}\n", std::process::id()).as_bytes())
    }

    /// Returns the process ids of a fake's starts.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn starts(&self, name: &str) -> io::Result<Vec<u32>> {
        match fs::read_to_string(self.file(name, "starts")) {
            Ok(lines) => lines.lines().map(|line| line.parse().map_err(io::Error::other)).collect(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn file(&self, name: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{name}.{kind}"))
    }
}
