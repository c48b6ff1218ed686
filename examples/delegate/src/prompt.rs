//! What every back end can be handed. A prompt that none can take is the
//! caller's mistake: it is refused before any breaker hears of it.

use std::error::Error;
use std::fmt;

/// The most bytes of a prompt: Linux takes 128 KiB in one argument.
pub const LONGEST_PROMPT: usize = 100 * 1024;

/// Checks a prompt.
///
/// # Errors
/// No program could be handed it.
pub fn check(prompt: &str) -> Result<(), PromptError> {
    if prompt.trim().is_empty() {
        return Err(PromptError::Empty);
    }
    if prompt.len() > LONGEST_PROMPT {
        return Err(PromptError::Long { bytes: prompt.len() });
    }
    if prompt.contains('\0') {
        return Err(PromptError::Nul);
    }
    Ok(())
}

/// Why a prompt is refused.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PromptError {
    /// There is nothing in it.
    Empty,
    /// It is too long for an argument.
    Long {
        /// Its length.
        bytes: usize,
    },
    /// It has a NUL in it, which no argument can have.
    Nul,
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the prompt is empty; write what to ask"),
            Self::Long { bytes } => {
                write!(f, "the prompt has {bytes} bytes; shorten it to {LONGEST_PROMPT}")
            }
            Self::Nul => f.write_str("the prompt has a NUL character in it; remove it"),
        }
    }
}

impl Error for PromptError {}
