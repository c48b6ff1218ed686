//! The report as one JSON document.

use serde::Serialize;
use serde::ser::Serializer;

use crate::bad::Bad;
use crate::grid::Tuning;
use crate::play::sequence::Log;
use crate::play::tally::Tally;
use crate::run::Outcome;
use crate::value::time;

#[derive(Serialize)]
struct Document<'a> {
    log: Header<'a>,
    tunings: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Header<'a> {
    calls: u64,
    failures: u64,
    ignored: u64,
    keys: u64,
    first: Option<String>,
    last: Option<String>,
    bad: Counts<'a>,
}

#[derive(Serialize)]
struct Entry<'a> {
    tuning: &'a Tuning,
    calls: u64,
    failures: u64,
    ignored: u64,
    seconds: f64,
    #[serde(flatten)]
    tally: Tally,
    unbeaten: bool,
}

/// The bad lines, as a count of each kind.
struct Counts<'a>(&'a Bad);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.kinds().map(|(kind, count, _)| (kind.name(), count)))
    }
}

/// Returns the document.
pub(crate) fn document(outcome: &Outcome) -> String {
    let Outcome { log, bad, tunings, .. } = outcome;
    let Log { calls, failures, ignored, keys, .. } = *log;
    let (first, last) = (log.first, log.first.map(|first| first.saturating_add_unsigned(log.last)));
    let header = Header {
        calls,
        failures,
        ignored,
        keys,
        first: first.map(time::written),
        last: last.map(time::written),
        bad: Counts(bad),
    };
    let seconds = seconds(log.last);
    let entries = tunings.iter().map(|row| Entry {
        tuning: &row.tuning,
        calls,
        failures,
        ignored,
        seconds,
        tally: row.tally,
        unbeaten: row.is_unbeaten,
    });
    let document = Document { log: header, tunings: entries.collect() };
    // A document of numbers and texts can be written.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Returns nanoseconds as seconds.
#[allow(clippy::cast_precision_loss, reason = "within a microsecond in 30 years")]
pub(crate) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
