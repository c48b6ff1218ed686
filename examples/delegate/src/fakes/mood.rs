//! The behaviour of a fake.

use clap::ValueEnum;

/// A fake's reaction to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mood {
    /// Answers.
    Answer,
    /// Complains that its login has expired, and fails.
    ExpiredLogin,
    /// Complains that its model was withdrawn, and fails.
    WithdrawnModel,
    /// Never answers.
    Hang,
    /// Starts a process of its own that holds on to its output, and never answers.
    HangBelow,
    /// Dies by a signal.
    Die,
    /// Ends with success, and says nothing.
    Silence,
    /// Answers more than anybody wants to read.
    Flood,
    /// Waits for another mood, then acts on it.
    Hold,
}

impl Mood {
    /// Returns the mood's word on the command line.
    #[must_use]
    pub fn word(self) -> String {
        self.to_possible_value().map_or(String::new(), |word| word.get_name().to_owned())
    }
}
