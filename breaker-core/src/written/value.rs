//! Reads the values of keys, and describes their faults.

use core::ops::RangeInclusive;
use core::time::Duration;

use super::duration::{self, Malformed};
use super::{Fault, Key, Literal};
use crate::config::rules;

fn fault<T>(wrong: String, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { wrong, help: help.into() })
}

/// Reads a whole number in a range.
///
/// # Errors
/// It is not a whole number, or not in the range.
pub fn number(key: Key, range: &RangeInclusive<u64>, found: &Literal<'_>) -> Result<u64, Fault> {
    let name = key.name;
    let (min, max) = (range.start(), range.end());
    match *found {
        Literal::Integer { written, value } => match u64::try_from(value) {
            Ok(number) if range.contains(&number) => Ok(number),
            Ok(0) => fault(format!("`{name}` must be at least {min}, found `0`"), key.zero_help()),
            _ => {
                let bound = if value < 0 { ("least", min) } else { ("most", max) };
                let (word, bound) = bound;
                let wrong = format!("`{name}` must be at {word} {bound}, found `{written}`");
                fault(wrong, format!("the range is {min} to {max}"))
            }
        },
        _ => {
            let wrong = format!("expected an integer for `{name}`, found {}", found.describe());
            let quoted = match found {
                Literal::Text { value, .. } => value.trim().parse::<u64>().ok(),
                _ => None,
            };
            match quoted.filter(|number| range.contains(number)) {
                Some(number) => fault(wrong, format!("remove the quotes: `{name} = {number}`")),
                None => fault(wrong, key.help()),
            }
        }
    }
}

/// The lower bound of a float. It implies the upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowerBound {
    /// Above 0, at most 1.
    AboveZero,
    /// 0 to 1.
    Zero,
    /// 1 or more.
    One,
}

impl LowerBound {
    /// Reads a number; also a percentage if the number is a share: `50%`.
    #[must_use]
    pub fn share_of(self, text: &str) -> Option<f64> {
        match text.trim().strip_suffix('%') {
            Some(percent) if self != LowerBound::One => {
                Some(percent.trim_end().parse::<f64>().ok()? / 100.0)
            }
            Some(_) => None,
            None => text.trim().parse().ok(),
        }
    }

    fn range(self) -> (&'static str, RangeInclusive<f64>) {
        match self {
            LowerBound::AboveZero => ("above 0 and at most 1", f64::MIN_POSITIVE..=1.0),
            LowerBound::Zero => ("between 0 and 1", 0.0..=1.0),
            LowerBound::One => ("a number from 1 on", 1.0..=f64::MAX),
        }
    }

    /// The fault of a number that is out of bounds.
    #[must_use]
    pub fn outside(self, key: Key, written: &str, help: String) -> Fault {
        let (name, (rule, _)) = (key.name, self.range());
        Fault { wrong: format!("`{name}` must be {rule}, found `{written}`"), help }
    }
}

/// Reads a share or a factor.
///
/// # Errors
/// It is not a number, or out of bounds.
pub fn share(key: Key, bound: LowerBound, found: &Literal<'_>) -> Result<f64, Fault> {
    let (name, (_, range)) = (key.name, bound.range());
    let (written, value) = match *found {
        Literal::Float { written, value } => (written, value),
        #[allow(clippy::cast_precision_loss, reason = "a number so large is out of bounds")]
        Literal::Integer { written, value } => (written, value as f64),
        _ => {
            let wrong = format!("expected a number for `{name}`, found {}", found.describe());
            let quoted = match found {
                Literal::Text { value, .. } => bound.share_of(value),
                _ => None,
            };
            return match quoted.filter(|share| range.contains(share)) {
                Some(share) => fault(wrong, format!("write `{name} = {share}`")),
                None => fault(wrong, key.help()),
            };
        }
    };
    // No range includes negative zero, which a comparison would accept.
    if range.contains(&value) && !written.starts_with('-') {
        return Ok(value);
    }
    let help = if bound != LowerBound::One && (2.0..=100.0).contains(&value) {
        format!("for {value} percent write `{name} = {}`", value / 100.0)
    } else {
        key.help()
    };
    Err(bound.outside(key, written, help))
}

/// The value of `window`: a time, or a number of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowSize {
    /// The calls of the last period of this length.
    Time(Duration),
    /// This many of the last calls.
    Calls(u64),
}

/// Reads the size of a window.
///
/// # Errors
/// It is not a size, or not in the range.
pub fn window(key: Key, found: &Literal<'_>) -> Result<WindowSize, Fault> {
    match *found {
        Literal::Text { value, .. } => {
            let length = length(key, found)?;
            if rules::WINDOW_TIME.contains(&length) {
                return Ok(WindowSize::Time(length));
            }
            let wrong = format!("`window` must be between 10ms and 24h long, found `{value}`");
            fault(wrong, key.help())
        }
        Literal::Integer { written, .. } | Literal::Float { written, .. }
            if duration::parse(written).is_ok() =>
        {
            let help = format!("put it in quotes: `window = \"{written}\"`");
            unexpected_window(&format!("`{written}`"), help)
        }
        Literal::Integer { .. } => number(key, &rules::WINDOW_CALLS, found).map(WindowSize::Calls),
        Literal::Float { written, .. } => {
            let help =
                format!("add a unit: `window = \"{}s\"`, or write `window = 100`", digits(written));
            unexpected_window(&found.describe(), help)
        }
        Literal::Flag { .. } | Literal::Other { .. } => {
            unexpected_window(&found.describe(), "write `window = \"10s\"` or `window = 100`")
        }
    }
}

fn unexpected_window<T>(found: &str, help: impl Into<String>) -> Result<T, Fault> {
    fault(format!("expected a time or a number of calls for `window`, found {found}"), help)
}

/// Reads a length of time, more than zero.
///
/// # Errors
/// It is not a text, not well formed, or zero.
pub fn length(key: Key, found: &Literal<'_>) -> Result<Duration, Fault> {
    let name = key.name;
    match *found {
        Literal::Text { value, .. } => match duration::parse(value) {
            Ok(Duration::ZERO) => {
                fault(format!("`{name}` must be more than zero, found `{value}`"), key.zero_help())
            }
            Ok(length) => Ok(length),
            Err(Malformed { wrong, help, instead }) => {
                let wrong = if value.starts_with('-') {
                    format!("`{name}` {wrong}")
                } else {
                    format!("malformed duration for `{name}`: {wrong}")
                };
                fault(wrong, format!("{help}: `{name} = \"{instead}\"`"))
            }
        },
        Literal::Integer { written, .. } | Literal::Float { written, .. } => {
            let help = if duration::parse(written).is_ok() {
                format!("put it in quotes: `{name} = \"{written}\"`")
            } else {
                format!("add a unit: `{name} = \"{}s\"` (units: ms, s, m, h)", digits(written))
            };
            fault(format!("expected a duration for `{name}`, found `{written}`"), help)
        }
        Literal::Flag { .. } | Literal::Other { .. } => {
            let wrong = format!("expected a duration for `{name}`, found {}", found.describe());
            fault(wrong, key.help())
        }
    }
}

/// Reads `true` or `false`.
///
/// # Errors
/// It is neither.
pub fn flag(key: Key, found: &Literal<'_>) -> Result<bool, Fault> {
    let name = key.name;
    let quoted = match *found {
        Literal::Flag { value, .. } => return Ok(value),
        Literal::Text { value, .. } => value.trim().parse::<bool>().ok(),
        _ => None,
    };
    let wrong = format!("expected `true` or `false` for `{name}`, found {}", found.describe());
    match quoted {
        Some(value) => fault(wrong, format!("remove the quotes: `{name} = {value}`")),
        None => fault(wrong, key.help()),
    }
}

/// Returns the number without its sign, its exponent and its suffix.
fn digits(written: &str) -> String {
    let digits = written.trim_start_matches(['-', '+']).chars();
    digits.take_while(|c| c.is_ascii_digit() || *c == '.').collect()
}
