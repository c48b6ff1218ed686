//! Numbers as people read them.

use crate::value::SECOND;

/// Writes `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count and its noun: `1 call`, `2 calls`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Writes `4.41 %`; a share that is not zero never looks like it.
pub(crate) fn share(part: u64, whole: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "two decimal places are shown")]
    let percent = if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
    match percent {
        _ if part == 0 || part == whole => format!("{percent:.0} %"),
        ..0.01 => "<0.01 %".into(),
        99.99.. => ">99.99 %".into(),
        ..10.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1} %"),
    }
}

/// Writes a length of time by its two largest units: `89h 18min`, `1.5s`, `120ms`.
pub(crate) fn length(nanos: u64) -> String {
    const MINUTE: u64 = 60 * SECOND;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let two = |(large, name): (u64, &str), (small, other): (u64, &str)| {
        // Rounded to the smaller unit, which may carry.
        let rounded = nanos.saturating_add(small / 2) / small;
        let (first, second) = (rounded / (large / small), rounded % (large / small));
        if second == 0 {
            format!("{first}{name}")
        } else {
            format!("{first}{name} {second}{other}")
        }
    };
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let decimal = |unit: u64| {
        let number = nanos as f64 / unit as f64;
        let places = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
        let text = format!("{number:.places$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        text.to_owned()
    };
    match nanos {
        0 => "0s".into(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}us", decimal(1_000)),
        1_000_000..SECOND => format!("{}ms", decimal(1_000_000)),
        SECOND..MINUTE => format!("{}s", decimal(SECOND)),
        MINUTE..HOUR => two((MINUTE, "min"), (SECOND, "s")),
        HOUR..DAY => two((HOUR, "h"), (MINUTE, "min")),
        _ => two((DAY, "d"), (HOUR, "h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_sets_thousands_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn share_never_hides_a_part() {
        for (part, whole, text) in [
            (0, 0, "0 %"),
            (0, 9, "0 %"),
            (9, 9, "100 %"),
            (1, 1_000_000, "<0.01 %"),
            (999_999, 1_000_000, ">99.99 %"),
            (1, 80, "1.25 %"),
            (1, 3, "33.3 %"),
        ] {
            assert_eq!(share(part, whole), text);
        }
    }

    #[test]
    fn length_has_its_two_largest_units() {
        for (nanos, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5us"),
            (120_000_000, "120ms"),
            (1_500_000_000, "1.5s"),
            (30 * SECOND, "30s"),
            (90 * SECOND, "1min 30s"),
            (3_600 * SECOND, "1h"),
            (3_659 * SECOND, "1h 1min"),
            (86_400 * SECOND, "1d"),
            (90_000 * SECOND, "1d 1h"),
        ] {
            assert_eq!(length(nanos), text);
        }
    }
}
