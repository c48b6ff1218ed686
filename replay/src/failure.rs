//! The errors that end the program.

use std::fmt;
use std::io;

/// An error for the person who called the program, with a remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    wrong: String,
    help: String,
}

impl Failure {
    /// `help` may be empty.
    pub(crate) fn new(wrong: impl Into<String>, help: impl Into<String>) -> Self {
        Self { wrong: wrong.into(), help: help.into() }
    }

    /// The error of a file.
    pub(crate) fn of_file(doing: &str, file: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(format!("cannot {doing} {file}: {error}"), "")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.wrong)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\nhelp: {}", self.help) }
    }
}
