//! The reasons why state is not shared.

use std::{fmt, io};

/// The reason why a breaker, or all of them, share no state. They work as in a program that has not
/// joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// No variable names a folder, and there is no home folder.
    NoFolder,
    /// A file or a symbolic link is in the place of the folder.
    NotAFolder,
    /// Something else is in the place of a record: a folder, a symbolic link, a pipe, or a file
    /// with several names.
    NotARecord,
    /// The folder or the record belongs to another user.
    NotOurs,
    /// Other users may write to the folder or to the record.
    WritableByOthers,
    /// A newer version of this crate wrote the record, which is left alone.
    Newer {
        /// The version of the format.
        version: u8,
    },
    /// The largest number of shared names, 1,000, is reached.
    TooManyNames,
    /// Somebody held the lock of the record for longer than 5 ms.
    Busy,
    /// The operating system refused, for example because the disk is full.
    Io(io::ErrorKind),
    /// The breakers of this registry are already shared in another way.
    Taken,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFolder => f.write_str(
                "no folder to share in; set BREAKERBOX_DIR, XDG_RUNTIME_DIR, XDG_STATE_HOME or HOME",
            ),
            Self::NotAFolder => {
                f.write_str("the place of the folder is taken; remove what is there, or set BREAKERBOX_DIR")
            }
            Self::NotARecord => {
                f.write_str("the place of the record is taken; remove what is there, which is no plain file")
            }
            Self::NotOurs => f.write_str(
                "the folder or the record belongs to another user; set BREAKERBOX_DIR to a folder of your own",
            ),
            Self::WritableByOthers => f.write_str(
                "other users may write to the folder or to the record; `chmod go-w` it, or set BREAKERBOX_DIR",
            ),
            Self::Newer { version } => write!(
                f,
                "a newer version of breakerbox wrote the record, in format {version}; update this program"
            ),
            Self::TooManyNames => {
                f.write_str("there are 1,000 names already; choose those to share by `only`")
            }
            Self::Busy => f.write_str("another process held the lock of the record for 5 ms"),
            Self::Io(kind) => write!(f, "the record cannot be read or written: {kind}"),
            Self::Taken => f.write_str("the breakers of this registry are shared already; join once"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}
