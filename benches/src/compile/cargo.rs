//! Calls of cargo and what can go wrong with them.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;

/// Cargo itself, as it was called.
pub(super) fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments.split(' '));
    command
}

/// Root of the repository.
pub(super) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Runs it, its output shown.
pub(super) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::start(command, error))?;
    if status.success() { Ok(()) } else { Err(Failure::status(command, status, String::new())) }
}

/// Runs it and gives what it printed; its complaints are shown if it fails.
pub(super) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|error| Failure::start(command, error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::status(command, output.status, complaint))
}

/// A tool that failed, or a file that could not be read or written.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    cause: Option<io::Error>,
}

impl Failure {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Failure { what: what.into(), cause: None }
    }

    pub(super) fn file(path: &Path, cause: io::Error) -> Self {
        Failure { what: path.display().to_string(), cause: Some(cause) }
    }

    fn start(command: &Command, cause: io::Error) -> Self {
        let program = command.get_program().to_string_lossy();
        Failure { what: format!("`{program}` does not start"), cause: Some(cause) }
    }

    fn status(command: &Command, status: std::process::ExitStatus, complaint: String) -> Self {
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
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
