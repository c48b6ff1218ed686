//! Calls of cargo.

use std::path::Path;
use std::process::Command;

use super::error::BuildError;

/// Cargo, from the toolchain that built this program.
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

/// Runs the command and shows its output.
pub(super) fn run(command: &mut Command) -> Result<(), BuildError> {
    let status = command.status().map_err(|error| BuildError::start(command, error))?;
    if status.success() { Ok(()) } else { Err(BuildError::status(command, status, b"")) }
}

/// Runs the command and returns its standard output. Its standard error becomes
/// part of the error, if there is one.
pub(super) fn read(command: &mut Command) -> Result<String, BuildError> {
    let output = command.output().map_err(|error| BuildError::start(command, error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(BuildError::status(command, output.status, &output.stderr))
}
