//! The lines that a program prints, and the files that it writes.

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// Prints a line. Unlike `println!`, this does not panic if nobody reads.
///
/// # Errors
/// Standard output is closed, or cannot be written to.
pub fn say(line: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| {
        io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
    })
}

/// Ends a program: prints an error and its cause, and returns the program's exit code.
#[must_use]
pub fn exit_code(ended: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = ended else { return ExitCode::SUCCESS };
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    // If this fails too, nobody can be told.
    let _ = writeln!(io::stderr(), "error: {error}{cause}");
    ExitCode::FAILURE
}

/// Creates a file, and its folder if that is missing.
///
/// # Errors
/// The system refuses one of them.
pub fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(path)
}
