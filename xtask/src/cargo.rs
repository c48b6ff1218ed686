//! Calls of cargo and what can go wrong with them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Cargo, by the path under which it was called.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments.split(' '));
    command
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The target directory.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(path) => root().join(path),
        None => root().join("target"),
    }
}

/// Runs a command and shows its output.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::start(command, error))?;
    if status.success() { Ok(()) } else { Err(Failure::status(command, status, String::new())) }
}

/// Runs a command and returns its output. Shows its errors if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|error| Failure::start(command, error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::status(command, output.status, complaint))
}

/// Runs a command, and returns its status and output, whether it fails or not.
pub(crate) fn try_read(command: &mut Command) -> Result<(ExitStatus, String), Failure> {
    let output = command.output().map_err(|error| Failure::start(command, error))?;
    Ok((output.status, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// A tool that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    cause: Option<io::Error>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Failure { what: what.into(), cause: None }
    }

    fn start(command: &Command, cause: io::Error) -> Self {
        let program = command.get_program().to_string_lossy();
        Failure { what: format!("`{program}` does not start"), cause: Some(cause) }
    }

    fn status(command: &Command, status: ExitStatus, complaint: String) -> Self {
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy())
            .collect();
        let complaint = if complaint.is_empty() { complaint } else { format!(":\n{complaint}") };
        Failure::new(format!("`{}` failed, {status}{complaint}", words.join(" ")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
