//! Times of the file, checked while they are parsed: the error then shows the line, the key and the
//! value.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A time in seconds, from a millisecond to a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds from 0.001 to 31536000, such as `60` or `0.5`")
    }

    fn visit_i64<E: Error>(self, found: i64) -> Result<Seconds, E> {
        let time = u64::try_from(found).ok().map(Duration::from_secs);
        within_bounds(time).ok_or_else(|| E::invalid_value(Unexpected::Signed(found), &self))
    }

    fn visit_f64<E: Error>(self, found: f64) -> Result<Seconds, E> {
        let time = Duration::try_from_secs_f64(found).ok();
        within_bounds(time).ok_or_else(|| E::invalid_value(Unexpected::Float(found), &self))
    }
}

fn within_bounds(time: Option<Duration>) -> Option<Seconds> {
    time.filter(|time| (SHORTEST..=LONGEST).contains(time)).map(Seconds)
}
