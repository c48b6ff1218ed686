//! Times: RFC 3339 and its relatives, a date as access logs write it, or a Unix number.

use std::fmt::Write;

use time::{Date, Month, OffsetDateTime};

use super::decimal::Decimal;
use super::{SECOND, Unit};

/// The length of `2026-01-02T03:04`.
const MINUTE: usize = 16;

/// A reader of times. It keeps the last minute: neighbours in a log mostly share it.
#[derive(Debug, Default)]
pub(crate) struct Times {
    minute: [u8; MINUTE],
    /// That minute in nanoseconds since 1970, as if in UTC.
    begin: i64,
}

impl Times {
    /// Reads a time in nanoseconds since 1970. `None` if it is none, or outside of the years 1678
    /// to 2262.
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<i64> {
        let is_date = text.len() > MINUTE && text[4] == b'-' && text[0] != b'-';
        match rfc_3339(text) {
            Some(date) => self.date(&date),
            None if is_date => self.date(text),
            None => number(text),
        }
    }

    fn date(&mut self, text: &[u8]) -> Option<i64> {
        let (minute, rest) = text.split_first_chunk::<MINUTE>()?;
        if *minute != self.minute {
            self.begin = begin(minute)?;
            self.minute = *minute;
        }
        let [b':', tens, ones, rest @ ..] = rest else { return None };
        let seconds = two([*tens, *ones]).filter(|seconds| *seconds < 60)?;
        let (fraction, rest) = fraction(rest)?;
        let ahead = offset(rest)?;
        let second = i64::try_from(SECOND).ok()?;
        let whole = (i64::from(seconds) - ahead) * second + i64::from(fraction);
        self.begin.checked_add(whole)
    }
}

/// Writes `31/Jan/2026:09:30:00 +0000`, the date of access logs, as RFC 3339. It may be in brackets.
fn rfc_3339(text: &[u8]) -> Option<[u8; 25]> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let text = match text {
        [b'[', date @ .., b']'] => date,
        _ => text,
    };
    let (day, rest) = text.split_first_chunk::<2>()?;
    let [b'/', m0, m1, m2, b'/', rest @ ..] = rest else { return None };
    let month = MONTHS.chunks(3).position(|name| *name == [*m0, *m1, *m2])? + 1;
    let (year, rest) = rest.split_first_chunk::<4>()?;
    let [b':', rest @ ..] = rest else { return None };
    let (clock, rest) = rest.split_first_chunk::<8>()?;
    let [b' ', sign, h0, h1, n0, n1] = rest else { return None };
    let mut date = *b"0000-00-00T00:00:00+00:00";
    date[..4].copy_from_slice(year);
    date[5] += u8::from(month > 9);
    date[6] += u8::try_from(month % 10).ok()?;
    date[8..10].copy_from_slice(day);
    date[11..19].copy_from_slice(clock);
    date[19..22].copy_from_slice(&[*sign, *h0, *h1]);
    date[23..].copy_from_slice(&[*n0, *n1]);
    Some(date)
}

/// Reads a date, an hour and a minute.
fn begin(text: &[u8; MINUTE]) -> Option<i64> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T' | b't' | b' ', h0, h1, b':', n0, n1] =
        *text
    else {
        return None;
    };
    let year = i32::from(two([y0, y1])?) * 100 + i32::from(two([y2, y3])?);
    let month = Month::try_from(two([m0, m1])?).ok()?;
    let date = Date::from_calendar_date(year, month, two([d0, d1])?).ok()?;
    let (hour, minute) = (two([h0, h1])?, two([n0, n1])?);
    let midnight = date.with_hms(hour, minute, 0).ok()?.assume_utc();
    i64::try_from(midnight.unix_timestamp_nanos()).ok()
}

/// Reads `.123` or `,123` as nanoseconds, if it is there. Further digits are cut off.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let [b'.' | b',', rest @ ..] = text else { return Some((0, text)) };
    let (digits, rest) = super::decimal::digits(rest)?;
    let mut nanos = 0;
    for place in 0..9 {
        nanos = nanos * 10 + digits.get(place).map_or(0, |digit| u32::from(digit - b'0'));
    }
    Some((nanos, rest))
}

/// Reads `Z`, `+02:00`, `+0200` or `+02` as the seconds that the clock is ahead of UTC. A time
/// without a zone is taken as UTC: a replay needs the times between calls alone.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, hours, minutes) = match *text {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign, h0, h1] => (sign, [h0, h1], *b"00"),
        [sign, h0, h1, b':', m0, m1] | [sign, h0, h1, m0, m1] => (sign, [h0, h1], [m0, m1]),
        _ => return None,
    };
    let hours = two(hours).filter(|hours| *hours < 24)?;
    let minutes = two(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn two(digits: [u8; 2]) -> Option<u8> {
    let [tens, ones] = digits;
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// Reads a Unix time, whose magnitude tells its unit.
fn number(text: &[u8]) -> Option<i64> {
    let number = Decimal::read(text)?;
    let digits = number.whole.checked_ilog10().map_or(1, |power| power + 1);
    let unit = match digits {
        ..=11 => Unit::S,
        12..=14 => Unit::Ms,
        15..=17 => Unit::Us,
        _ => Unit::Ns,
    };
    let nanos = number.nanos(unit)?;
    if number.is_negative { 0_i64.checked_sub_unsigned(nanos) } else { i64::try_from(nanos).ok() }
}

/// Writes a time as RFC 3339 in UTC.
pub(crate) fn written(nanos: i64) -> String {
    // Every `i64` is a time of the years 1677 to 2262.
    let Ok(time) = OffsetDateTime::from_unix_timestamp_nanos(nanos.into()) else {
        return String::new();
    };
    let (date, clock) = (time.date(), time.time());
    let mut text = String::new();
    let _ = write!(text, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second, nanos) = clock.as_hms_nano();
    let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z");
    text
}
