//! A back end: a program that is started for each question. The breaker is here.

use std::error::Error;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use breakerbox::{Breaker, BreakerError, Registry, circuit_breaker};

use crate::config::{COOLDOWN, FAILURE_THRESHOLD, Program};
use crate::process;

/// The name that all breakers are under, shown as `backend/gemini`, `backend/codex`.
pub const FAMILY: &str = "backend";

/// A program, and how long it may take to answer.
#[derive(Clone, Debug)]
pub struct Backend {
    /// How it is started.
    pub program: Program,
    /// After this it is killed.
    pub timeout: Duration,
}

impl Backend {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.program.name
    }
}

/// A back end's breaker, also if this process has not asked it: others may have.
#[must_use]
pub fn breaker_of(backend: &str) -> Option<Arc<Breaker>> {
    Registry::global().breaker_by_key(FAMILY, backend).ok()
}

/// Asks a back end. While its breaker is open, nothing is started.
///
/// The gate is this one line. Each back end has a breaker of its own (`key`) in
/// the registry of the process: whoever asks, the health of gemini is one fact.
/// The two numbers hold where the configuration file has none.
///
/// # Errors
/// The breaker is open, or the program did not answer.
#[circuit_breaker(
    name = FAMILY, key = backend.name(),
    threshold = FAILURE_THRESHOLD, cooldown = COOLDOWN,
)]
pub async fn ask(backend: &Backend, prompt: &str) -> Result<String, BackendError> {
    process::run(backend, prompt).await
}

/// Why a back end has not answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackendError {
    /// Its breaker is open: it was not started.
    Rejected(BreakerError),
    /// It cannot be started.
    Start {
        /// The program.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It ended without success: an error of its own, or a signal.
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The last line of its standard error.
        said: String,
    },
    /// It hung, and was killed.
    TimedOut {
        /// How long it was given.
        after: Duration,
    },
    /// It ended with success, but said nothing.
    Silent,
    /// What it says cannot be read.
    Pipe(io::Error),
}

impl From<BreakerError> for BackendError {
    fn from(rejection: BreakerError) -> Self {
        Self::Rejected(rejection)
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Start { command, .. } => {
                write!(f, "`{command}` cannot be started; check `command` in the configuration")
            }
            Self::Failed { status, said } if said.is_empty() => write!(f, "{status}"),
            Self::Failed { status, said } => write!(f, "{status}: {said}"),
            Self::TimedOut { after } => write!(f, "killed, no answer within {after:?}"),
            Self::Silent => f.write_str("it answered nothing"),
            Self::Pipe(_) => f.write_str("its output cannot be read"),
        }
    }
}

impl Error for BackendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Start { source, .. } | Self::Pipe(source) => Some(source),
            _ => None,
        }
    }
}
