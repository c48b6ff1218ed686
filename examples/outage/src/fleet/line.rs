//! The lines on standard output by which an instance reports to its parent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use breakerbox::State;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The instance waits for the service's address.
    Ready,
    /// The breaker changed to a state, this long after the script's start; in milliseconds.
    State(Duration, State),
    /// The users have got their answers.
    Answers(Answers),
}

/// The number of answers of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) real: u32,
    pub(super) fallback: u32,
    pub(super) error: u32,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::State(at, state) => write!(f, "state {} {state}", at.as_millis()),
            Self::Answers(Answers { real, fallback, error }) => {
                write!(f, "answers {real} {fallback} {error}")
            }
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<_> = line.split_whitespace().collect();
        let read = match words[..] {
            ["ready"] => Some(Self::Ready),
            ["state", at, state] => state_of(at, state),
            ["answers", real, fallback, error] => answers_of([real, fallback, error]),
            _ => None,
        };
        read.ok_or_else(|| {
            format!("an instance has said `{line}`, which is no line of its protocol")
        })
    }
}

fn state_of(at: &str, state: &str) -> Option<Line> {
    let at = Duration::from_millis(at.parse().ok()?);
    let state = State::ALL.into_iter().find(|known| known.to_string() == state)?;
    Some(Line::State(at, state))
}

fn answers_of(counts: [&str; 3]) -> Option<Line> {
    let [real, fallback, error] = counts.map(|count| count.parse().ok());
    Some(Line::Answers(Answers { real: real?, fallback: fallback?, error: error? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_that_was_written_is_read() {
        let states = State::ALL.map(|state| Line::State(Duration::from_millis(1_207), state));
        let answers = Line::Answers(Answers { real: 3, fallback: 2, error: 1 });
        for line in states.into_iter().chain([Line::Ready, answers]) {
            assert_eq!(line.to_string().parse(), Ok(line));
        }
    }

    #[test]
    fn line_that_is_none_is_told() {
        for line in ["", "ready now", "state 12", "state x open", "state 12 ajar", "answers 1 2"] {
            let error = line.parse::<Line>().unwrap_err();
            assert!(error.contains(&format!("`{line}`")), "{error}");
        }
    }
}
