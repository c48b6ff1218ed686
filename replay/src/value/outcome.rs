//! Outcomes: by a word, or by an HTTP status.

use std::ops::RangeInclusive;

use breaker_core::Outcome;

/// Reads the word for an outcome, in small or capital letters.
pub(crate) fn read(word: &[u8]) -> Option<Outcome> {
    const WORDS: [(Outcome, &[&str]); 3] = [
        (Outcome::Success, &["success", "ok", "true"]),
        (Outcome::Failure, &["failure", "error", "err", "fail", "false", "timeout"]),
        (Outcome::Ignored, &["ignored", "ignore", "cancelled"]),
    ];
    let is_it = |known: &&str| word.eq_ignore_ascii_case(known.as_bytes());
    WORDS.iter().find(|(_, words)| words.iter().any(&is_it)).map(|(outcome, _)| *outcome)
}

/// The rule that tells failures by their HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statuses {
    is_failure: Box<[bool]>,
    /// The words of the log in place of a status, for calls without an answer.
    unanswered: Vec<Box<[u8]>>,
}

const ALL: RangeInclusive<usize> = 100..=599;

impl Default for Statuses {
    /// Returns the rule of `breaker_tower::http::http_outcomes`: 5xx, 408 and 429 are failures.
    fn default() -> Self {
        let mut statuses = Self::none();
        statuses.is_failure[500..].fill(true);
        statuses.is_failure[408] = true;
        statuses.is_failure[429] = true;
        statuses
    }
}

impl Statuses {
    fn none() -> Self {
        Self { is_failure: vec![false; ALL.end() + 1].into(), unanswered: Vec::new() }
    }

    /// Reads a list of failures: `5xx,429`. `0`, `-` and the like, which are no status, are a failure
    /// where the log has just that.
    ///
    /// # Errors
    /// A part is neither a class nor a status, nor stands for a call without an answer.
    pub(crate) fn of_list(list: &str) -> Result<Self, String> {
        let mut statuses = Self::none();
        for part in list.split(',').map(str::trim) {
            let class = part.strip_suffix("xx").and_then(|class| class.parse::<usize>().ok());
            let single = three_digits(part.as_bytes());
            match (class, single) {
                (Some(class @ 1..=5), _) => {
                    statuses.is_failure[class * 100..class * 100 + 100].fill(true);
                }
                (_, Some(status)) => statuses.is_failure[status] = true,
                _ if is_no_answer(part) => statuses.unanswered.push(part.as_bytes().into()),
                _ => {
                    return Err(format!(
                        "`{}` is no status; write classes and statuses: `5xx,408,429`",
                        part.escape_debug()
                    ));
                }
            }
        }
        Ok(statuses)
    }

    /// Reads a status, and judges it.
    pub(crate) fn read(&self, text: &[u8]) -> Option<Outcome> {
        let Some(status) = three_digits(text) else {
            let is_failure = self.unanswered.iter().any(|known| **known == *text);
            return is_failure.then_some(Outcome::Failure);
        };
        Some(if self.is_failure[status] { Outcome::Failure } else { Outcome::Success })
    }
}

/// Returns true for what logs have in the place of a status: `-`, `0`, `000`, `-1`.
fn is_no_answer(text: &str) -> bool {
    text == "-" || text.parse::<i16>().is_ok_and(|number| number < 100)
}

/// Reads a number from 100 to 599.
fn three_digits(text: &[u8]) -> Option<usize> {
    let [a, b, c] = *text else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    let status = digit(a)? * 100 + digit(b)? * 10 + digit(c)?;
    ALL.contains(&status).then_some(status)
}
