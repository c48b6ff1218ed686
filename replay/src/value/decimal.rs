//! Decimal numbers, read exactly: a float would lose the nanoseconds of a Unix time.

use super::Unit;

/// The parts of a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) is_negative: bool,
    /// The part before the point, or `u64::MAX` if it is larger.
    pub(crate) whole: u64,
    /// The part behind the point, in units of 10^-18. Further digits are cut off.
    pub(crate) fraction: u64,
}

/// The digits of a fraction that count.
const DIGITS: usize = 18;

impl Decimal {
    /// Reads `-?digits[.digits][e[+-]digits]`.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (is_negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (whole, text) = digits(text)?;
        let (fraction, text) = match text {
            [b'.', rest @ ..] => digits(rest)?,
            _ => (&text[..0], text),
        };
        match text {
            [] => Some(Self::of(is_negative, whole, fraction)),
            [b'e' | b'E', exponent @ ..] => Self::shifted(is_negative, whole, fraction, exponent),
            _ => None,
        }
    }

    fn of(is_negative: bool, whole: &[u8], fraction: &[u8]) -> Self {
        let mut part = 0;
        for &digit in fraction.iter().take(DIGITS) {
            part = part * 10 + u64::from(digit - b'0');
        }
        for _ in fraction.len()..DIGITS {
            part *= 10;
        }
        Self { is_negative, whole: number(whole), fraction: part }
    }

    /// Moves the point by an exponent.
    fn shifted(is_negative: bool, whole: &[u8], fraction: &[u8], exponent: &[u8]) -> Option<Self> {
        let (is_down, exponent) = match exponent {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, exponent),
        };
        let (exponent, rest) = digits(exponent)?;
        if !rest.is_empty() {
            return None;
        }
        let joined = [whole, fraction].concat();
        let zeros = joined.iter().take_while(|digit| **digit == b'0').count();
        let significant = &joined[zeros..];
        if significant.is_empty() {
            return Some(Self { is_negative, whole: 0, fraction: 0 });
        }
        let exponent = i64::try_from(number(exponent)).unwrap_or(i64::MAX);
        let exponent = if is_down { -exponent } else { exponent };
        // The number of significant digits before the point.
        let place = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        let place = place.saturating_add(exponent);
        let zeros = |count: i64| vec![b'0'; usize::try_from(count).unwrap_or(0)];
        let length = i64::try_from(significant.len()).ok()?;
        // 40 digits are more than `u64` holds, and 40 zeros behind the point leave nothing.
        Some(match place {
            40.. => Self { is_negative, whole: u64::MAX, fraction: 0 },
            ..=-40 => Self { is_negative, whole: 0, fraction: 0 },
            -39..=0 => Self::of(is_negative, b"", &[&zeros(-place), significant].concat()),
            _ if place >= length => {
                Self::of(is_negative, &[significant, &zeros(place - length)].concat(), b"")
            }
            _ => {
                let (whole, fraction) = significant.split_at(usize::try_from(place).ok()?);
                Self::of(is_negative, whole, fraction)
            }
        })
    }

    /// Returns the length in nanoseconds, rounded down, without the sign; `None` if it is too long.
    pub(crate) fn nanos(self, unit: Unit) -> Option<u64> {
        let (scale, rest) = match unit {
            Unit::S => (1_000_000_000, 1_000_000_000),
            Unit::Ms => (1_000_000, 1_000_000_000_000),
            Unit::Us => (1_000, 1_000_000_000_000_000),
            Unit::Ns => (1, 1_000_000_000_000_000_000),
        };
        self.whole.checked_mul(scale)?.checked_add(self.fraction / rest)
    }

    /// Returns the length in units of `scale` nanoseconds, as [`nanos`](Self::nanos) does.
    pub(crate) fn scaled(self, scale: u64) -> Option<u64> {
        let part = u128::from(self.fraction) * u128::from(scale) / 10_u128.pow(18);
        self.whole.checked_mul(scale)?.checked_add(u64::try_from(part).ok()?)
    }
}

/// Splits the digits off, of which there must be one.
pub(crate) fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| text.split_at(count))
}

fn number(digits: &[u8]) -> u64 {
    let mut sum = 0_u64;
    for &digit in digits {
        let next = sum.checked_mul(10).and_then(|sum| sum.checked_add(u64::from(digit - b'0')));
        let Some(next) = next else { return u64::MAX };
        sum = next;
    }
    sum
}
