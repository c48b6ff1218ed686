//! Errors of measurements that run cargo.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

#[derive(Debug)]
pub(crate) enum BuildError {
    /// The program does not start.
    Start(String, io::Error),
    /// The command failed. The text is its standard error, if that was not shown yet.
    Status(String, ExitStatus, String),
    /// The file or folder cannot be read or written.
    File(PathBuf, io::Error),
    /// The program that prints the sizes of futures printed another line.
    Line(String),
}

impl BuildError {
    pub(super) fn start(command: &Command, cause: io::Error) -> Self {
        BuildError::Start(command.get_program().to_string_lossy().into_owned(), cause)
    }

    pub(super) fn status(command: &Command, status: ExitStatus, complaint: &[u8]) -> Self {
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy())
            .collect();
        let complaint = String::from_utf8_lossy(complaint).into_owned();
        BuildError::Status(words.join(" "), status, complaint)
    }

    pub(super) fn file(path: &Path, cause: io::Error) -> Self {
        BuildError::File(path.to_owned(), cause)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Start(program, _) => write!(f, "`{program}` does not start"),
            BuildError::Status(command, status, complaint) => {
                let colon = if complaint.is_empty() { "" } else { ":\n" };
                write!(f, "`{command}` failed, {status}{colon}{complaint}")
            }
            BuildError::File(path, _) => path.display().fmt(f),
            BuildError::Line(line) => {
                write!(f, "expected `shape, plain, annotated` from the futures, found `{line}`")
            }
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BuildError::Start(_, cause) | BuildError::File(_, cause) => Some(cause),
            BuildError::Status(..) | BuildError::Line(_) => None,
        }
    }
}
