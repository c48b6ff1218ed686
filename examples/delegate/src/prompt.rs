//! The rules for prompts. A prompt that no back end can take is the caller's mistake, and is
//! refused before any breaker hears of it.

use std::error::Error;
use std::fmt;

/// The most bytes of a prompt: Linux takes 128 KiB in one argument.
pub const LONGEST_PROMPT: usize = 100 * 1024;

/// Checks a prompt.
///
/// # Errors
/// No program could take the prompt.
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

/// The fault of a prompt.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PromptError {
    /// The prompt is blank.
    Empty,
    /// The prompt is too long for an argument.
    Long {
        /// The length.
        bytes: usize,
    },
    /// The prompt has a NUL, which no argument can have.
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
