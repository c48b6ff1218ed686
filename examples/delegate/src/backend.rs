//! A back end: a program started for each question, behind a breaker.

use std::error::Error;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use breakerbox::{Breaker, BreakerError, Registry, circuit_breaker};

use crate::config::{COOLDOWN, FAILURE_THRESHOLD, Program};
use crate::process;

/// The name of all breakers, each with a key: `backend/gemini`, `backend/codex`.
pub const FAMILY: &str = "backend";

/// A program, and its time to answer.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The program as configured.
    pub program: Program,
    /// The time until the program is killed.
    pub timeout: Duration,
}

impl Backend {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.program.name
    }
}

/// Returns a back end's breaker, even if only other processes have asked.
#[must_use]
pub fn breaker_of(backend: &str) -> Option<Arc<Breaker>> {
    Registry::global().breaker_by_key(FAMILY, backend).ok()
}

/// Asks a back end; starts nothing while its breaker is open.
///
/// This attribute is the whole gate. Each back end has a breaker of its own (`key`) in the registry
/// of the process, so all callers share one view of a back end's health. The two numbers hold where
/// the configuration file has none.
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

/// A back end's failure to answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackendError {
    /// The breaker is open: nothing was started.
    Rejected(BreakerError),
    /// The program cannot be started.
    Start {
        /// The program.
        command: String,
        /// The reason.
        source: io::Error,
    },
    /// The program failed by itself, or died of a signal.
    Failed {
        /// The exit status.
        status: ExitStatus,
        /// The last line of standard error.
        said: String,
    },
    /// The program hung, and was killed.
    TimedOut {
        /// The timeout.
        after: Duration,
    },
    /// The program succeeded, but said nothing.
    Silent,
    /// The output cannot be read.
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
