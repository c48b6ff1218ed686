//! The cooldown that an answer asks for in its headers.

use std::time::{Duration, SystemTime};

use ::http::HeaderMap;
use ::http::header::{DATE, RETRY_AFTER};

use super::response::HttpResponse;
use crate::judge::Hint;

/// Reads the cooldown that a failed answer asks for in its headers, see [`from_headers`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FromHeaders;

/// Reads the cooldown that a failed answer asks for in its headers, by [`retry_after`].
#[must_use]
pub fn from_headers() -> FromHeaders {
    FromHeaders
}

impl<Response: HttpResponse, Error> Hint<Response, Error> for FromHeaders {
    #[inline]
    fn hint(&self, result: Result<&Response, &Error>) -> Option<Duration> {
        retry_after(result.ok()?.headers())
    }
}

/// Returns the time after which the headers allow another call: `retry-after-ms` (milliseconds,
/// sent by `OpenAI` and Azure), else `Retry-After` in seconds or as a date.
///
/// - Numbers may have a fraction. A number too large for a [`Duration`] gives [`Duration::MAX`].
/// - A date counts from the answer's own `Date`, so that the two clocks may differ; without `Date`,
///   from the local clock. A date that has passed gives zero.
/// - A negative or unreadable value gives `None`.
///
/// ```
/// use std::time::Duration;
/// use breaker_tower::http::retry_after;
/// use http::{HeaderMap, HeaderValue};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_after(&headers), None);
/// headers.insert("retry-after", HeaderValue::from_static("7"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
/// headers.insert("retry-after", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
/// headers.insert("date", HeaderValue::from_static("Sun, 06 Nov 1994 08:48:37 GMT"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(60)));
/// headers.insert("retry-after-ms", HeaderValue::from_static("1500"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_millis(1500)));
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let in_ms = text("retry-after-ms").and_then(|text| number(text, 1_000_000));
    in_ms.or_else(|| {
        let text = text(RETRY_AFTER.as_str())?;
        number(text, 1_000_000_000).or_else(|| until(text, headers))
    })
}

/// Returns the time from the answer's `Date` to `date`.
fn until(date: &str, headers: &HeaderMap) -> Option<Duration> {
    let date = httpdate::parse_http_date(date).ok()?;
    let own = headers.get(DATE).and_then(|date| date.to_str().ok());
    let own = own.and_then(|date| httpdate::parse_http_date(date).ok());
    let now = own.unwrap_or_else(SystemTime::now);
    Some(date.duration_since(now).unwrap_or_default())
}

/// Reads a decimal number of units, each of `unit` nanoseconds.
fn number(text: &str, unit: u64) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_decimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_decimal(whole) || !is_decimal(fraction) {
        return None;
    }
    // A number of digits alone fails to parse only if it is too large.
    let Ok(whole) = whole.parse::<u128>() else { return Some(Duration::MAX) };
    let mut nanos = whole.saturating_mul(unit.into());
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanos = nanos.saturating_add(u128::from(digit - b'0') * u128::from(place));
    }
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let rest = u32::try_from(rest).unwrap_or_default();
    Some(u64::try_from(seconds).map_or(Duration::MAX, |seconds| Duration::new(seconds, rest)))
}
