//! The mistakes of a configuration file.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

use breakerbox::config::Mistakes;

use super::RESERVED;

/// A mistake in the configuration. `Display` names key, value and remedy.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is no TOML, or has an unknown key or a value that does not fit.
    Parse {
        /// The file.
        file: PathBuf,
        /// The place and the reason.
        source: Box<toml::de::Error>,
    },
    /// The breakers refuse the file's tuning.
    Tuning(Mistakes),
    /// A back end's name cannot be typed or printed well.
    Name {
        /// The name.
        name: String,
    },
    /// A back end's name is reserved.
    Reserved {
        /// The name.
        name: String,
    },
    /// Two back ends have one name.
    Duplicate {
        /// The name.
        name: String,
    },
    /// A back end has an empty command.
    Command {
        /// The back end's name.
        name: String,
    },
    /// The address of ollama is no HTTP URL.
    Url {
        /// The value found.
        url: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { file, .. } => {
                write!(f, "cannot read the file given by `--config`, `{}`; ", file.display())?;
                f.write_str("give the path of a TOML file, or leave `--config` out to use fakes")
            }
            Self::Parse { file, .. } => write!(f, "`{}` is not as it should be", file.display()),
            Self::Tuning(mistakes) => {
                write!(f, "the breakers cannot be tuned as the file says\n\n{mistakes}")
            }
            Self::Name { name } => {
                write!(f, "`name` of a [[backend]] is `{}`; ", name.escape_debug())?;
                f.write_str("use 1 to 64 letters, digits, `-`, `_` and `.` of ASCII")
            }
            Self::Reserved { name } => {
                write!(f, "`name` of a [[backend]] is `{name}`; ")?;
                write!(f, "choose another, for these are taken: {}", RESERVED.join(", "))
            }
            Self::Duplicate { name } => {
                write!(f, "`name` is `{name}` in two [[backend]] tables; rename or remove one")
            }
            Self::Command { name } => {
                write!(f, "`command` of [[backend]] `{name}` is ``; ")?;
                f.write_str("give the path of a program, or a name to be found in PATH")
            }
            Self::Url { url } => {
                write!(f, "`url` of [ollama] is `{}`; ", url.escape_debug())?;
                f.write_str("give an http address, such as `http://127.0.0.1:11434`")
            }
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Parse { source, .. } => Some(source),
            _ => None,
        }
    }
}
