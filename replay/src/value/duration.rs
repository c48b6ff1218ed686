//! Durations: a number in the unit of its column, or numbers with units of their own.

use super::Unit;
use super::decimal::Decimal;

/// Reads a duration in nanoseconds: `0.120` in `unit`, or `120ms`, `1.5s`, `1m30s`. `None` if it is
/// none, negative, or longer than 584 years.
pub(crate) fn read(text: &[u8], unit: Unit) -> Option<u64> {
    if let Some(number) = Decimal::read(text) {
        let is_below_zero = number.is_negative && (number.whole, number.fraction) != (0, 0);
        return if is_below_zero { None } else { number.nanos(unit) };
    }
    let (mut sum, mut rest) = (0_u64, text);
    loop {
        let is_of_number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
        let (number, after) = rest.split_at(rest.iter().take_while(is_of_number).count());
        let is_of_unit = |byte: &&u8| !is_of_number(byte);
        let (unit, after) = after.split_at(after.iter().take_while(is_of_unit).count());
        let scale = scale(unit)?;
        sum = sum.checked_add(Decimal::read(number)?.scaled(scale)?)?;
        if after.is_empty() {
            return Some(sum);
        }
        rest = after;
    }
}

/// Returns the nanoseconds of a unit.
fn scale(unit: &[u8]) -> Option<u64> {
    Some(match unit {
        b"ns" => 1,
        // The Greek letter, and the sign that looks like it.
        b"us" | b"\xce\xbcs" | b"\xc2\xb5s" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}
