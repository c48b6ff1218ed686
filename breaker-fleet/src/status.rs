//! The status of the sharing at one moment.

use std::fmt;
use std::time::SystemTime;

/// The state of the sharing with other instances at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The URL of the server, without its password.
    pub server: String,
    /// The instances that share: those whose namespace is the same.
    pub namespace: String,
    /// The domain of this instance.
    pub domain: String,
    /// The state of the server.
    pub store: Store,
    /// The number of this instance's breakers that are shared.
    pub names: usize,
    /// The number of domains that were heard of when the server was last asked, this one included.
    pub domains: u16,
    /// The last refusal of the server, unless the act was done since: a key of another type, for
    /// example. It is told for five minutes, or for as long as the server refuses it again.
    pub trouble: Option<String>,
}

/// The state of the server that keeps the shared records.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Store {
    /// It has not been reached yet. Breakers work as they do alone.
    Joining {
        /// Why the last attempt failed; `None` if there was none so far.
        error: Option<String>,
    },
    /// State is shared.
    Joined,
    /// It has been silent for some time, or refuses all. Breakers work as they do alone.
    Alone {
        /// When that began.
        since: SystemTime,
        /// The reason.
        error: String,
    },
    /// This instance has left.
    Left,
    /// The breakers of the registry are shared in another way already.
    Refused,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joining { error: None } => f.write_str("joining"),
            Self::Joining { error: Some(error) } => write!(f, "joining: {error}"),
            Self::Joined => f.write_str("joined"),
            Self::Alone { since, error } => {
                let seconds = since.elapsed().unwrap_or_default().as_secs();
                write!(f, "alone for {seconds} s: {error}")
            }
            Self::Left => f.write_str("left"),
            Self::Refused => {
                f.write_str("refused: the breakers of this registry are shared already; join once")
            }
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, namespace, domain, store, names, domains, trouble } = self;
        write!(f, "{names} names of `{domain}` as `{namespace}` at `{server}`, ")?;
        write!(f, "{domains} domains: {store}")?;
        if let Some(trouble) = trouble {
            write!(f, "; the server has refused: {trouble}")?;
        }
        Ok(())
    }
}
