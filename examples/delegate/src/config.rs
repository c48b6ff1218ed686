//! The configuration file: its keys, and their rules.

use std::path::{Path, PathBuf};
use std::{fs, time::Duration};

use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;

pub use error::ConfigError;
pub use seconds::Seconds;

mod error;
mod seconds;
pub(crate) mod tuning;

/// Failures in a row that open a breaker, unless the file says otherwise.
pub const FAILURE_THRESHOLD: u16 = 3;
/// The cooldown, unless the file says otherwise.
pub const COOLDOWN: Duration = Duration::from_secs(60);
/// The timeout of a call, unless the file says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// Names that mean something else than a back end of the file.
const RESERVED: [&str; 3] = ["auto", "ollama", "degraded"];
const LONGEST_NAME: usize = 64;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The tuning of all breakers. The module `tuning` reads it, together with each back end's.
    pub breaker_failure_threshold: IgnoredAny,
    /// Like `breaker_failure_threshold`.
    pub breaker_cooldown_seconds: IgnoredAny,
    /// Tables of tuning, in the words of `breakerbox::config`.
    pub all: IgnoredAny,
    /// Like `all`.
    pub breakers: IgnoredAny,
    /// The timeout of ollama, and of back ends without their own.
    pub timeout_seconds: Option<Seconds>,
    /// The file to append warnings to, one JSON object a line.
    pub notifications_file: Option<PathBuf>,
    /// The back ends, in the order of `auto`.
    #[serde(rename = "backend")]
    pub backends: Vec<Program>,
    /// The last resort.
    pub ollama: Server,
    /// The path of this file, for `tuning`.
    #[serde(skip)]
    pub tuning_file: Option<PathBuf>,
    /// The cooldown, unless the file says otherwise; `COOLDOWN` if this is `None`.
    #[serde(skip)]
    pub cooldown: Option<Duration>,
}

/// One `[[backend]]`: a command-line program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The name for `ask --backend`.
    pub name: String,
    /// A path, or a name to be found in `PATH`.
    pub command: PathBuf,
    /// The arguments. The prompt replaces each `{prompt}`; without `{prompt}`, it goes to standard
    /// input.
    #[serde(default)]
    pub args: Vec<String>,
    /// The breaker's tuning, see `tuning`.
    #[serde(default)]
    pub breaker_failure_threshold: IgnoredAny,
    /// Like `breaker_failure_threshold`.
    #[serde(default)]
    pub breaker_cooldown_seconds: IgnoredAny,
    /// The time after which a call is killed.
    pub timeout_seconds: Option<Seconds>,
}

/// `[ollama]`: the HTTP server of the last resort.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// The address, without a path.
    pub url: String,
    /// The model that is asked.
    pub model: String,
    /// The timeout of a call.
    pub timeout_seconds: Option<Seconds>,
}

impl Default for Server {
    fn default() -> Self {
        let (url, model) = ("http://127.0.0.1:11434", "llama3.2");
        Self { url: url.into(), model: model.into(), timeout_seconds: None }
    }
}

impl Config {
    /// Reads and checks a file. Paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or breaks a rule.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.to_owned();
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { file: file.clone(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { file, source: Box::new(source) })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.notifications_file = config.notifications_file.map(|file| folder.join(file));
        config.check()?;
        tuning::source(Some(path)).check().map_err(ConfigError::Tuning)?;
        config.tuning_file = Some(path.to_owned());
        Ok(config)
    }

    /// Checks the rules on several values, or on a value's text.
    ///
    /// # Errors
    /// A rule is broken.
    pub fn check(&self) -> Result<(), ConfigError> {
        for (number, backend) in self.backends.iter().enumerate() {
            backend.check()?;
            if self.backends[..number].iter().any(|other| other.name == backend.name) {
                return Err(ConfigError::Duplicate { name: backend.name.clone() });
            }
        }
        self.ollama.check()
    }

    /// Returns the timeout of a call.
    pub(crate) fn timeout(&self, own: Option<Seconds>) -> Duration {
        own.or(self.timeout_seconds).map_or(TIMEOUT, |seconds| seconds.0)
    }
}

impl Program {
    fn check(&self) -> Result<(), ConfigError> {
        let name = || self.name.clone();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(1..=LONGEST_NAME).contains(&self.name.len()) || !self.name.chars().all(is_plain) {
            return Err(ConfigError::Name { name: name() });
        }
        if RESERVED.contains(&self.name.as_str()) {
            return Err(ConfigError::Reserved { name: name() });
        }
        if self.command.as_os_str().is_empty() {
            return Err(ConfigError::Command { name: name() });
        }
        Ok(())
    }
}

impl Server {
    fn check(&self) -> Result<(), ConfigError> {
        match Url::parse(&self.url) {
            Ok(url) if url.scheme() == "http" && url.has_host() => Ok(()),
            _ => Err(ConfigError::Url { url: self.url.clone() }),
        }
    }
}
