//! The part of the report on the log itself.

use std::fmt::Write;

use super::figures::{count, counted, length, share};
use crate::bad::{self, Bad};
use crate::play::sequence::Log;
use crate::run::Outcome;
use crate::value::time;

/// Writes the log's figures, and its bad lines.
pub(super) fn write(text: &mut String, shown: &str, outcome: &Outcome) {
    let Outcome { log, bad, .. } = outcome;
    let _ = writeln!(text, "The log {shown}");
    let Some(first) = log.first else {
        let _ = writeln!(text, "  has no call.");
        return lines(text, bad);
    };
    let Log { calls, failures, ignored, keys, last, failed_ns, has_durations, .. } = *log;
    let end = first.saturating_add_unsigned(last);
    let keys = if keys > 1 { format!(" with {}", counted(keys, "key")) } else { String::new() };
    let _ = writeln!(
        text,
        "  {}{keys} in {}, from {} to {}",
        counted(calls, "call"),
        length(last),
        second(first),
        second(end)
    );
    if has_durations {
        let (average, longest) = (length(log.all_ns / calls), length(log.longest_ns));
        let _ = writeln!(text, "  A call took {average} on average, and {longest} at most");
    }
    let waiting = if has_durations {
        format!(": callers waited {} for them", length(failed_ns))
    } else {
        ". It has no durations, so time saved is unknown".into()
    };
    let _ = writeln!(text, "  {} failed ({}){waiting}", count(failures), share(failures, calls));
    if ignored > 0 {
        let _ = writeln!(text, "  {} ignored ({})", count(ignored), share(ignored, calls));
    }
    lines(text, bad);
}

/// A moment to the second.
fn second(nanos: i64) -> String {
    let text = time::written(nanos);
    text.split('.').next().unwrap_or_default().replace('T', " ") + " UTC"
}

/// Writes the bad lines: a count of each kind, the first lines, and the remedy.
pub(crate) fn lines(text: &mut String, bad: &Bad) {
    if bad.total() == 0 {
        return;
    }
    let total = bad.total();
    let verb = if total == 1 { "was" } else { "were" };
    let of = counted(bad.lines, "line");
    let _ =
        writeln!(text, "  {} of {of} {verb} left out ({}):", count(total), share(total, bad.lines));
    for (kind, number, first) in bad.kinds() {
        let remedy = first.first().map_or(kind.remedy(), |first| bad::remedy(kind, first));
        let _ = writeln!(text, "    {}: {}; {remedy}", kind.name(), counted(number, "line"));
        for fault in first {
            let _ = writeln!(text, "      line {}: {}", fault.line, bad::wrong(fault));
        }
    }
}
