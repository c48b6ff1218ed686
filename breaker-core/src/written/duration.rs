//! The text form of a duration: `"30s"`, `"1m30s"`, `"1.5s"`.
//!
//! Numbers with the units `h`, `m`, `s`, `ms`, each at most once, from the largest to the smallest,
//! with nothing between them. The last number may have a fraction. The whole must fit into a
//! `Duration`. (Libraries for human durations also take a month, a year, `sec` and spaces; a
//! breaker's attribute wants one spelling and exact errors.)

use core::time::Duration;

const UNITS: [(&str, u128); 4] =
    [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)];

/// The fault of a text, with help and a correct text.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    /// One fact.
    pub wrong: String,
    /// A remedy, which a correct text follows.
    pub help: &'static str,
    /// A correct text.
    pub instead: String,
}

/// Reads a length.
///
/// # Errors
/// The text is malformed, or longer than any `Duration`.
pub fn parse(text: &str) -> Result<Duration, Malformed> {
    read(text).map_err(|fault| {
        let malformed = |wrong, help, instead: String| Malformed {
            wrong,
            help,
            // A guess, which may have a fault of its own.
            instead: match read(&instead) {
                Ok(_) => instead,
                Err(_) => meant(text).unwrap_or_else(|| "30s".into()),
            },
        };
        let shown = text.escape_debug();
        match fault {
            Fault::Empty => {
                malformed("found an empty string".into(), "write a length", String::new())
            }
            Fault::Character(bad) => malformed(
                format!(
                    "found the character `{}` (U+{:04X}) in `{shown}`",
                    bad.escape_debug(),
                    u32::from(bad)
                ),
                "use digits, `.` and units only",
                meant(text)
                    .unwrap_or_else(|| text.chars().filter(char::is_ascii_graphic).collect()),
            ),
            Fault::Negative => malformed(
                format!("must not be negative, found `{shown}`"),
                "remove the `-`",
                text[1..].into(),
            ),
            Fault::Comma => malformed(
                format!("found a comma in `{shown}`"),
                "write a decimal point, or no comma",
                without_comma(text),
            ),
            Fault::NoNumber(at) => malformed(
                format!("expected a number, found `{at}`"),
                "write a number and a unit",
                String::new(),
            ),
            Fault::NoUnit(number) => malformed(
                format!("found no unit after `{number}`"),
                "add a unit (ms, s, m, h)",
                format!("{text}s"),
            ),
            Fault::UnknownUnit(unit) => malformed(
                format!("unknown unit `{unit}`"),
                "the units are ms, s, m, h",
                String::new(),
            ),
            Fault::Order(unit) => malformed(
                format!("found `{unit}` out of order in `{text}`"),
                "give each unit once, the largest first",
                "1m30s".into(),
            ),
            Fault::Fraction(rest) => malformed(
                format!("found `{rest}` after a fraction"),
                "only the last number may have a fraction",
                "1m1.5s".into(),
            ),
            Fault::TooLong => malformed(
                format!("found `{shown}`, which is longer than any `Duration`"),
                "for ever is the path of a constant, `Duration::MAX`; write a length",
                "24h".into(),
            ),
            Fault::Number(number) => malformed(
                format!("found `{number}`, which is not a decimal number"),
                "write digits on both sides of the point",
                "1.5s".into(),
            ),
        }
    })
}

/// Returns the duration that was meant, if it is clear: numbers with units as people write them, `1
/// min`, `2 hours 30 minutes`, `1d`.
fn meant(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after.trim_start(), char::is_alphabetic);
        let (unit, scale) = match unit.to_lowercase().as_str() {
            "us" | "µs" | "μs" | "usec" | "micros" | "microseconds" => ("ms", 0.001),
            "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => ("ms", 1.0),
            "s" | "sec" | "secs" | "second" | "seconds" => ("s", 1.0),
            "m" | "min" | "mins" | "minute" | "minutes" => ("m", 1.0),
            "h" | "hr" | "hrs" | "hour" | "hours" => ("h", 1.0),
            "d" | "day" | "days" => ("h", 24.0),
            "w" | "week" | "weeks" => ("h", 168.0),
            _ => return None,
        };
        parts.push((number.parse::<f64>().ok()? * scale, unit));
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '_');
    }
    // A day and some hours are added up in hours.
    parts.dedup_by(|next, sum| {
        let is_same = next.1 == sum.1;
        sum.0 += if is_same { next.0 } else { 0.0 };
        is_same
    });
    let spelled: Vec<_> = parts.iter().map(|(number, unit)| format!("{number}{unit}")).collect();
    let spelled = spelled.concat();
    read(&spelled).is_ok().then_some(spelled)
}

/// Returns true if a comma is between two digits.
fn has_comma(text: &str) -> bool {
    text.as_bytes().windows(3).any(|around| {
        let [before, between, after] = around else { return false };
        before.is_ascii_digit() && *between == b',' && after.is_ascii_digit()
    })
}

/// Writes `1,5s` with a point, and `1,500ms`, whose comma separates thousands, without it.
fn without_comma(text: &str) -> String {
    let sets_thousands_apart = text.split(',').skip(1).all(|after| {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        digits == 3
    });
    if sets_thousands_apart { text.replace(',', "") } else { text.replace(',', ".") }
}

enum Fault<'a> {
    Empty,
    Character(char),
    Negative,
    Comma,
    NoNumber(&'a str),
    NoUnit(&'a str),
    UnknownUnit(&'a str),
    Order(&'a str),
    Fraction(&'a str),
    Number(&'a str),
    TooLong,
}

fn read(text: &str) -> Result<Duration, Fault<'_>> {
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(Fault::Character(bad));
    }
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if text.starts_with('-') {
        return Err(Fault::Negative);
    }
    if has_comma(text) {
        return Err(Fault::Comma);
    }
    let mut nanos = 0_u128;
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut fraction = false;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        if number.is_empty() {
            return Err(Fault::NoNumber(rest));
        }
        if unit.is_empty() {
            return Err(Fault::NoUnit(number));
        }
        if fraction {
            return Err(Fault::Fraction(rest));
        }
        if !UNITS.iter().any(|(known, _)| *known == unit) {
            return Err(Fault::UnknownUnit(unit));
        }
        let Some((_, scale)) = units.find(|(next, _)| *next == unit) else {
            return Err(Fault::Order(unit));
        };
        fraction = number.contains('.');
        let part = scaled(number, *scale).ok_or(Fault::Number(number))?;
        nanos = nanos.saturating_add(part);
        rest = after;
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).map_err(|_| Fault::TooLong)?;
    let below = u32::try_from(nanos % 1_000_000_000).map_err(|_| Fault::TooLong)?;
    Ok(Duration::new(seconds, below))
}

fn split(text: &str, accept: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !accept(c)).unwrap_or(text.len()))
}

/// Returns a decimal number times a whole scale. `None` if it is not a number; digits beyond the
/// nanosecond round up, so that a length above zero stays above zero.
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return None;
    }
    // Too large for 128 bits is too large for a `Duration`.
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
    fn length_that_no_duration_has_is_refused() {
        for text in [
            "99999999999999999999s",
            "999999999999999999999999999999999999999999h",
            "5124095576030432h",
            "18446744073709551615s1000ms",
            "18446744073709551615.9999999999s",
        ] {
            let fault = parse(text).unwrap_err();
            assert_eq!(fault.wrong, format!("found `{text}`, which is longer than any `Duration`"));
            assert_eq!(fault.instead, "24h");
        }
        assert!(parse("5124095576030431h").unwrap() > Duration::from_secs(1 << 62));
        let longest = parse("18446744073709551615.999999999s").unwrap();
        assert_eq!(longest, Duration::MAX);
    }

    #[test]
    fn malformed_texts_name_the_fault() {
        for (text, fault) in [
            ("", "found an empty string"),
            ("30", "found no unit after `30`"),
            ("1m30", "found no unit after `30`"),
            ("s", "expected a number, found `s`"),
            ("30 s", "found the character ` ` (U+0020) in `30 s`"),
            ("30sec", "unknown unit `sec`"),
            ("30S", "unknown unit `S`"),
            ("1us", "unknown unit `us`"),
            ("-1s", "must not be negative, found `-1s`"),
            ("+1s", "expected a number, found `+1s`"),
            ("1,5s", "found a comma in `1,5s`"),
            ("1s1h", "found `h` out of order in `1s1h`"),
            ("1s1s", "found `s` out of order in `1s1s`"),
            ("1.5m3s", "found `3s` after a fraction"),
            ("1.s", "found `1.`, which is not a decimal number"),
            (".5s", "found `.5`, which is not a decimal number"),
            ("1.2.3s", "found `1.2.3`, which is not a decimal number"),
            ("1e3s", "unknown unit `e`"),
            ("\u{663}\u{660}s", "found the character `\u{663}` (U+0663) in `\u{663}\u{660}s`"),
            ("30\u{455}", "found the character `\u{455}` (U+0455) in `30\u{455}`"),
            ("30s\0", "found the character `\\0` (U+0000) in `30s\\0`"),
        ] {
            assert_eq!(parse(text).unwrap_err().wrong, fault);
        }
    }

    #[test]
    fn malformed_texts_are_mended_where_the_meaning_is_plain() {
        for (text, instead) in [
            ("30", "30s"),
            ("1m30", "1m30s"),
            ("1s30", "30s"),
            ("30 s", "30s"),
            ("-1s", "1s"),
            ("1,5s", "1.5s"),
            ("1m0,25s", "1m0.25s"),
            ("1,500ms", "1500ms"),
            ("1h,5m", "1h5m"),
            ("30sec", "30s"),
            ("5MIN", "5m"),
            ("1 min", "1m"),
            ("1d", "24h"),
            ("2d", "48h"),
            ("1d 12h", "36h"),
            ("1 week", "168h"),
            ("2 hours 30 minutes", "2h30m"),
            ("1h, 5 min", "1h5m"),
            ("90 Seconds", "90s"),
            ("1.5 min", "1.5m"),
            ("500us", "0.5ms"),
            ("250 µs", "0.25ms"),
            ("10 parsecs", "30s"),
            ("50%", "30s"),
            ("forever", "30s"),
        ] {
            assert_eq!(parse(text).unwrap_err().instead, instead, "{text}");
        }
    }
}
