//! The answers to questions, and the errors.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use breakerbox::BreakerError;

use crate::backend::BackendError;
use crate::ollama::OllamaError;
use crate::prompt::PromptError;

/// An answer. Its `Display` is `[delegate:gemini] ...`.
#[derive(Debug)]
pub struct Answer {
    /// The author.
    pub by: Answerer,
    /// The text.
    pub text: String,
    /// The back ends that did not answer, in the order they were tried.
    pub passed_over: Vec<PassedOver>,
}

/// The author of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// The back end of this name.
    Backend(String),
    /// The last resort.
    Ollama,
    /// Nobody: the text says when to try again.
    Degraded,
}

impl Answer {
    /// The answer while the breakers are open, which says when to come back.
    pub(crate) fn degraded(passed_over: Vec<PassedOver>) -> Self {
        let resting: Vec<_> = passed_over.iter().map(|passed| passed.backend.as_str()).collect();
        let verb = if resting.len() == 1 { "rests" } else { "rest" };
        let soonest = passed_over.iter().filter_map(PassedOver::retry_after).min();
        let retry = match soonest {
            Some(time) => format!("retry in {}", seconds(time)),
            // Half-open: another caller's probe is out, and ends at its timeout at the latest.
            None => "retry when the probe under way has ended".to_owned(),
        };
        let text = format!("{} {verb} after repeated failures; {retry}", resting.join(", "));
        Self { by: Answerer::Degraded, text, passed_over }
    }

    /// Returns true if nobody answered.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.by == Answerer::Degraded
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match &self.by {
            Answerer::Backend(name) => name,
            Answerer::Ollama => "ollama",
            Answerer::Degraded => "degraded",
        };
        write!(f, "[delegate:{by}] {}", self.text)
    }
}

/// A back end that did not answer.
#[derive(Debug)]
pub struct PassedOver {
    /// The name.
    pub backend: String,
    /// The reason.
    pub why: BackendError,
}

impl PassedOver {
    /// Returns true if an open breaker rejected the call.
    #[must_use]
    pub fn is_skipped(&self) -> bool {
        matches!(self.why, BackendError::Rejected(_))
    }

    fn retry_after(&self) -> Option<Duration> {
        match &self.why {
            // For a saturated breaker, `retry_after` is the latest end of its probes: the service
            // may be well long before.
            BackendError::Rejected(BreakerError::Saturated { .. }) => None,
            BackendError::Rejected(rejection) => rejection.retry_after(),
            _ => None,
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, why } = self;
        match self.retry_after() {
            Some(time) => write!(f, "{backend} skipped, retry in {}", seconds(time)),
            None if self.is_skipped() => write!(f, "{backend} skipped, {why}"),
            None => {
                write!(f, "{backend} failed, {why}")?;
                why.source().map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
        }
    }
}

/// The failure of a question.
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError {
    /// The prompt is refused.
    Prompt(PromptError),
    /// There is no back end of that name.
    Unknown(UnknownBackend),
    /// The back end asked for was started, and failed.
    Backend {
        /// The name.
        name: String,
        /// The reason.
        source: BackendError,
    },
    /// Only ollama was left, and ollama failed.
    Ollama {
        /// The back ends passed over before.
        passed_over: Vec<PassedOver>,
        /// The reason.
        source: OllamaError,
    },
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt(error) => error.fmt(f),
            Self::Unknown(error) => error.fmt(f),
            Self::Backend { name, source } => write!(f, "{name} failed, {source}"),
            Self::Ollama { passed_over, source } => {
                for passed in passed_over {
                    write!(f, "{passed}; ")?;
                }
                source.fmt(f)
            }
        }
    }
}

impl Error for AskError {
    // `Display` shows the wrapped error: its cause comes next.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Backend { source, .. } => source.source(),
            Self::Ollama { source, .. } => source.source(),
            Self::Prompt(_) | Self::Unknown(_) => None,
        }
    }
}

/// A name that no back end has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBackend {
    /// The name asked for.
    pub found: String,
    /// The names to choose from.
    pub known: Vec<String>,
}

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.join(", ");
        write!(f, "there is no back end `{}`; choose from: {known}", self.found.escape_debug())
    }
}

impl Error for UnknownBackend {}

/// Prints a time in seconds, rounded up to a tenth.
pub(crate) fn seconds(time: Duration) -> String {
    let tenths = time.as_millis().div_ceil(100);
    format!("{}.{} s", tenths / 10, tenths % 10)
}
