//! The text form of a duration: `"30s"`, `"1m30s"`, `"1.5s"`.
//!
//! Numbers with the units `h`, `m`, `s`, `ms`, each at most once, from the
//! largest to the smallest, with nothing between them. The last number may have
//! a fraction. (The libraries for human durations take a month, a year, `sec`
//! and spaces too; a breaker's attribute wants one spelling and exact errors.)

use std::time::Duration;

const UNITS: [(&str, u128); 4] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// What is wrong with a text, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) wrong: String,
    pub(crate) help: String,
}

pub(crate) fn parse(text: &str) -> Result<Duration, Malformed> {
    let malformed = |wrong: String, help: String| Err(Malformed { wrong, help });
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic()) {
        let wrong = format!(
            "found the character U+{:04X} in `{}`",
            u32::from(bad),
            text.escape_debug()
        );
        return malformed(
            wrong,
            "use digits, `.` and units only, as in \"1m30s\"".into(),
        );
    }
    if text.starts_with('-') {
        return malformed(
            format!("must not be negative, found `{text}`"),
            "remove the `-`".into(),
        );
    }
    let mut nanos = 0_u128;
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut fraction = false;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        if number.is_empty() {
            let wrong = format!("expected a number, found `{rest}`");
            return malformed(wrong, "write a number and a unit, as in \"30s\"".into());
        }
        if unit.is_empty() {
            let help = format!("add a unit: \"{number}s\" (units: ms, s, m, h)");
            return malformed(format!("found no unit after `{number}`"), help);
        }
        if fraction {
            let help = "only the last number may have a fraction".to_string();
            return malformed(format!("found `{rest}` after a fraction"), help);
        }
        if !UNITS.iter().any(|(known, _)| *known == unit) {
            return malformed(
                format!("found the unit `{unit}`"),
                "the units are ms, s, m, h".into(),
            );
        }
        let Some((_, scale)) = units.find(|(next, _)| *next == unit) else {
            let help = "give each unit once, the largest first: \"1m30s\"".to_string();
            return malformed(format!("found `{unit}` out of order in `{text}`"), help);
        };
        fraction = number.contains('.');
        match scaled(number, *scale) {
            Some(part) => nanos = nanos.saturating_add(part),
            None => {
                let help = "write a plain decimal number, as in \"1.5s\"".to_string();
                return malformed(format!("found the number `{number}`"), help);
            }
        }
        rest = after;
    }
    if text.is_empty() {
        return malformed(
            "found an empty string".into(),
            "write a length, as in \"30s\"".into(),
        );
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
    let below = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    Ok(Duration::new(seconds, below))
}

fn split(text: &str, accept: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !accept(c)).unwrap_or(text.len()))
}

/// A decimal number times a whole scale. `None` if it is no number; digits
/// beyond the nanosecond round up, so that a length above zero stays above zero.
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return None;
    }
    // Too large for 128 bits is too large for a clock: as good as for ever.
    let whole = whole.parse::<u128>().unwrap_or(u128::MAX);
    let unit = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = (fraction.parse::<u128>().ok()? * scale).div_ceil(unit);
    Some(whole.saturating_mul(scale).saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_texts_are_read() {
        for (text, millis) in [
            ("1ms", 1),
            ("30s", 30_000),
            ("1m", 60_000),
            ("2h", 7_200_000),
            ("1m30s", 90_000),
            ("1h2m3s4ms", 3_723_004),
            ("1h4ms", 3_600_004),
            ("1.5s", 1_500),
            ("1m0.25s", 60_250),
            ("007s", 7_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse("0.5ms"), Ok(Duration::from_micros(500)));
        assert_eq!(parse("0.0000001ms"), Ok(Duration::from_nanos(1)));
    }

    #[test]
    fn length_beyond_every_clock_is_not_an_overflow() {
        let forever = parse("999999999999999999999999999999999999999999h").unwrap();
        assert_eq!(forever.as_secs(), u64::MAX);
        assert!(parse("5124095576030431h").unwrap() > Duration::from_secs(1 << 62));
    }

    #[test]
    fn malformed_texts_name_the_fault() {
        for (text, fault) in [
            ("", "found an empty string"),
            ("30", "found no unit after `30`"),
            ("1m30", "found no unit after `30`"),
            ("s", "expected a number, found `s`"),
            ("30 s", "found the character U+0020 in `30 s`"),
            ("30sec", "found the unit `sec`"),
            ("30S", "found the unit `S`"),
            ("1us", "found the unit `us`"),
            ("-1s", "must not be negative, found `-1s`"),
            ("+1s", "expected a number, found `+1s`"),
            ("1s1h", "found `h` out of order in `1s1h`"),
            ("1s1s", "found `s` out of order in `1s1s`"),
            ("1.5m3s", "found `3s` after a fraction"),
            ("1.s", "found the number `1.`"),
            (".5s", "found the number `.5`"),
            ("1.2.3s", "found the number `1.2.3`"),
            ("1e3s", "found the unit `e`"),
            (
                "\u{663}\u{660}s",
                "found the character U+0663 in `\u{663}\u{660}s`",
            ),
            ("30\u{455}", "found the character U+0455 in `30\u{455}`"),
            ("30s\0", "found the character U+0000 in `30s\\0`"),
        ] {
            assert_eq!(parse(text).unwrap_err().wrong, fault);
        }
    }
}
